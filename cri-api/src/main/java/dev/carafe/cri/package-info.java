/** What every user of the CRI's generated messages needs beside them. */
@NullMarked
package dev.carafe.cri;

import org.jspecify.annotations.NullMarked;
