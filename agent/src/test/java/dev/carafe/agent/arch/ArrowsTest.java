package dev.carafe.agent.arch;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The arrows of the house (docs/architecture.md). */
@AnalyzeClasses(packages = "dev.carafe", importOptions = ImportOption.DoNotIncludeTests.class)
class ArrowsTest {
  @ArchTest
  static final ArchRule PACKAGES_OF_THE_AGENT_HAVE_NO_CYCLE =
      slices().matching("dev.carafe.agent.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule PACKAGES_OF_THE_CORE_HAVE_NO_CYCLE =
      slices().matching("dev.carafe.runtime.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule CORE_KNOWS_NO_AGENT_AND_NO_RPC =
      noClasses()
          .that()
          .resideInAPackage("dev.carafe.runtime..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "dev.carafe.agent..", "dev.carafe.cri..", "io.grpc..", "io.netty..", "io.fabric8..");

  @ArchTest
  static final ArchRule ONLY_LINUX_TOUCHES_JNR =
      noClasses()
          .that()
          .resideOutsideOfPackage("dev.carafe.runtime.linux..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("jnr..", "com.kenai.jffi..");

  @ArchTest
  static final ArchRule ONLY_CRI_AND_ADMIN_SPEAK_GRPC =
      noClasses()
          .that()
          .resideInAPackage("dev.carafe.agent..")
          .and()
          .resideOutsideOfPackages(
              "dev.carafe.agent.cri..",
              "dev.carafe.agent.admin..",
              "dev.carafe.agent.cli..",
              "dev.carafe.agent.introspect..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.grpc..");

  @ArchTest
  static final ArchRule ONLY_SERVERS_SPEAK_NETTY =
      noClasses()
          .that()
          .resideInAPackage("dev.carafe.agent..")
          .and()
          .resideOutsideOfPackages(
              "dev.carafe.agent.cri..",
              "dev.carafe.agent.admin..",
              "dev.carafe.agent.cli..",
              "dev.carafe.agent.stream..",
              "dev.carafe.agent.metrics..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.netty..");

  @ArchTest
  static final ArchRule IMAGES_AND_NETWORK_STAND_ALONE =
      noClasses()
          .that()
          .resideInAnyPackage("dev.carafe.agent.image..", "dev.carafe.agent.network..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "dev.carafe.agent.pod..", "dev.carafe.agent.container..", "dev.carafe.agent.cri..");

  @ArchTest
  static final ArchRule PODS_DO_NOT_KNOW_CONTAINERS =
      noClasses()
          .that()
          .resideInAPackage("dev.carafe.agent.pod..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("dev.carafe.agent.container..", "dev.carafe.agent.cri..");
}
