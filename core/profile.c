#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/memory.h"
#include "core/profile_internal.h"

typedef struct event {
    const char *name;
    gt_spec spec;
    size_t bytes;
    int64_t start, end; /* nanoseconds */
} event;

struct gt_profile {
    int64_t capacity, count, lost;
    int64_t began; /* when it was started first */
    bool on;
    event events[];
};

atomic_int gt_profiles_on;
_Thread_local gt_profile *gt_profile_of_thread;

gt_profile *gt_profile_new(int64_t most_ops)
{
    if (most_ops < 1 || most_ops > INT32_MAX) {
        gt_fail(GT_ERR_ARGUMENT, "gt_profile_new: %lld ops, 1 to %d can be kept", (long long)most_ops, INT32_MAX);
        return NULL;
    }
    gt_profile *profile = gt_allocate(sizeof *profile + (size_t)most_ops * sizeof(event));
    if (profile)
        profile->capacity = most_ops;
    return profile;
}

void gt_profile_free(gt_profile *profile)
{
    if (profile && gt_profile_of_thread == profile)
        gt_profile_stop();
    gt_release(profile);
}

gt_status gt_profile_start(gt_profile *profile)
{
    if (!profile)
        return gt_fail(GT_ERR_ARGUMENT, "gt_profile_start: the profile is NULL");
    if (profile->on || gt_profile_of_thread)
        return gt_fail(GT_ERR_STATE, "gt_profile_start: %s",
                       profile->on ? "the profile is on already" : "another profile is on in this thread");
    if (!profile->began)
        profile->began = gt_nanoseconds();
    profile->on = true;
    gt_profile_of_thread = profile;
    atomic_fetch_add(&gt_profiles_on, 1);
    return GT_OK;
}

void gt_profile_stop(void)
{
    if (!gt_profile_of_thread)
        return;
    gt_profile_of_thread->on = false;
    gt_profile_of_thread = NULL;
    atomic_fetch_sub(&gt_profiles_on, 1);
}

int64_t gt_profile_count(const gt_profile *profile)
{
    return profile ? profile->count : 0;
}

int64_t gt_profile_lost(const gt_profile *profile)
{
    return profile ? profile->lost : 0;
}

void gt_profile_note(gt_profile *profile, const gt_op *op, const gt_spec *main, size_t bytes, int64_t start,
                     int64_t end)
{
    if (profile->count == profile->capacity) {
        profile->lost++;
        return;
    }
    profile->events[profile->count++] = (event){op->name, *main, bytes, start, end};
}

/* ---- the trace -------------------------------------------------------------------------------------------------- */

/* A program's own op may have any name. */
static void write_escaped(gt_writer *writer, void *context, const char *text)
{
    for (; *text; text++) {
        const unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\' || c < 0x20)
            gt_write(writer, context, "\\u%04x", c);
        else
            writer(context, text, 1);
    }
}

/* Microseconds with three decimals, whatever the locale's point is. */
static void write_microseconds(gt_writer *writer, void *context, const char *name, int64_t nanoseconds)
{
    gt_write(writer, context, ",\"%s\":%lld.%03d", name, (long long)(nanoseconds / 1000), (int)(nanoseconds % 1000));
}

static void write_event(const gt_profile *profile, const event *e, gt_writer *writer, void *context)
{
    gt_write(writer, context, "{\"name\":\"");
    write_escaped(writer, context, e->name);
    gt_write(writer, context, "\",\"ph\":\"X\",\"pid\":1,\"tid\":1");
    write_microseconds(writer, context, "ts", e->start - profile->began);
    write_microseconds(writer, context, "dur", e->end - e->start);
    gt_write(writer, context, ",\"args\":{\"shape\":\"%s\",\"dtype\":\"%s\",\"bytes\":%zu}}",
             gt_shape_text(&e->spec.shape).text, gt_dtype_name(e->spec.dtype), e->bytes);
}

