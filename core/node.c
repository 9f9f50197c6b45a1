/* Nodes: what the tape keeps of an op, and what a vjp may read of it. */
#include <string.h>

#include "core/tape_internal.h"

static size_t align_up(size_t bytes)
{
    return (bytes + 15) & ~(size_t)15;
}

gt_node *gt_node_new(gt_tape *tape, const gt_op *op, int inputs, int outputs, const void *attributes)
{
    size_t operands = (size_t)(inputs + outputs);
    size_t at_operands = sizeof(gt_node);
    size_t at_versions = at_operands + operands * sizeof(gt_tensor *);
    size_t at_attributes = align_up(at_versions + operands * sizeof(uint32_t));
    char *memory = gt_arena_take(&tape->nodes, at_attributes + op->attribute_size);
    if (!memory)
        return NULL;
    gt_node *node = (gt_node *)(void *)memory;
    *node = (gt_node){
        .op = op,
        .previous = tape->last,
        .operand = (gt_tensor **)(void *)(memory + at_operands),
        .version = (uint32_t *)(void *)(memory + at_versions),
        .attributes = memory + at_attributes,
        .number = tape->node_count + 1,
        .inputs = (int16_t)inputs,
        .outputs = (int16_t)outputs,
    };
    if (op->attribute_size)
        memcpy(node->attributes, attributes, op->attribute_size);
    return node;
}

void gt_node_link(gt_tape *tape, gt_node *node)
{
    for (int i = 0; i < node->inputs + node->outputs; i++)
        node->operand[i]->flags |= GT_TENSOR_IN_NODE;
    if (tape->last)
        tape->last->next = node;
    else
        tape->first = node;
    tape->last = node;
    tape->node_count++;
}

void gt_node_keep(gt_node *node, int i)
{
    node->operand[i]->flags |= GT_TENSOR_KEPT;
    node->version[i] = (uint32_t)gt_buffer_version(node->operand[i]->buffer);
}

/* ---- what a vjp sees ------------------------------------------------------------------------------------------- */

bool gt_wants(const gt_node *node, int input)
{
    return node->wants >> input & 1;
}

static gt_tensor *kept(const gt_node *node, int i, uint64_t bit, const char *kind, int operand)
{
    gt_tensor *tensor = node->operand[operand];
    if (node->op->keeps & bit)
        return tensor;
    return gt_tape_fail(tensor->tape, GT_ERR_GRADIENT, "%s: its vjp reads %s %d, which `keeps` does not name",
                        node->op->name, kind, i);
}

gt_tensor *gt_node_input(const gt_node *node, int i)
{
    return kept(node, i, GT_KEEPS_INPUT(i), "input", i);
}

gt_tensor *gt_node_output(const gt_node *node, int i)
{
    return kept(node, i, GT_KEEPS_OUTPUT(i), "output", node->inputs + i);
}

int gt_node_inputs(const gt_node *node)
{
    return node->inputs;
}

const gt_spec *gt_node_input_spec(const gt_node *node, int i)
{
    return &node->operand[i]->spec;
}

gt_device gt_node_input_device(const gt_node *node, int i)
{
    return i >= 0 && i < node->inputs ? (gt_device)node->operand[i]->device : GT_CPU;
}

const gt_spec *gt_node_output_spec(const gt_node *node, int i)
{
    return &node->operand[node->inputs + i]->spec;
}

const void *gt_node_attributes(const gt_node *node)
{
    return node->attributes;
}

const gt_op *gt_node_op(const gt_node *node)
{
    return node->op;
}
