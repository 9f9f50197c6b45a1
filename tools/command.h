/* The subcommands of the `gradtape` program, one file each. */
#ifndef TOOLS_COMMAND_H
#define TOOLS_COMMAND_H

/* What the program exits with. */
enum { STATUS_OK = 0, STATUS_FAILED = 1, STATUS_USAGE = 2 };

typedef struct subcommand {
    const char *name;
    const char *summary; /* one line in `gradtape --help` */
    /* argv[0] is the command's name. Returns a status. */
    int (*run)(int argc, char **argv);
} subcommand;

int command_mnist(int argc, char **argv);
int command_lab(int argc, char **argv);
int command_plot(int argc, char **argv);
int command_predict(int argc, char **argv);
int command_convert(int argc, char **argv);
int command_show(int argc, char **argv);
int command_gradcheck(int argc, char **argv);
int command_ops(int argc, char **argv);
int command_devices(int argc, char **argv);
int command_bench(int argc, char **argv);

#endif
