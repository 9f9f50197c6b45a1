#include "tools/plot_ticks.h"

#include <math.h>
#include <stdio.h>

/* The largest value that is drawn, and the smallest that is told from 0: between them nothing over- or underflows. */
static const double largest = 1e300, smallest = 1e-290;

plot_range plot_range_empty(void)
{
    return (plot_range){.low = INFINITY, .high = -INFINITY, .whole = true};
}

bool plot_drawable(double value)
{
    return fabs(value) <= largest;
}

void plot_range_add(plot_range *range, double value)
{
    if (!plot_drawable(value))
        return;
    if (fabs(value) < smallest)
        value = 0;
    range->low = fmin(range->low, value);
    range->high = fmax(range->high, value);
    range->whole = range->whole && value == floor(value) && fabs(value) < 1e9;
}

void plot_range_settle(plot_range *range)
{
    if (range->low > range->high) {
        *range = (plot_range){.low = 0, .high = 1};
        return;
    }
    /* Less than a millionth apart, labels could not tell ticks apart. */
    const double size = fmax(fabs(range->low), fabs(range->high));
    if (range->high - range->low > 1e-6 * size)
        return;
    const double room = range->whole ? 0.5 : size > 0 ? 0.1 * size : 1;
    range->low -= room;
    range->high += room;
}

/* The least of 1, 2, 5 and 10 times a power of ten that is not below `least`. */
static double nice_step(double least)
{
    static const double factors[] = {1, 2, 5};
    const double power = pow(10, floor(log10(least)));
    for (int i = 0; i < 3; i++)
        if (factors[i] * power >= least * (1 - 1e-9))
            return factors[i] * power;
    return 10 * power;
}

static plot_ticks ticks_every(const plot_range *range, double step)
{
    /* A tick at the very end counts, whatever was rounded. */
    const double first = ceil(range->low / step - 1e-6), last = floor(range->high / step + 1e-6);
    return (plot_ticks){.first = first * step, .step = step, .count = last >= first ? (int)(last - first) + 1 : 0};
}

plot_ticks plot_ticks_in(const plot_range *range, int most)
{
    double step = nice_step((range->high - range->low) / most);
    if (range->whole)
        step = fmax(step, 1);
    plot_ticks ticks = ticks_every(range, step);
    while (ticks.count > most) {
        step = nice_step(1.5 * step);
        ticks = ticks_every(range, step);
    }
    return ticks;
}

double plot_tick_value(const plot_ticks *ticks, int index)
{
    const double value = ticks->first + index * ticks->step;
    return fabs(value) < 1e-6 * ticks->step ? 0 : value;
}

void plot_tick_text(const plot_ticks *ticks, int index, char text[PLOT_TICK_TEXT])
{
    const double value = plot_tick_value(ticks, index);
    const double end = fmax(fabs(ticks->first), fabs(plot_tick_value(ticks, ticks->count - 1)));
    const int exponent = (int)floor(log10(ticks->step) + 1e-9);
    if (end < 1e6 && exponent >= -5) {
        snprintf(text, PLOT_TICK_TEXT, "%.*f", exponent < 0 ? -exponent : 0, value);
        return;
    }
    const int digits = end > 0 ? (int)floor(log10(end) + 1e-9) - exponent + 1 : 1;
    snprintf(text, PLOT_TICK_TEXT, "%.*g", digits, value);
}

void plot_value_text(double value, char text[PLOT_TICK_TEXT])
{
    const bool whole = value == floor(value) && fabs(value) < 1e7;
    snprintf(text, PLOT_TICK_TEXT, whole ? "%.0f" : "%.3g", value == 0 ? 0 : value);
}
