/* Running on a stack as small as the system allows: what recurses as deep as a graph does not survive it. */
#ifndef GT_TESTS_STACK_H
#define GT_TESTS_STACK_H

/* Runs the body on a thread with a stack of 64 KiB, or of the system's least where that is more, and waits for it. */
void run_on_a_small_stack(void *(*body)(void *), void *context);

#endif
