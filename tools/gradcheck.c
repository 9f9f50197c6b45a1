/* `gradtape gradcheck`: the gradients of ops against numerical differentiation, at the samples of the registry. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "models/gradtape.h"
#include "tools/command.h"
#include "tools/device_option.h"
#include "tools/options.h"

/* What is asked of each sample. */
typedef struct request {
    gt_device device;
    int order;
} request;

typedef struct counts {
    int ops, samples, passed, failed;
    int without; /* samples that have no gradient to check */
} counts;

/* The width of the table's first two columns. */
typedef struct layout {
    int op, sample;
} layout;

static const char about[] =
    "Checks the gradients of ops at their samples, in float64, by central differences with h = 1e-5.\n"
    "An entry passes if |analytic - numeric| <= 1e-8 + 1e-6 max(|a|, |n|). The columns: entries compared,\n"
    "exactly zero both ways, skipped at kinks, and the worst difference as a part of what is allowed.\n";

static int widest(int width, const char *text)
{
    int length = (int)strlen(text);
    return length > width ? length : width;
}

static layout measure(int count, const gt_op *const ops[])
{
    layout columns = {2, 6};
    for (int i = 0; i < count; i++) {
        columns.op = widest(columns.op, ops[i]->name);
        for (const gt_sample *sample = ops[i]->samples; sample && sample->name; sample++)
            columns.sample = widest(columns.sample, sample->name);
    }
    return columns;
}

static void check_sample(const gt_op *op, const gt_sample *sample, request asked, const layout *columns,
                         counts *counted)
{
    gt_gradcheck_report report;
    gt_status status = gt_gradcheck_sample_on(asked.device, op, sample, asked.order, &report);
    counted->samples++;
    printf("%-*s  %-*s  ", columns->op, op->name, columns->sample, sample->name);
    if (status == GT_ERR_UNSUPPORTED) {
        counted->without++;
        printf("%8s %6s %7s %9s  no gradient\n", "-", "-", "-", "-");
        return;
    }
    printf("%8" PRId64 " %6" PRId64 " %7" PRId64 " %9.2g  %s\n", report.compared, report.zero, report.skipped,
           report.worst, status == GT_OK ? "pass" : "FAIL");
    if (status == GT_OK) {
        counted->passed++;
        return;
    }
    counted->failed++;
    printf("    %s\n", report.message[0] ? report.message : gt_last_error());
}

/* A differentiable op of which no sample can be checked is a failure too: it would never be noticed. */
static void check_op(const gt_op *op, request asked, const layout *columns, counts *counted)
{
    int checked = counted->passed + counted->failed;
    counted->ops++;
    for (const gt_sample *sample = op->samples; sample && sample->name; sample++)
        check_sample(op, sample, asked, columns, counted);
    /* The gradient of stop_gradient is zero by definition: differences see otherwise. */
    bool can = op->vjp && strcmp(op->name, "stop_gradient") != 0;
    if (can && counted->passed + counted->failed == checked) {
        counted->failed++;
        printf("%-*s  %-*s  FAIL\n    %s: no sample's gradient can be checked\n", columns->op, op->name,
               columns->sample, "-", op->name);
    }
    fflush(stdout);
}

static int check_all(int count, const gt_op *const ops[], request asked)
{
    const layout columns = measure(count, ops);
    counts counted = {0};
    printf("%-*s  %-*s  %8s %6s %7s %9s\n", columns.op, "op", columns.sample, "sample", "compared", "zero", "skipped",
           "worst");
    for (int i = 0; i < count; i++)
        check_op(ops[i], asked, &columns, &counted);
    printf("order %d: %d passed, %d failed, %d without a gradient to check; samples: %d, ops: %d\n", asked.order,
           counted.passed, counted.failed, counted.without, counted.samples, counted.ops);
    return counted.failed ? STATUS_FAILED : STATUS_OK;
}

static const char *op_name_at(const void *names, int index)
{
    (void)names;
    return gt_op_at(index)->name;
}

int command_gradcheck(int argc, char **argv)
{
    bool all = false;
    int64_t order = 1;
    int count, choice = GT_CPU;
    request asked;
    const option options[] = {
        option_flag("all", &all, "every op"),
        option_device(&choice),
        option_integer("order", &order, "N", 1, 2, "2 checks the gradient's own gradient (default: 1)"),
        {.name = NULL},
    };
    int status = options_parse(&(command_usage){"gradcheck", "[OP ...]", about, options}, argc, argv, &count);
    if (status >= 0)
        return status;
    if (all == (count > 0))
        return usage_error("gradcheck", all ? "--all, or ops by name: not both" : "name an op, or say --all");
    const gt_op *ops[1024];
    count = all ? gt_op_count() : count;
    if (count > (int)(sizeof ops / sizeof ops[0]))
        return usage_error("gradcheck", "%d ops are too many", count);
    for (int i = 0; i < count; i++) {
        ops[i] = all ? gt_op_at(i) : gt_op_find(argv[i + 1]);
        if (!ops[i])
            return usage_error("gradcheck", "unknown op '%s'%s", argv[i + 1],
                               suggest(argv[i + 1], gt_op_count(), op_name_at, NULL).text);
    }
    asked.order = (int)order;
    if (device_chosen(choice, false, &asked.device) != GT_OK)
        return failed("gradcheck", "%s", gt_last_error());
    return check_all(count, ops, asked);
}
