/* Command lines: each subcommand describes its options in one table, which is parsed, checked and printed from.
 *
 *     int64_t epochs = 10;
 *     const option options[] = {
 *         option_integer("epochs", &epochs, "N", 1, 1000, "passes over the data (default: 10)"),
 *         {.name = NULL},
 *     };
 *
 * Options are long: `--epochs 5` or `--epochs=5`; `--` ends them, and `--help` is understood everywhere. */
#ifndef TOOLS_OPTIONS_H
#define TOOLS_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

typedef enum option_kind {
    OPTION_FLAG,
    OPTION_INTEGER,
    OPTION_POSITIVE,
    OPTION_CHOICE,
    OPTION_TEXT,
    OPTION_TWO_TEXTS
} option_kind;

typedef struct option {
    const char *name; /* without its dashes; NULL ends a table */
    option_kind kind;
    void *value;       /* keeps what it holds, the default, where the option is not given */
    const char *shown; /* the value's name in --help */
    const char *help;  /* one line, or several */
    int64_t low, high;
    const char *const *choices; /* ends with NULL */
} option;

/* No value: true where it is given. */
option option_flag(const char *name, bool *value, const char *help);
/* A whole number from low to high. */
option option_integer(const char *name, int64_t *value, const char *shown, int64_t low, int64_t high, const char *help);
/* A finite number above 0. */
option option_positive(const char *name, double *value, const char *shown, const char *help);
/* One of several words, as an index. */
option option_choice(const char *name, int *value, const char *shown, const char *const *choices, const char *help);
/* Anything but nothing. */
option option_text(const char *name, const char **value, const char *shown, const char *help);
/* Two of them, one behind the other: --data X.npy y.npy. */
option option_two_texts(const char *name, const char *values[2], const char *shown, const char *help);

typedef struct command_usage {
    const char *command;
    const char *arguments; /* what may follow beside options: "[OP ...]"; NULL: nothing */
    const char *about;     /* below the usage line; ends with a newline */
    const option *options;
} command_usage;

/* Sets the options' values and moves the other arguments to argv[1], argv[2], ..., `arguments` of them (may be NULL).
 * Returns a negative number to go on, otherwise what to exit with: after --help, or after a usage error was reported.
 */
int options_parse(const command_usage *usage, int argc, char **argv, int *arguments);

/* Each prints "gradtape COMMAND: ..." on stderr and returns STATUS_FAILED, or STATUS_USAGE and says where help is.
 * The command may be NULL. */
int failed(const char *command, const char *format, ...) __attribute__((format(printf, 2, 3)));
int usage_error(const char *command, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The names most like a mistyped word: "; did you mean 'relu' or 'elu'?", or "" where none is close. */
typedef struct suggestion {
    char text[192];
} suggestion;
suggestion suggest(const char *word, int count, const char *(*name_at)(const void *names, int index),
                   const void *names);

#endif
