// Descriptors that the caller left open for the program.
#ifndef CARAFE_FRONT_INHERITED_H
#define CARAFE_FRONT_INHERITED_H

// Counts those from 3 on without a gap. Called first of all: later ones are the front's own.
void inherited_count(void);

// How many there were.
unsigned inherited(void);

#endif
