/* Parses, checks and explains command lines from tables of options. */
#include "tools/options.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/command.h"

enum { HELP_COLUMN = 28 };

/* ---- the rows of a table ---------------------------------------------------------------------------------------- */

option option_flag(const char *name, bool *value, const char *help)
{
    return (option){.name = name, .kind = OPTION_FLAG, .value = value, .help = help};
}

option option_integer(const char *name, int64_t *value, const char *shown, int64_t low, int64_t high, const char *help)
{
    return (option){name, OPTION_INTEGER, value, shown, help, low, high, NULL};
}

option option_positive(const char *name, double *value, const char *shown, const char *help)
{
    return (option){.name = name, .kind = OPTION_POSITIVE, .value = value, .shown = shown, .help = help};
}

option option_choice(const char *name, int *value, const char *shown, const char *const *choices, const char *help)
{
    return (option){name, OPTION_CHOICE, value, shown, help, 0, 0, choices};
}

option option_text(const char *name, const char **value, const char *shown, const char *help)
{
    return (option){.name = name, .kind = OPTION_TEXT, .value = value, .shown = shown, .help = help};
}

option option_two_texts(const char *name, const char *values[2], const char *shown, const char *help)
{
    return (option){.name = name, .kind = OPTION_TWO_TEXTS, .value = values, .shown = shown, .help = help};
}

/* ---- messages --------------------------------------------------------------------------------------------------- */

static void complain(const char *command, const char *format, va_list arguments)
{
    fflush(stdout); /* so that what was done stands before what failed */
    fprintf(stderr, "gradtape%s%s: ", command ? " " : "", command ? command : "");
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
}

int failed(const char *command, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    complain(command, format, arguments);
    va_end(arguments);
    return STATUS_FAILED;
}

int usage_error(const char *command, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    complain(command, format, arguments);
    va_end(arguments);
    fprintf(stderr, "Try 'gradtape %s%s'.\n", command ? "help " : "--help", command ? command : "");
    return STATUS_USAGE;
}

/* ---- help ------------------------------------------------------------------------------------------------------- */

/* A name of the option in the left column, and its help, line by line, in the right one. */
static void print_option(const char *name, const char *shown, const char *help)
{
    int used = printf("  --%s%s%s", name, shown ? " " : "", shown ? shown : "");
    if (used >= HELP_COLUMN) {
        putchar('\n');
        used = 0;
    }
    for (const char *line = help; *line; used = 0) {
        size_t length = strcspn(line, "\n");
        printf("%*s%.*s\n", HELP_COLUMN - used, "", (int)length, line);
        line += length + (line[length] == '\n');
    }
}

static void print_help(const command_usage *usage)
{
    printf("usage: gradtape %s [options]%s%s\n\n%s\noptions:\n", usage->command, usage->arguments ? " " : "",
           usage->arguments ? usage->arguments : "", usage->about);
    for (const option *o = usage->options; o->name; o++)
        print_option(o->name, o->shown, o->help);
    print_option("help", NULL, "this text");
}

/* ---- values ----------------------------------------------------------------------------------------------------- */

static int set_integer(const char *command, const option *o, const char *text)
{
    char *end;
    errno = 0;
    intmax_t number = strtoimax(text, &end, 10);
    if (end == text || *end != '\0')
        return usage_error(command, "--%s: '%s' is no whole number", o->name, text);
    if (errno == ERANGE || number < o->low || number > o->high)
        return usage_error(command, "--%s: %s is not in %" PRId64 " to %" PRId64, o->name, text, o->low, o->high);
    *(int64_t *)o->value = (int64_t)number;
    return -1;
}

static int set_positive(const char *command, const option *o, const char *text)
{
    char *end;
    double number = strtod(text, &end);
    if (end == text || *end != '\0')
        return usage_error(command, "--%s: '%s' is no number", o->name, text);
    if (!(number > 0) || !isfinite(number))
        return usage_error(command, "--%s: %s is not above 0 and finite", o->name, text);
    *(double *)o->value = number;
    return -1;
}

