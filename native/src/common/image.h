// A sealed copy of this program, in memory: what runs from it inside a container can be read there, but nobody can write to it, and the host's file is out of reach (CVE-2019-5736).
#ifndef CARAFE_IMAGE_H
#define CARAFE_IMAGE_H

// Opens a sealed, executable copy of the running program, under this name; its own image where it runs from one already. -1 with errno on failure.
int image_sealed(const char *name);

// Returns 0 when this program already runs from a sealed memfd; else copies itself to one and re-executes (returns only on error: -1 with errno).
int image_ensure(const char *name, char **argv);

#endif
