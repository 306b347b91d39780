# Carafe's front door; `make help` lists the targets.
SHELL := /bin/bash
.DEFAULT_GOAL := help

# JDK 25, even where `java` is an older one: JAVA_HOME first, then the system's JVM folders.
JDK := $(shell .ci/find-jdk 25)
ifneq ($(JDK),)
export JAVA_HOME := $(JDK)
endif
export MAVEN_OPTS := --sun-misc-unsafe-memory-access=allow
MVN := mvn -B -ntp -q

.PHONY: help demo demo-picture test dist deb image bench test-long test-cluster build format jdk
help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' Makefile

demo: jdk ## install what is missing, build, run a pod over the CRI and prove by the kernel what it is (needs root)
	@.ci/packages demo
	@$(MAKE) --no-print-directory dist
	@e2e/suites/demo

demo-picture: dist ## the README's pictures of the demo, drawn anew from a run of it (needs root)
	@e2e/suites/demo record

test: jdk ## every suite that this machine can run, and which it skipped and why (needs root)
	@.ci/packages test
	@.ci/test

dist: build ## agent/target/dist/carafe: a tree that runs without Java on the node, and its archive
	@agent/src/main/dist/build

deb: dist ## a Debian package of that tree, built without root
	@agent/src/main/dist/deb/build

image: dist ## the DaemonSet's image, an OCI archive
	@node/src/main/image/build

bench: dist ## side by side with what the distribution has
	@if [ -x e2e/bench/run ]; then e2e/bench/run; else echo "make bench: e2e/bench/run is not written yet; nothing was measured"; fi

test-long: jdk ## the suites in the virtual machine, on 6.12 and 6.1, soaks, fuzzers, critest again and again, each with its e2e/results/PART.txt; .ci/test-long PART runs one (needs root, two hours, a checkout outside /tmp)
	@.ci/packages test
	@$(MAKE) --no-print-directory dist
	@.ci/test-long

test-cluster: image ## e2e/results/test-cluster.txt: a whole cluster: etcd, API server, scheduler, kubelet, the chart by helm (needs root and go; builds them first, a quarter of an hour)
	@.ci/test-cluster

build: jdk ## compile everything, without tests
	@rm -rf agent/target/lib node/target/lib e2e/target/lib
	@echo "build: Java and C, a minute or two; longer the first time, for what Maven fetches"
	@$(MVN) package -DskipTests

format: jdk ## format Java and C
	@$(MVN) spotless:apply
	@if command -v clang-format >/dev/null; then $(MAKE) -s -C native format; else echo "C is left as it is: no clang-format here"; fi

jdk:
	@test -n "$(JDK)" || { echo "Carafe needs a JDK 25 and found none: set JAVA_HOME to one, or install one (Temurin 25, for example) below /usr/lib/jvm. Debian 12 itself has none." >&2; exit 2; }
