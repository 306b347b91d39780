package dev.carafe.agent.cri;

import static java.util.Objects.requireNonNull;

import dev.carafe.agent.stats.MetricKind;
import dev.carafe.cri.v1.ListMetricDescriptorsRequest;
import dev.carafe.cri.v1.ListMetricDescriptorsResponse;
import dev.carafe.cri.v1.ListPodSandboxMetricsRequest;
import dev.carafe.cri.v1.ListPodSandboxMetricsResponse;
import dev.carafe.cri.v1.RuntimeServiceGrpc.AsyncService;
import dev.carafe.cri.v1.StreamPodSandboxMetricsRequest;
import dev.carafe.cri.v1.StreamPodSandboxMetricsResponse;
import io.grpc.stub.StreamObserver;
import java.util.stream.Stream;

/** Metrics, which the kubelet passes on to Prometheus as they are. Thread-safe. */
public final class MetricsCalls implements AsyncService {
  private static final ListMetricDescriptorsResponse DESCRIPTORS =
      ListMetricDescriptorsResponse.newBuilder()
          .addAllDescriptors(Stream.of(MetricKind.values()).map(MetricKind::descriptor).toList())
          .build();

  private final PodMetrics metrics;
  private final Calls calls;

  /** Answers from these. */
  public MetricsCalls(PodMetrics metrics, Calls calls) {
    this.metrics = requireNonNull(metrics, "metrics is null");
    this.calls = requireNonNull(calls, "calls is null");
  }

  @Override
  public void listMetricDescriptors(
      ListMetricDescriptorsRequest request,
      StreamObserver<ListMetricDescriptorsResponse> observer) {
    Calls.quick("ListMetricDescriptors", observer, () -> DESCRIPTORS);
  }

  @Override
  public void listPodSandboxMetrics(
      ListPodSandboxMetricsRequest request,
      StreamObserver<ListPodSandboxMetricsResponse> observer) {
    calls.blocking(
        "ListPodSandboxMetrics",
        observer,
        () -> ListPodSandboxMetricsResponse.newBuilder().addAllPodMetrics(metrics.list()).build());
  }

  @Override
  public void streamPodSandboxMetrics(
      StreamPodSandboxMetricsRequest request,
      StreamObserver<StreamPodSandboxMetricsResponse> observer) {
    calls.listing(
        "StreamPodSandboxMetrics",
        observer,
        metrics::list,
        items ->
            StreamPodSandboxMetricsResponse.newBuilder().addAllPodSandboxMetrics(items).build());
  }
}
