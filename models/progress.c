/* The formats are those of keras/utils/generic_utils.py (2.x), class Progbar. */
#include "models/progress.h"

#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/clock.h"

#define NARROWEST_BAR 10
#define DRAW_INTERVAL 0.05 /* seconds */

double gt_progress_clock(void)
{
    return 1e-9 * (double)gt_nanoseconds();
}

/* ---- parts ----------------------------------------------------------------------------------------------------- */

/* "12/32", the first number as wide as the second. */
static int write_count(char *text, int64_t done, int64_t target)
{
    int digits = snprintf(NULL, 0, "%lld", (long long)target);
    return snprintf(text, GT_PROGRESS_TEXT, "%*lld/%lld", digits, (long long)done, (long long)target);
}

void gt_progress_bar(char *text, int64_t done, int64_t target, int width)
{
    int at = write_count(text, done, target);
    int filled = (int)(width * ((double)done / (double)target));
    text[at++] = ' ';
    text[at++] = '[';
    for (int i = 0; i < width; i++)
        text[at++] = i >= filled ? '.' : i < filled - 1 || done >= target ? '=' : '>';
    text[at++] = ']';
    text[at] = '\0';
}

void gt_progress_eta(char *text, double seconds)
{
    long long s = seconds > 0 && seconds < 1e15 ? (long long)seconds : 0;
    if (seconds > 3600)
        snprintf(text, GT_PROGRESS_TEXT, "%lld:%02lld:%02lld", s / 3600, s % 3600 / 60, s % 60);
    else if (seconds > 60)
        snprintf(text, GT_PROGRESS_TEXT, "%lld:%02lld", s / 60, s % 60);
    else
        snprintf(text, GT_PROGRESS_TEXT, "%llds", s);
}

void gt_progress_duration(char *text, double seconds)
{
    if (seconds >= 1 || seconds == 0)
        snprintf(text, GT_PROGRESS_TEXT, "%.0fs/step", seconds);
    else if (seconds >= 1e-3)
        snprintf(text, GT_PROGRESS_TEXT, "%.0fms/step", seconds * 1e3);
    else
        snprintf(text, GT_PROGRESS_TEXT, "%.0fus/step", seconds * 1e6);
}

/* A line, written at once so that a redraw does not flicker; what does not fit is left out. */
typedef struct line {
    char text[768];
    int length;
} line;

GT_PRINTF(2, 3) static void append(line *l, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int room = (int)sizeof l->text - l->length;
    int wanted = vsnprintf(l->text + l->length, (size_t)room, format, arguments);
    va_end(arguments);
    l->length += wanted < room ? wanted : room - 1;
}

static void append_values(line *l, int count, const gt_progress_value *values)
{
    for (int i = 0; i < count; i++)
        append(l, fabs(values[i].value) > 1e-3 ? " - %.60s: %.4f" : " - %.60s: %.4e", values[i].name, values[i].value);
}

static void flush(const gt_progress *progress, const line *l)
{
    progress->writer(progress->context, l->text, (size_t)l->length);
}

/* ---- drawing --------------------------------------------------------------------------------------------------- */

void gt_progress_begin(gt_progress *progress, int epoch, int epochs)
{
    progress->start = progress->first_step = progress->last_step = progress->clock();
    progress->last_draw = -HUGE_VAL;
    progress->width = 0;
    if (progress->writer)
        gt_write(progress->writer, progress->context, "Epoch %d/%d\n", epoch, epochs);
}

/* The first step warms up, and does not count where there are more. */
static double step_time(const gt_progress *progress, int64_t done)
{
    if (done > 1)
        return (progress->last_step - progress->first_step) / (double)(done - 1);
    return progress->last_step - progress->start;
}

/* A line that reaches the terminal's last column goes on in the next row, and "\r" leaves its first row behind. */
static int room_on_line(const gt_progress *progress)
{
    return progress->columns > 1 ? progress->columns - 1 : INT_MAX / 2;
}

/* The bar is shorter where the terminal is too narrow for the line. */
static int bar_width(const gt_progress *progress, int64_t done, const line *info)
{
    char bar[GT_PROGRESS_TEXT];
    gt_progress_bar(bar, done, progress->target, GT_PROGRESS_BAR);
    const int over = (int)strlen(bar) + info->length - room_on_line(progress);
    const int width = over > 0 ? GT_PROGRESS_BAR - over : GT_PROGRESS_BAR;
    return width > NARROWEST_BAR ? width : NARROWEST_BAR;
}

/* Between two characters of UTF-8. */
static void cut(line *l, int length)
{
    if (length >= l->length)
        return;
    while (length > 0 && ((unsigned char)l->text[length] & 0xc0) == 0x80)
        length--;
    l->length = length;
    l->text[length] = '\0';
}

/* Covers what is left of a longer line before it. Only the last line of an epoch may take a second row. */
static void draw_bar(gt_progress *progress, int64_t done, const line *info, bool last)
{
    char bar[GT_PROGRESS_TEXT];
    gt_progress_bar(bar, done, progress->target, bar_width(progress, done, info));
    line l = {.length = 0};
    append(&l, "\r%s%s", bar, info->text);
    if (!last)
        cut(&l, 1 + room_on_line(progress));
    int width = l.length - 1, rest = progress->width - width;
    append(&l, "%*s%s", rest > 0 ? rest : 0, "", last ? "\n" : "");
    progress->width = last ? 0 : width;
    flush(progress, &l);
}

bool gt_progress_due(const gt_progress *progress)
{
    return progress->writer && progress->terminal && progress->clock() - progress->last_draw >= DRAW_INTERVAL;
}

void gt_progress_step(gt_progress *progress, int64_t done, int count, const gt_progress_value *values)
{
    double now = progress->clock();
    progress->last_step = now;
    if (done == 1)
        progress->first_step = now;
    if (!values || !progress->writer || !progress->terminal || now - progress->last_draw < DRAW_INTERVAL)
        return;
    progress->last_draw = now;
    char eta[GT_PROGRESS_TEXT];
    gt_progress_eta(eta, step_time(progress, done) * (double)(progress->target - done));
    line info = {.length = 0};
    append(&info, " - ETA: %s", eta);
    append_values(&info, count, values);
    draw_bar(progress, done, &info, false);
}

void gt_progress_end(gt_progress *progress, int count, const gt_progress_value *values)
{
    if (!progress->writer)
        return;
    char count_text[GT_PROGRESS_TEXT], step[GT_PROGRESS_TEXT];
    double seconds = progress->clock() - progress->start;
    gt_progress_duration(step, step_time(progress, progress->target));
    line info = {.length = 0};
    append(&info, progress->terminal ? " - %.0fs %s" : " - %.0fs - %s", seconds, step);
    append_values(&info, count, values);
    if (progress->terminal) {
        draw_bar(progress, progress->target, &info, true);
        return;
    }
    line l = {.length = 0};
    write_count(count_text, progress->target, progress->target);
    append(&l, "%s%s\n", count_text, info.text);
    flush(progress, &l);
}

void gt_progress_stop(gt_progress *progress)
{
    if (progress->width > 0)
        progress->writer(progress->context, "\n", 1);
    progress->width = 0;
}
