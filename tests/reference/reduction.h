/* Reductions by the book, for the references of sum, max, ... */
#ifndef REFERENCE_REDUCTION_H
#define REFERENCE_REDUCTION_H

#include "tests/reference/reference.h"

/* The entry of the result that x's element i belongs to; bit k of `axes`: axis k is reduced. */
int64_t reference_reduced(const reference_array *x, int64_t i, int64_t axes);

/* Of the elements behind entry k of the result: the first NaN, else the first with the greatest sign * x. */
int64_t reference_extremum(const reference_array *x, int64_t axes, int64_t k, double sign);

#endif
