package dev.carafe.agent.container;

/** Classes of service. */
public final class RdtClasses {}
