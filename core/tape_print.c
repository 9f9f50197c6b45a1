/* Showing the graph: as text, one node a line, and for Graphviz. */
#include "core/tape_internal.h"

typedef struct output {
    gt_writer *writer;
    void *context;
} output;

/* Which output of its producer a tensor is; -1 for one that no recorded op made. (The producer of a watched tensor is
 * only the last node before it.) */
static int output_number(const gt_tensor *operand)
{
    const gt_node *producer = operand->producer;
    for (int i = 0; producer && i < producer->outputs; i++)
        if (producer->operand[producer->inputs + i] == operand)
            return i;
    return -1;
}

/* The name of a tensor from outside, or what it is to the tape. */
static const char *role(const gt_tensor *operand)
{
    return operand->name ? operand->name : operand->flags & GT_TENSOR_TRACKED ? "watched" : "constant";
}

/* "%3" for the result of node 3, "%3.1" for its second; "dense/kernel (3, 4)" or "watched (3, 4)". */
static void print_operand(const output *out, const gt_tensor *operand)
{
    int number = output_number(operand);
    if (number < 0)
        gt_write(out->writer, out->context, "%s %s", role(operand), gt_shape_text(&operand->spec.shape).text);
    else
        gt_write(out->writer, out->context, "%%%u", operand->producer->number);
    if (number > 0)
        gt_write(out->writer, out->context, ".%d", number);
}

static gt_status check(const char *who, const gt_tape *tape, gt_writer *writer)
{
    if (!tape || !writer)
        return gt_fail(GT_ERR_ARGUMENT, "%s: the %s is NULL", who, tape ? "writer" : "tape");
    return GT_OK;
}

gt_status gt_tape_print(const gt_tape *tape, gt_writer *writer, void *context)
{
    if (check("gt_tape_print", tape, writer) != GT_OK)
        return GT_ERR_ARGUMENT;
    const output out = {writer, context};
    for (const gt_node *node = tape->first; node; node = node->next) {
        gt_write(writer, context, "%%%u = %s(", node->number, node->op->name);
        for (int i = 0; i < node->inputs; i++) {
            gt_write(writer, context, i ? ", " : "");
            print_operand(&out, node->operand[i]);
        }
        gt_write(writer, context, ")");
        for (int i = 0; i < node->outputs; i++) {
            const gt_spec *spec = gt_node_output_spec(node, i);
            gt_write(writer, context, "%s%s %s", i ? ", " : " -> ", gt_dtype_name(spec->dtype),
                     gt_shape_text(&spec->shape).text);
        }
        if (node->op->fields) {
            gt_write(writer, context, "  ");
            gt_attributes_print(node->op, node->attributes, writer, context);
        }
        gt_write(writer, context, "\n");
    }
    return GT_OK;
}

static void dot_text(const output *out, const char *text)
{
    for (const char *c = text; *c; c++)
        gt_write(out->writer, out->context, *c == '"' || *c == '\\' ? "\\%c" : "%c", *c);
}

/* A leaf is drawn once for each use: so a weight used everywhere does not pull the picture together. */
static void dot_operand(const output *out, const gt_node *node, int i)
{
    const gt_tensor *operand = node->operand[i];
    if (output_number(operand) >= 0) {
        gt_write(out->writer, out->context, "  n%u -> n%u [label=\"%s\"];\n", operand->producer->number, node->number,
                 gt_shape_text(&operand->spec.shape).text);
        return;
    }
    bool watched = operand->flags & GT_TENSOR_TRACKED;
    gt_write(out->writer, out->context, "  l%u_%d [shape=box, label=\"", node->number, i);
    dot_text(out, role(operand));
    gt_write(out->writer, out->context, "\\n%s\"%s];\n  l%u_%d -> n%u;\n", gt_shape_text(&operand->spec.shape).text,
             watched ? ", style=bold" : "", node->number, i, node->number);
}

gt_status gt_tape_dot(const gt_tape *tape, gt_writer *writer, void *context)
{
    if (check("gt_tape_dot", tape, writer) != GT_OK)
        return GT_ERR_ARGUMENT;
    const output out = {writer, context};
    gt_write(writer, context, "digraph tape {\n  rankdir=LR;\n");
    for (const gt_node *node = tape->first; node; node = node->next) {
        gt_write(writer, context, "  n%u [label=\"", node->number);
        dot_text(&out, node->op->name);
        gt_write(writer, context, "\"];\n");
        for (int i = 0; i < node->inputs; i++)
            dot_operand(&out, node, i);
    }
    gt_write(writer, context, "}\n");
    return GT_OK;
}
