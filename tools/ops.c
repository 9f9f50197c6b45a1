/* `gradtape ops`: the registry as a table. */
#include <stdio.h>
#include <string.h>

#include "models/gradtape.h"
#include "tools/command.h"
#include "tools/options.h"

static const char about[] =
    "Lists the ops: inputs (1+: any number), outputs, whether a gradient flows through it, which devices\n"
    "there is a kernel for (CUDA's are in a library of their own, which need not be installed), and at how\n"
    "many samples it is checked.\n";

static const char page_head[] = "# The ops\n\n"
                                "Written by `gradtape ops --markdown`. Inputs `1+`: any number. A gradient flows\n"
                                "through those that are differentiable; every sample is checked against numerical\n"
                                "differentiation. What each op computes: [ops/ops.h](../ops/ops.h).\n\n";

/* One op's cells, as text. */
typedef struct cells {
    char inputs[16], outputs[16], samples[16];
    const char *differentiable, *device[GT_DEVICES];
} cells;

static const char *yes_no(bool yes)
{
    return yes ? "yes" : "no";
}

static cells cells_of(const gt_op *op)
{
    cells row = {.differentiable = yes_no(op->vjp != NULL)};
    int samples = 0;
    while (op->samples && op->samples[samples].name)
        samples++;
    if (op->inputs == GT_VARIADIC)
        snprintf(row.inputs, sizeof row.inputs, "1+");
    else
        snprintf(row.inputs, sizeof row.inputs, "%d", op->inputs);
    snprintf(row.outputs, sizeof row.outputs, "%d", op->outputs);
    snprintf(row.samples, sizeof row.samples, "%d", samples);
    for (int device = 0; device < GT_DEVICES; device++)
        row.device[device] = yes_no(gt_op_runs_on(op, (gt_device)device));
    return row;
}

static void print_table(void)
{
    int width = 2;
    for (int i = 0; i < gt_op_count(); i++)
        width = (int)strlen(gt_op_at(i)->name) > width ? (int)strlen(gt_op_at(i)->name) : width;
    const char format[] = "%-*s  %6s %7s %14s %4s %5s %7s\n";
    printf(format, width, "op", "inputs", "outputs", "differentiable", "CPU", "CUDA", "samples");
    for (int i = 0; i < gt_op_count(); i++) {
        const cells row = cells_of(gt_op_at(i));
        printf(format, width, gt_op_at(i)->name, row.inputs, row.outputs, row.differentiable, row.device[GT_CPU],
               row.device[GT_CUDA], row.samples);
    }
}

static void print_markdown(void)
{
    fputs(page_head, stdout);
    puts("| op | inputs | outputs | differentiable | CPU | CUDA | samples |\n|---|---|---|---|---|---|---|");
    for (int i = 0; i < gt_op_count(); i++) {
        const cells row = cells_of(gt_op_at(i));
        printf("| `%s` | %s | %s | %s | %s | %s | %s |\n", gt_op_at(i)->name, row.inputs, row.outputs,
               row.differentiable, row.device[GT_CPU], row.device[GT_CUDA], row.samples);
    }
}

int command_ops(int argc, char **argv)
{
    bool markdown = false;
    const option options[] = {
        option_flag("markdown", &markdown, "as the page docs/ops.md"),
        {.name = NULL},
    };
    int status = options_parse(&(command_usage){"ops", NULL, about, options}, argc, argv, NULL);
    if (status >= 0)
        return status;
    gt_device_available(GT_CUDA); /* loads its kernels, whether or not there is a GPU */
    if (markdown)
        print_markdown();
    else
        print_table();
    return STATUS_OK;
}
