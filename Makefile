# Carafe's front door: `make demo`, `make test`, `make dist`, `make bench`; `make help` lists the rest.
SHELL := /bin/bash
.DEFAULT_GOAL := help

# JDK 25, even where `java` is an older one: JAVA_HOME first, then the system's JVM folders.
JDK := $(shell .ci/find-jdk 25)
ifneq ($(JDK),)
export JAVA_HOME := $(JDK)
endif
export MAVEN_OPTS := --sun-misc-unsafe-memory-access=allow
MVN := mvn -B -ntp -q

.PHONY: help jdk build format
help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' Makefile

jdk:
	@test -n "$(JDK)" || { echo "Carafe needs a JDK 25 and found none: set JAVA_HOME to one, or install one (Temurin 25, for example) below /usr/lib/jvm. Debian 12 itself has none." >&2; exit 2; }

build: jdk ## compile everything, without tests
	$(MVN) package -DskipTests

format: jdk ## format Java and C
	$(MVN) spotless:apply
