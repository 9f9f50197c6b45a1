/* The instruction sets that tests can loop over: those of this build that the processor has. */
#ifndef GT_TESTS_ISA_H
#define GT_TESTS_ISA_H

int isa_count(void);
/* Takes the set with this number, from 0 on, and returns its name. */
const char *take_isa(int index);

#endif