static gt_status check_write(const char *who, const gt_profile *profile, gt_writer *writer)
{
    if (profile && writer)
        return GT_OK;
    return gt_fail(GT_ERR_ARGUMENT, "%s: the %s is NULL", who, profile ? "writer" : "profile");
}

gt_status gt_profile_write_trace(const gt_profile *profile, gt_writer *writer, void *context)
{
    gt_status status = check_write("gt_profile_write_trace", profile, writer);
    if (status != GT_OK)
        return status;
    gt_write(writer, context, "{\"displayTimeUnit\":\"ms\",\"traceEvents\":[");
    for (int64_t i = 0; i < profile->count; i++) {
        gt_write(writer, context, i ? ",\n" : "\n");
        write_event(profile, &profile->events[i], writer, context);
    }
    gt_write(writer, context, "\n]}\n");
    return GT_OK;
}

/* ---- the summary ------------------------------------------------------------------------------------------------ */

typedef struct total {
    const char *name;
    int64_t calls, nanoseconds;
    double bytes;
} total;

static int by_time(const void *a, const void *b)
{
    const total *left = a, *right = b;
    if (left->nanoseconds != right->nanoseconds)
        return left->nanoseconds > right->nanoseconds ? -1 : 1;
    return strcmp(left->name, right->name);
}

/* One for each name; returns how many. */
static int add_up(const gt_profile *profile, total *totals)
{
    int count = 0;
    for (int64_t i = 0; i < profile->count; i++) {
        const event *e = &profile->events[i];
        int at = 0;
        while (at < count && strcmp(totals[at].name, e->name) != 0)
            at++;
        if (at == count)
            totals[count++] = (total){.name = e->name};
        totals[at].calls++;
        totals[at].nanoseconds += e->end - e->start;
        totals[at].bytes += (double)e->bytes;
    }
    return count;
}

static void write_total(const total *t, int64_t all, gt_writer *writer, void *context)
{
    const double time = t->nanoseconds > 0 ? (double)t->nanoseconds : 1;
    gt_write(writer, context, "%-36.60s %8lld %10.3f %6.1f %% %10.2f %8.2f\n", t->name, (long long)t->calls,
             (double)t->nanoseconds * 1e-6, 100 * (double)t->nanoseconds / (double)(all > 0 ? all : 1),
             (double)t->nanoseconds * 1e-3 / (double)t->calls, t->bytes / time);
}

static void write_table(const gt_profile *profile, const total *totals, int count, int top, gt_writer *writer,
                        void *context)
{
    total rest = {.name = "others"};
    int64_t all = 0;
    for (int i = 0; i < count; i++)
        all += totals[i].nanoseconds;
    gt_write(writer, context, "%-36s %8s %10s %8s %10s %8s\n", "op", "calls", "ms", "share", "us a call", "GB/s");
    for (int i = 0; i < count; i++) {
        if (i < top) {
            write_total(&totals[i], all, writer, context);
            continue;
        }
        rest.calls += totals[i].calls;
        rest.nanoseconds += totals[i].nanoseconds;
        rest.bytes += totals[i].bytes;
    }
    if (rest.calls)
        write_total(&rest, all, writer, context);
    if (profile->lost)
        gt_write(writer, context, "%lld more ops were not kept\n", (long long)profile->lost);
}

gt_status gt_profile_write_summary(const gt_profile *profile, gt_writer *writer, void *context, int top)
{
    gt_status status = check_write("gt_profile_write_summary", profile, writer);
    if (status != GT_OK)
        return status;
    total *totals = gt_allocate((size_t)(profile->count + 1) * sizeof *totals);
    if (!totals)
        return GT_ERR_MEMORY;
    const int count = add_up(profile, totals);
    qsort(totals, (size_t)count, sizeof *totals, by_time);
    write_table(profile, totals, count, top, writer, context);
    gt_release(totals);
    return GT_OK;
}
