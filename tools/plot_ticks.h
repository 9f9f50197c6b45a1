/* Where an axis has its ticks, and what is written at them. Pure numbers: nothing is drawn here. */
#ifndef TOOLS_PLOT_TICKS_H
#define TOOLS_PLOT_TICKS_H

#include <stdbool.h>

/* The values that an axis has to show. */
typedef struct plot_range {
    double low, high; /* low > high: none yet */
    bool whole;       /* all of them are whole numbers */
} plot_range;

plot_range plot_range_empty(void);
/* Whether a value has a place in a picture: it is finite, and not so large that differences overflow. */
bool plot_drawable(double value);
/* Widens the range by a value; one that is not drawable changes nothing. */
void plot_range_add(plot_range *range, double value);
/* Makes it one that can be divided: 0 to 1 where it is empty, and room on both sides of a single value. */
void plot_range_settle(plot_range *range);

typedef struct plot_ticks {
    double first, step;
    int count;
} plot_ticks;

/* At most `most` (2 or more) multiples of 1, 2 or 5 times a power of ten within a settled range; of whole numbers
 * alone where it holds only those. */
plot_ticks plot_ticks_in(const plot_range *range, int most);
double plot_tick_value(const plot_ticks *ticks, int index);

enum { PLOT_TICK_TEXT = 32 };
/* With as many digits as tell neighbours apart. */
void plot_tick_text(const plot_ticks *ticks, int index, char text[PLOT_TICK_TEXT]);
/* A single value: a whole number as it is, another one to three digits. */
void plot_value_text(double value, char text[PLOT_TICK_TEXT]);

#endif
