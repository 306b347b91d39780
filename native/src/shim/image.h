// The sealed image that the shim runs from: nobody can write to it, and all shims share its pages.
#ifndef CARAFE_IMAGE_H
#define CARAFE_IMAGE_H

// Returns 0 when this program already runs from a sealed memfd; else copies itself to one and re-executes (returns only on error: -1 with errno).
int image_ensure(char **argv);

#endif
