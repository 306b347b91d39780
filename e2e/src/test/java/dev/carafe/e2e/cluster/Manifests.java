package dev.carafe.e2e.cluster;

/** What the cluster's suite gives to kubectl, helm and CNI. */
final class Manifests {
  /** The image of all its pods. */
  static final String IMAGE = "localhost/busybox:cluster";

  /** A bridge for the pods. */
  static final String NETWORK =
      """
      {"cniVersion": "1.0.0", "name": "pods", "plugins": [{"type": "bridge", "bridge": "pods0",
       "isGateway": true, "ipMasq": false, "ipam": {"type": "host-local",
       "dataDir": "/run/cni-leases", "routes": [{"dst": "0.0.0.0/0"}],
       "ranges": [[{"subnet": "10.244.0.0/24"}]]}}]}
      """;

  /** Of the chart. For formatted: the parent of the pods' cgroups. */
  static final String VALUES =
      """
      patienceSeconds: 120
      image: {pullPolicy: Never}
      runtimeClass: {create: true, name: carafe}
      config: |
        [runtime]
        cgroup_driver = "cgroupfs"
        cgroup_parent = "%s"
        [rdt]
        mount = "never"
      rdt:
        config: |
          partitions:
            all:
              l3Allocation: "100%%"
              classes:
                gold: {l3Allocation: "60%%"}
                bronze: {l3Allocation: "30%%"}
      """;

  /** An upgrade to mode replace in which carafed looks for its network where none is. */
  static final String WITHOUT_NETWORK =
      """
      mode: replace
      patienceSeconds: 60
      config: |
        [runtime]
        cgroup_driver = "cgroupfs"
        cgroup_parent = "%s"
        [rdt]
        mount = "never"
        [network]
        conf_dir = "/nowhere"
      """;

  /** Two web servers. */
  static final String DEPLOYMENT =
      """
      {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
       "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "web"}},
        "template": {"metadata": {"labels": {"app": "web"}},
         "spec": {"terminationGracePeriodSeconds": 1, "automountServiceAccountToken": false,
          "containers": [{"name": "web", "image": "%s", "imagePullPolicy": "Never",
           "command": ["sh", "-c", "echo serving; echo page > /tmp/index.html; exec httpd -f -h /tmp -p 8080"],
           "readinessProbe": {"tcpSocket": {"port": 8080}, "periodSeconds": 1}}]}}}}
      """
          .formatted(IMAGE);

  /** Two sums, by RuntimeClass. */
  static final String JOB =
      """
      {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "sum"},
       "spec": {"completions": 2, "backoffLimit": 0, "template": {"spec": {"restartPolicy": "Never",
        "runtimeClassName": "carafe", "containers": [{"name": "sum", "image": "%s",
         "imagePullPolicy": "Never", "command": ["sh", "-c", "echo $((40 + 2))"]}]}}}}
      """
          .formatted(IMAGE);

  /** A pod of an RDT class. */
  static final String GOLD =
      """
      {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "gold",
        "annotations": {"rdt.resources.beta.kubernetes.io/pod": "gold"}},
       "spec": {"terminationGracePeriodSeconds": 1, "runtimeClassName": "carafe",
        "containers": [{"name": "gold", "image": "%s",
         "imagePullPolicy": "Never", "command": ["sleep", "100000"]}]}}
      """
          .formatted(IMAGE);

  /**
   * A pod that containerd runs with Carafe's OCI runtime, and the class by which it asks for it.
   */
  static final String OCI_POD =
      """
      {"apiVersion": "v1", "kind": "List", "items": [
       {"apiVersion": "node.k8s.io/v1", "kind": "RuntimeClass", "metadata": {"name": "%1$s"},
        "handler": "%1$s"},
       {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "by-oci"},
        "spec": {"terminationGracePeriodSeconds": 1, "runtimeClassName": "%1$s",
         "containers": [{"name": "c", "image": "%2$s", "imagePullPolicy": "Never",
          "command": ["sleep", "100000"]}]}}]}
      """
          .formatted(Containerd.CARAFE_HANDLER, IMAGE);

  private Manifests() {}
}
