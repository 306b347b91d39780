// The null device among stdio.
#ifndef CARAFE_STDIO_INSIDE_H
#define CARAFE_STDIO_INSIDE_H

// Each of stdio that is the host's null device becomes the new root's, if there is one: a program holds nothing of the host's file systems then, and CRIU can save it.
void stdio_null_inside(void);

#endif
