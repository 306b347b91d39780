package dev.carafe.runtime.shim;

/** One received frame. */
@SuppressWarnings("ArrayRecordComponent")
record Frame(int type, int id, byte[] payload) {}
