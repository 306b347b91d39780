package dev.carafe.runtime.spec;

import com.fasterxml.jackson.annotation.JacksonAnnotationsInside;
import com.fasterxml.jackson.databind.annotation.JsonSerialize;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;

/**
 * Marks a long that holds an unsigned 64-bit number (RLIM_INFINITY is written
 * 18446744073709551615).
 */
@Retention(RetentionPolicy.RUNTIME)
@JacksonAnnotationsInside
@JsonSerialize(using = Uint64Json.Writer.class)
@interface Uint64 {}
