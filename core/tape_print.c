/* Showing the graph: as text, one node a line, and for Graphviz. */
#include "core/tape_internal.h"

typedef struct output {
    gt_writer *writer;
    void *context;
} output;

/* "%3" for the result of node 3 ("%3.1" for its second), the name or "leaf" for a tensor from outside. */
static void print_operand(const output *out, const gt_tensor *operand)
{
    const gt_node *producer = operand->producer;
    if (operand->flags & GT_TENSOR_LEAF || !producer) {
        const char *role = operand->flags & GT_TENSOR_TRACKED ? "watched" : "constant";
        gt_write(out->writer, out->context, "%s %s", operand->name ? operand->name : role,
                 gt_shape_text(&operand->spec.shape).text);
        return;
    }
    gt_write(out->writer, out->context, "%%%u", producer->number);
    for (int i = 1; i < producer->outputs; i++)
        if (producer->operand[producer->inputs + i] == operand)
            gt_write(out->writer, out->context, ".%d", i);
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

/* A leaf is drawn once for each use: so a weight used everywhere does not pull the picture together. */
static void dot_operand(const output *out, const gt_node *node, int i)
{
    const gt_tensor *operand = node->operand[i];
    const gt_node *producer = operand->producer;
    if (!(operand->flags & GT_TENSOR_LEAF) && producer) {
        gt_write(out->writer, out->context, "  n%u -> n%u [label=\"%s\"];\n", producer->number, node->number,
                 gt_shape_text(&operand->spec.shape).text);
        return;
    }
    bool watched = operand->flags & GT_TENSOR_TRACKED;
    gt_write(out->writer, out->context, "  l%u_%d [shape=box, label=\"", node->number, i);
    for (const char *c = operand->name ? operand->name : watched ? "watched" : "constant"; *c; c++)
        gt_write(out->writer, out->context, *c == '"' || *c == '\\' ? "\\%c" : "%c", *c);
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
        gt_write(writer, context, "  n%u [label=\"%s\"];\n", node->number, node->op->name);
        for (int i = 0; i < node->inputs; i++)
            dot_operand(&out, node, i);
    }
    gt_write(writer, context, "}\n");
    return GT_OK;
}
