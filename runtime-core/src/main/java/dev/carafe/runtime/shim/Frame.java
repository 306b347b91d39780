package dev.carafe.runtime.shim;

/** One received frame. */
record Frame(int type, int id, byte[] payload) {}