static int set_choice(const char *command, const option *o, const char *text)
{
    char list[256] = "";
    size_t used = 0;
    for (int i = 0; o->choices[i]; i++) {
        if (strcmp(text, o->choices[i]) == 0) {
            *(int *)o->value = i;
            return -1;
        }
        if (used < sizeof list)
            used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "", o->choices[i]);
    }
    return usage_error(command, "--%s: '%s' is none of %s", o->name, text, list);
}

static int needs_value(const char *command, const option *o)
{
    return usage_error(command, "--%s needs %s: --%s %s", o->name,
                       o->kind == OPTION_TWO_TEXTS ? "two values" : "a value", o->name, o->shown);
}

/* `text` is NULL where no value was given. */
static int set_option(const char *command, const option *o, const char *text)
{
    if (o->kind == OPTION_FLAG) {
        if (text)
            return usage_error(command, "--%s takes no value, but '%s' was given", o->name, text);
        *(bool *)o->value = true;
        return -1;
    }
    if (!text || !*text)
        return needs_value(command, o);
    switch (o->kind) {
    case OPTION_INTEGER:
        return set_integer(command, o, text);
    case OPTION_POSITIVE:
        return set_positive(command, o, text);
    case OPTION_CHOICE:
        return set_choice(command, o, text);
    case OPTION_FLAG:
    case OPTION_TEXT:
    case OPTION_TWO_TEXTS:
        break;
    }
    *(const char **)o->value = text;
    return -1;
}

/* ---- the command line ------------------------------------------------------------------------------------------- */

static const char *option_name_at(const void *names, int index)
{
    return ((const option *)names)[index].name;
}

static int unknown_option(const command_usage *usage, const char *argument)
{
    int count = 0;
    while (usage->options[count].name)
        count++;
    size_t dashes = strspn(argument, "-"), length = strcspn(argument, "=");
    char word[64];
    snprintf(word, sizeof word, "%.*s", length > dashes ? (int)(length - dashes) : 0, argument + dashes);
    return usage_error(usage->command, "unknown option '%.*s'%s", (int)length, argument,
                       suggest(word, count, option_name_at, usage->options).text);
}

/* Handles argv[*at], and moves on over the values that follow it. */
static int parse_option(const command_usage *usage, int argc, char **argv, int *at)
{
    const char *argument = argv[*at];
    if (strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0) {
        print_help(usage);
        return STATUS_OK;
    }
    const char *name = argument + 2;
    size_t length = strcspn(name, "=");
    for (const option *o = usage->options; strncmp(argument, "--", 2) == 0 && o->name; o++) {
        if (strlen(o->name) != length || strncmp(o->name, name, length) != 0)
            continue;
        const char *value = name[length] == '=' ? name + length + 1 : NULL;
        if (!value && o->kind != OPTION_FLAG && *at + 1 < argc)
            value = argv[++*at];
        int status = set_option(usage->command, o, value);
        if (status >= 0 || o->kind != OPTION_TWO_TEXTS)
            return status;
        const char *second = *at + 1 < argc ? argv[++*at] : "";
        ((const char **)o->value)[1] = second;
        return *second ? -1 : needs_value(usage->command, o);
    }
    return unknown_option(usage, argument);
}

int options_parse(const command_usage *usage, int argc, char **argv, int *arguments)
{
    int kept = 0;
    bool ended = false;
    for (int i = 1; i < argc; i++) {
        if (!ended && strcmp(argv[i], "--") == 0) {
            ended = true;
        } else if (!ended && argv[i][0] == '-' && argv[i][1] != '\0') {
            int status = parse_option(usage, argc, argv, &i);
            if (status >= 0)
                return status;
        } else if (!usage->arguments) {
            return usage_error(usage->command, "unexpected argument '%s'", argv[i]);
        } else {
            argv[++kept] = argv[i];
        }
    }
    if (arguments)
        *arguments = kept;
    return -1;
}
