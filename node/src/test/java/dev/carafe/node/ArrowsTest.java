package dev.carafe.node;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** What the node manager may know. */
@AnalyzeClasses(packages = "dev.carafe.node", importOptions = ImportOption.DoNotIncludeTests.class)
class ArrowsTest {
  @ArchTest
  static final ArchRule ONLY_CLIENTS_OF_THE_AGENT =
      noClasses()
          .should()
          .dependOnClassesThat(
              JavaClass.Predicates.resideInAPackage("dev.carafe.agent..")
                  .and(
                      JavaClass.Predicates.resideOutsideOfPackages(
                          "dev.carafe.agent.admin.v1..", "dev.carafe.agent.cli..")));

  @ArchTest
  static final ArchRule THE_HOST_KNOWS_NO_CLUSTER =
      noClasses()
          .that()
          .resideInAPackage("dev.carafe.node.host..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.fabric8..", "dev.carafe.node.kube..", "dev.carafe.node.rdt..");
}
