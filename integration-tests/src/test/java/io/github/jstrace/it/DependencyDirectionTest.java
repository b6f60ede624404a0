// SPDX-License-Identifier: Apache-2.0
package io.github.jstrace.it;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Dependencies point one way: tables, core, linux, backends, cli. The Maven modules enforce it
 * between jars; this also catches what a module can reach but must not use.
 */
@Tag("any-java")
class DependencyDirectionTest {
  private static final String ROOT = "io.github.jstrace.";

  private static JavaClasses shipped;

  @BeforeAll
  static void importClasses() {
    shipped =
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages(
                ROOT + "tables",
                ROOT + "core",
                ROOT + "linux",
                ROOT + "ptrace",
                ROOT + "ebpf",
                ROOT + "cli");
  }

  /** Rules over no classes pass; so first see that every module was found. */
  @ParameterizedTest
  @ValueSource(strings = {"tables", "core", "linux", "ptrace", "ebpf", "cli"})
  void moduleIsImported(String module) {
    assertTrue(
        shipped.stream().anyMatch(c -> c.getPackageName().startsWith(ROOT + module)),
        "no class of " + module);
  }

  @Test
  void dependenciesPointDown() {
    List<String> layers = List.of("tables", "core", "linux", "ptrace", "ebpf", "cli");
    for (int i = 0; i < layers.size(); i++) {
      List<String> above = layers.subList(i + 1, layers.size());
      if (!above.isEmpty()) {
        noClasses()
            .that()
            .resideInAPackage(ROOT + layers.get(i) + "..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(packages(above))
            .allowEmptyShould(true)
            .check(shipped);
      }
    }
  }

  @Test
  void backendsDoNotKnowEachOther() {
    noClasses()
        .that()
        .resideInAPackage(ROOT + "ebpf..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage(ROOT + "ptrace..")
        .check(shipped);
  }

  @Test
  void onlyLinuxBindsNativeCode() {
    noClasses()
        .that()
        .resideOutsideOfPackage(ROOT + "linux..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("jnr..", "com.kenai.jffi..")
        .check(shipped);
  }

  @Test
  void onlyCliKnowsTheCommandLineLibrary() {
    noClasses()
        .that()
        .resideOutsideOfPackage(ROOT + "cli..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("picocli..")
        .check(shipped);
  }

  @Test
  void tablesNeedNothingButTheJdk() {
    ArchRule rule =
        noClasses()
            .that()
            .resideInAPackage(ROOT + "tables..")
            .should()
            .dependOnClassesThat()
            .resideOutsideOfPackages(ROOT + "tables..", "java..", "org.jspecify..");
    rule.allowEmptyShould(true).check(shipped);
  }

  @Test
  void onlyCliEndsTheProcess() {
    noClasses()
        .that()
        .resideOutsideOfPackage(ROOT + "cli..")
        .should()
        .callMethod(System.class, "exit", int.class)
        .check(shipped);
  }

  @Test
  void modulesHaveNoCycles() {
    SlicesRuleDefinition.slices().matching(ROOT + "(*)..").should().beFreeOfCycles().check(shipped);
  }

  private static String[] packages(List<String> modules) {
    String[] names = new String[modules.size()];
    for (int i = 0; i < names.length; i++) {
      names[i] = ROOT + modules.get(i) + "..";
    }
    return names;
  }
}
