/* The list of ops: the library's own, and those that programs register. */
#include <stddef.h>
#include <string.h>

#include "core/builtin.h"
#include "core/mutex.h"

#define MAX_REGISTERED 256

static const gt_op *registered[MAX_REGISTERED];
static int registered_count;
static gt_mutex registry_lock = GT_MUTEX_INITIALIZER;

int gt_op_count(void)
{
    gt_mutex_lock(&registry_lock);
    int count = gt_builtin_op_count + registered_count;
    gt_mutex_unlock(&registry_lock);
    return count;
}

const gt_op *gt_op_at(int index)
{
    if (index < 0 || index >= gt_op_count())
        return NULL;
    return index < gt_builtin_op_count ? gt_builtin_ops[index] : registered[index - gt_builtin_op_count];
}

/* Among the library's ops and the first `count` registered. */
static const gt_op *find(const char *name, int count)
{
    for (int i = 0; i < gt_builtin_op_count; i++)
        if (strcmp(gt_builtin_ops[i]->name, name) == 0)
            return gt_builtin_ops[i];
    for (int i = 0; i < count; i++)
        if (strcmp(registered[i]->name, name) == 0)
            return registered[i];
    return NULL;
}

const gt_op *gt_op_find(const char *name)
{
    return name ? find(name, gt_op_count() - gt_builtin_op_count) : NULL;
}

/* Attributes are copied, compared and written out through the field table, so it must cover every byte. */
static gt_status check_fields(const gt_op *op)
{
    size_t covered = 0;
    for (const gt_field *field = op->fields; field && field->name; field++) {
        if (field->count < 1)
            return gt_fail(GT_ERR_ARGUMENT, "%s: attribute '%s' has a count of %d", op->name, field->name,
                           field->count);
        if (field->offset != covered)
            return gt_fail(GT_ERR_ARGUMENT, "%s: attribute '%s' lies at byte %zu, but the fields before it end at %zu",
                           op->name, field->name, field->offset, covered);
        covered += (field->type == GT_FIELD_SHAPE ? sizeof(gt_shape) : 8) * (size_t)field->count;
    }
    if (covered != op->attribute_size)
        return gt_fail(GT_ERR_ARGUMENT, "%s: the attributes have %zu bytes, their fields %zu", op->name,
                       op->attribute_size, covered);
    return GT_OK;
}

gt_status gt_op_check(const gt_op *op)
{
    if (!op || !op->name || !op->name[0])
        return gt_fail(GT_ERR_ARGUMENT, "gt_op_check: %s", op ? "the op has no name" : "the op is NULL");
    if (op->name[strspn(op->name, "abcdefghijklmnopqrstuvwxyz0123456789_.")] != '\0')
        return gt_fail(GT_ERR_ARGUMENT, "%s: an op's name has a-z, 0-9, '_' and '.' only", op->name);
    if (op->inputs != GT_VARIADIC && (op->inputs < 0 || op->inputs > GT_MAX_INPUTS))
        return gt_fail(GT_ERR_ARGUMENT, "%s: %d inputs, at most %d are possible", op->name, op->inputs, GT_MAX_INPUTS);
    if (op->outputs < 0 || op->outputs > GT_MAX_OUTPUTS || (op->outputs == 0 && !op->writes))
        return gt_fail(GT_ERR_ARGUMENT, "%s: %d outputs, 1 to %d are possible", op->name, op->outputs, GT_MAX_OUTPUTS);
    if (!op->infer || !op->slot)
        return gt_fail(GT_ERR_ARGUMENT, "%s: no %s", op->name, op->infer ? "slot" : "infer");
    if (op->view && (op->kernel || op->inputs < 1))
        return gt_fail(GT_ERR_ARGUMENT, "%s: a view shares its first input's memory and has no kernel", op->name);
    if (op->writes && (op->vjp || op->outputs))
        return gt_fail(GT_ERR_ARGUMENT, "%s: an op that writes its inputs has neither a vjp nor outputs", op->name);
    uint64_t inputs = op->inputs == GT_VARIADIC ? GT_ALL_INPUTS : (UINT64_C(1) << op->inputs) - 1;
    uint64_t outputs = (((UINT64_C(1) << op->outputs) - 1) << GT_MAX_INPUTS);
    if (op->keeps & ~(inputs | outputs) || (op->no_gradient | op->writes) & ~inputs)
        return gt_fail(GT_ERR_ARGUMENT, "%s: keeps, no_gradient or writes names an operand that it has not", op->name);
    if (op->accumulate && (op->accumulate->writes != GT_INPUT(0) || op->accumulate->outputs ||
                           op->accumulate->attribute_size != op->attribute_size))
        return gt_fail(GT_ERR_ARGUMENT, "%s: accumulate must write its first input alone and take the same attributes",
                       op->name);
    return check_fields(op);
}

gt_status gt_op_register(const gt_op *op)
{
    gt_status status = gt_op_check(op);
    if (status != GT_OK)
        return status;
    /* One lock over both, or two threads could register one name. */
    gt_mutex_lock(&registry_lock);
    bool full = registered_count == MAX_REGISTERED, taken = find(op->name, registered_count) != NULL;
    if (!full && !taken)
        registered[registered_count++] = op;
    gt_mutex_unlock(&registry_lock);
    if (taken)
        return gt_fail(GT_ERR_ARGUMENT, "gt_op_register: there is an op '%s' already", op->name);
    return full ? gt_fail(GT_ERR_ARGUMENT, "gt_op_register: at most %d ops can be registered", MAX_REGISTERED) : GT_OK;
}

static void print_field(const gt_field *field, const char *at, gt_writer *writer, void *context)
{
    for (int i = 0; i < field->count; i++) {
        const char *comma = i ? "," : "";
        if (field->type == GT_FIELD_INT)
            gt_write(writer, context, "%s%lld", comma, (long long)((const int64_t *)(const void *)at)[i]);
        else if (field->type == GT_FIELD_REAL)
            gt_write(writer, context, "%s%g", comma, ((const double *)(const void *)at)[i]);
        else
            gt_write(writer, context, "%s%s", comma, gt_shape_text(&((const gt_shape *)(const void *)at)[i]).text);
    }
}

void gt_attributes_print(const gt_op *op, const void *attributes, gt_writer *writer, void *context)
{
    for (const gt_field *field = op ? op->fields : NULL; attributes && field && field->name; field++) {
        gt_write(writer, context, "%s%s=", field == op->fields ? "" : " ", field->name);
        print_field(field, (const char *)attributes + field->offset, writer, context);
    }
}
