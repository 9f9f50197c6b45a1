/* Results as JSON (RFC 8259), with what they were measured on. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tools/bench.h"

/* ---- the machine ------------------------------------------------------------------------------------------------- */

typedef struct machine {
    char cpu[96], compiler[96], date[32];
    int64_t cores;
} machine;

/* Linux names the processor in /proc/cpuinfo, on x86-64 at least. */
static void find_cpu(char *name, size_t size)
{
    char line[256];
    snprintf(name, size, "unknown");
    FILE *file = fopen("/proc/cpuinfo", "r");
    while (file && fgets(line, sizeof line, file)) {
        const char *colon = strchr(line, ':');
        if (!colon || strncmp(line, "model name", 10) != 0)
            continue;
        colon += 1 + strspn(colon + 1, " \t");
        snprintf(name, size, "%.*s", (int)strcspn(colon, "\n"), colon);
        break;
    }
    if (file)
        fclose(file);
}

static machine this_machine(void)
{
    machine here = {.cores = sysconf(_SC_NPROCESSORS_ONLN)};
    find_cpu(here.cpu, sizeof here.cpu);
#ifdef __clang__
    snprintf(here.compiler, sizeof here.compiler, "%s", __VERSION__); /* names itself */
#else
    snprintf(here.compiler, sizeof here.compiler, "gcc %s", __VERSION__);
#endif
    time_t now = time(NULL);
    struct tm utc;
    if (!gmtime_r(&now, &utc) || strftime(here.date, sizeof here.date, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
        here.date[0] = '\0';
    return here;
}

void bench_print_machine(void)
{
    const machine here = this_machine();
    printf("gradtape %s, %s; %s, %" PRId64 " processors; instruction set %s, %d threads; %s\n", gt_version(),
           here.compiler, here.cpu, here.cores, gt_isa(), gt_threads(), here.date);
}

/* ---- values ------------------------------------------------------------------------------------------------------ */

static void write_text(FILE *file, const char *text)
{
    fputc('"', file);
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            fprintf(file, "\\%c", *text);
        else if ((unsigned char)*text < ' ')
            fprintf(file, "\\u%04x", (unsigned)*text);
        else
            fputc(*text, file);
    }
    fputc('"', file);
}

static void write_member_text(FILE *file, const char *name, const char *text)
{
    fprintf(file, "\"%s\": ", name);
    write_text(file, text);
    fputs(", ", file);
}

/* JSON knows no infinity. */
static void write_member(FILE *file, const char *name, double value)
{
    if (isfinite(value))
        fprintf(file, "\"%s\": %.9g, ", name, value);
    else
        fprintf(file, "\"%s\": null, ", name);
}

static void write_rate(FILE *file, const char *of, double amount, const char *rate_name, const char *percent_name,
                       const measurement *m, double limit)
{
    if (amount <= 0)
        return;
    write_member(file, of, amount);
    write_member(file, rate_name, rate_of(m, amount));
    if (limit > 0)
        write_member(file, percent_name, 100 * rate_of(m, amount) / limit);
}

static void write_measurement(FILE *file, const measurement *m)
{
    fputs("    {", file);
    write_member_text(file, "work", m->work);
    write_member_text(file, "name", m->name);
    if (m->shape[0])
        write_member_text(file, "shape", m->shape);
    write_member_text(file, "unit", m->unit);
    write_rate(file, "bytes", m->bytes, "gb_per_s", "percent_of_triad", m, m->triad);
    write_rate(file, "flops", m->flops, "gflop_per_s", "percent_of_peak", m, m->peak);
    write_member(file, "median", m->value.median);
    write_member(file, "min", m->value.least);
    write_member(file, "max", m->value.most);
    fprintf(file, "\"n\": %" PRId64 "}", m->value.count);
}

static void write_all(FILE *file, const bench *b)
{
    const machine here = this_machine();
    fputs("{\n  ", file);
    write_member_text(file, "gradtape", gt_version());
    write_member_text(file, "date", here.date);
    write_member_text(file, "cpu", here.cpu);
    write_member(file, "cores", (double)here.cores);
    write_member_text(file, "compiler", here.compiler);
    write_member_text(file, "isa", gt_isa());
    write_member(file, "threads", gt_threads());
    fputs("\n  \"measurements\": [\n", file);
    for (int64_t i = 0; i < b->count; i++) {
        write_measurement(file, &b->list[i]);
        fputs(i + 1 < b->count ? ",\n" : "\n", file);
    }
    fputs("  ]\n}\n", file);
}

/* ---- the file ---------------------------------------------------------------------------------------------------- */

/* A device or a pipe is written to as it is; in place of a file comes one that was written whole. */
static bool in_place(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && !S_ISREG(status.st_mode);
}

static FILE *open_part(const char *path, char **part)
{
    size_t size = strlen(path) + sizeof ".part";
    *part = malloc(size);
    if (!*part) {
        gt_fail(GT_ERR_MEMORY, "out of memory");
        return NULL;
    }
    snprintf(*part, size, in_place(path) ? "%s" : "%s.part", path);
    FILE *file = fopen(*part, "w");
    if (!file)
        gt_fail(GT_ERR_IO, "%s: %s", *part, strerror(errno));
    return file;
}

gt_status bench_json_check(const char *path)
{
    char *part;
    FILE *file = open_part(path, &part);
    if (file) {
        fclose(file);
        if (!in_place(path))
            remove(part);
    }
    free(part);
    return file ? GT_OK : gt_last_status();
}

gt_status bench_json_write(const bench *b, const char *path)
{
    char *part;
    FILE *file = open_part(path, &part);
    if (!file) {
        free(part);
        return gt_last_status();
    }
    write_all(file, b);
    bool written = !ferror(file);
    written = fclose(file) == 0 && written;
    gt_status status = GT_OK;
    if (!written || (!in_place(path) && rename(part, path) != 0)) {
        status = gt_fail(GT_ERR_IO, "%s: could not be written: %s", path, strerror(errno));
        if (!in_place(path))
            remove(part);
    }
    free(part);
    return status;
}
