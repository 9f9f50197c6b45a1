/* `gradtape lab NAME`: finds the lab. */
#include "tools/lab.h"

#include <stdio.h>
#include <string.h>

#include "tools/command.h"

static const subcommand all_labs[] = {
    {"binary-digits", "0 or 1? a 400-25-15-1 network, dense layers by hand, broadcasting", lab_binary_digits},
    {"multiclass-digits", "0 to 9: a 400-25-15-10 network, activations, softmax", lab_multiclass_digits},
    {"from-scratch", "MNIST from arrays alone: losses, gradients by differences", lab_from_scratch},
    {"mnist", "the Beras assignment: its helpers, a simple and an advanced network", lab_mnist},
    {"convnet", "convolution and pooling step by step, and the SIGNS network", lab_convnet},
};
enum { LABS = sizeof all_labs / sizeof all_labs[0] };

static const char *lab_name_at(const void *names, int index)
{
    return ((const subcommand *)names)[index].name;
}

static const char about[] = "Runs a course lab step by step, and prints its document's numbers beside ours.\n"
                            "'gradtape lab NAME --help' lists a lab's options.\n";

static void print_labs(void)
{
    for (int i = 0; i < LABS; i++)
        printf("%-18s %s\n", all_labs[i].name, all_labs[i].summary);
}

int command_lab(int argc, char **argv)
{
    if (argc < 2) {
        print_labs();
        return STATUS_OK;
    }
    for (int i = 0; i < LABS; i++)
        if (strcmp(argv[1], all_labs[i].name) == 0)
            return all_labs[i].run(argc - 1, argv + 1);
    if (argv[1][0] != '-')
        return usage_error("lab", "unknown lab '%s'%s", argv[1], suggest(argv[1], LABS, lab_name_at, all_labs).text);
    const option options[] = {{.name = NULL}};
    int status = options_parse(&(command_usage){"lab", "[NAME [options]]", about, options}, 2, argv, NULL);
    if (status == STATUS_OK) {
        printf("\nlabs:\n");
        print_labs();
    }
    return status;
}
