/* `gradtape`, the program: finds the subcommand, and makes sure that its output was written. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "models/gradtape.h"
#include "tools/command.h"
#include "tools/options.h"

static const subcommand commands[] = {
    {"mnist", "train and test a network on handwritten digits", command_mnist},
    {"lab", "run a course lab step by step", command_lab},
    {"plot", "draw the curves of a training from its log", command_plot},
    {"predict", "run a saved model on data", command_predict},
    {"convert", "write the arrays of a file in another format", command_convert},
    {"show", "list what is in a file of tensors", command_show},
    {"gradcheck", "check the ops' gradients against numerical differentiation", command_gradcheck},
    {"ops", "list the ops", command_ops},
    {"devices", "list the devices", command_devices},
    {"bench", "measure speed and memory: training, products, ops, the tape", command_bench},
};
enum { COMMANDS = sizeof commands / sizeof commands[0] };

static const char *command_name_at(const void *names, int index)
{
    return ((const subcommand *)names)[index].name;
}

static void print_help(FILE *file)
{
    fputs("usage: gradtape COMMAND [options]\n\n"
          "Tape-based automatic differentiation: trains models and checks gradients.\n\ncommands:\n",
          file);
    for (int i = 0; i < COMMANDS; i++)
        fprintf(file, "  %-11s %s\n", commands[i].name, commands[i].summary);
    fputs("\n'gradtape help COMMAND' says more about one; --version prints the version.\n"
          "Exit status: 0 done, 1 failed, 2 wrong usage, 130 stopped by Ctrl-C.\n",
          file);
}

static int run_command(const char *name, int argc, char **argv)
{
    for (int i = 0; i < COMMANDS; i++)
        if (strcmp(name, commands[i].name) == 0)
            return commands[i].run(argc, argv);
    if (name[0] == '-')
        return usage_error(NULL, "unknown option '%s'", name);
    return usage_error(NULL, "unknown command '%s'%s", name, suggest(name, COMMANDS, command_name_at, commands).text);
}

static int run(int argc, char **argv)
{
    if (argc < 2) {
        print_help(stderr);
        return STATUS_USAGE;
    }
    const char *first = argv[1];
    bool help = strcmp(first, "help") == 0;
    if (strcmp(first, "--help") == 0 || strcmp(first, "-h") == 0 || (help && argc == 2)) {
        print_help(stdout);
        return STATUS_OK;
    }
    if (strcmp(first, "--version") == 0) {
        printf("gradtape %s\n", gt_version());
        return STATUS_OK;
    }
    if (help) { /* help lab NAME: the option behind both */
        char flag[] = "--help", *arguments[] = {argv[2], argc > 3 ? argv[3] : flag, argc > 3 ? flag : NULL, NULL};
        return run_command(argv[2], argc > 3 ? 3 : 2, arguments);
    }
    return run_command(first, argc - 1, argv + 1);
}

/* Otherwise the first file that is written would take the place of a stdout that the caller closed, and get what is
 * printed in it. */
static void fill_standard_descriptors(void)
{
    int descriptor;
    do
        descriptor = open("/dev/null", O_RDWR);
    while (descriptor >= 0 && descriptor <= STDERR_FILENO);
    if (descriptor >= 0)
        close(descriptor);
}

int main(int argc, char **argv)
{
    fill_standard_descriptors();
    int status = run(argc, argv);
    gt_threads_stop();
    gt_memory_trim();
    if (fflush(stdout) != 0 || ferror(stdout)) /* a full disk */
        return failed(NULL, "the output could not be written");
    return status;
}
