/* Tensors and the reference-counted buffers behind them. */
#include "core/tensor.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/device_internal.h"
#include "core/tensor_internal.h"

/* Contents up to this size share the header's block: one allocation for a tiny result instead of two. */
#define INLINE_BYTES 192
#define HEADER_BYTES 64 /* keeps inline contents aligned as the pool aligns blocks */
_Static_assert(sizeof(gt_buffer) <= HEADER_BYTES, "the header must leave the contents aligned");

/* ---- buffers --------------------------------------------------------------------------------------------------- */

static void buffer_init(gt_buffer *buffer, gt_device device, gt_queue *queue, void *data, size_t block, size_t apart)
{
    atomic_init(&buffer->queue, queue);
    atomic_init(&buffer->references, 1);
    atomic_init(&buffer->version, 0);
    buffer->device = device;
    buffer->data = data;
    buffer->block = block;
    buffer->apart = apart;
    buffer->capture = 0;
}

static gt_queue *queue_of(const gt_buffer *buffer)
{
    return atomic_load_explicit(&buffer->queue, memory_order_relaxed);
}

gt_buffer *gt_buffer_new(gt_device device, gt_queue *queue, size_t bytes)
{
    if (device == GT_CPU && bytes <= INLINE_BYTES) {
        size_t block = HEADER_BYTES + bytes;
        gt_buffer *buffer = gt_pool_allocate(block);
        if (buffer)
            buffer_init(buffer, device, NULL, (char *)buffer + HEADER_BYTES, block, 0);
        return buffer;
    }
    const gt_backend *backend = gt_backend_of(device);
    gt_buffer *buffer = backend ? gt_pool_allocate(HEADER_BYTES) : NULL;
    if (!buffer)
        return NULL;
    size_t apart = bytes ? bytes : 1;
    void *data = backend->allocate(queue, apart);
    if (!data) {
        gt_pool_release(buffer, HEADER_BYTES);
        return NULL;
    }
    buffer_init(buffer, device, queue, data, HEADER_BYTES, apart);
    buffer->capture = gt_capture_number(queue);
    return buffer;
}

void gt_buffer_drop(gt_buffer *buffer)
{
    if (!buffer || atomic_fetch_sub_explicit(&buffer->references, 1, memory_order_acq_rel) > 1)
        return;
    if (buffer->apart)
        gt_backend_of(buffer->device)->release(queue_of(buffer), buffer->data, buffer->apart);
    gt_pool_release(buffer, buffer->block);
}

gt_status gt_buffer_use(gt_buffer *buffer, gt_queue *queue)
{
    gt_queue *before = atomic_exchange_explicit(&buffer->queue, queue, memory_order_relaxed);
    const gt_backend *backend = before == queue ? NULL : gt_backend_of(buffer->device);
    return backend && backend->follow ? backend->follow(queue, before) : GT_OK;
}

/* ---- making and freeing ---------------------------------------------------------------------------------------- */

uint64_t gt_take_serials(uint64_t count)
{
    static atomic_uint_fast64_t next = 1;
    return atomic_fetch_add_explicit(&next, count, memory_order_relaxed);
}

/* Takes over the reference to `buffer`, also on failure. */
static gt_tensor *wrap(gt_dtype dtype, const gt_shape *shape, gt_buffer *buffer, void *data)
{
    gt_tensor *tensor = buffer ? gt_pool_allocate(sizeof *tensor) : NULL;
    if (!tensor) {
        gt_buffer_drop(buffer);
        return NULL;
    }
    *tensor = (gt_tensor){.spec = {dtype, *shape},
                          .buffer = buffer,
                          .data = data,
                          .serial = gt_take_serials(1),
                          .device = (uint8_t)buffer->device};
    return tensor;
}

static gt_tensor *uninitialised(gt_device device, gt_queue *queue, gt_dtype dtype, const gt_shape *shape)
{
    if (gt_shape_check("tensor", dtype, shape) != GT_OK)
        return NULL;
    const gt_spec spec = {dtype, *shape};
    gt_buffer *buffer = gt_buffer_new(device, queue, gt_spec_bytes(&spec));
    return wrap(dtype, shape, buffer, buffer ? buffer->data : NULL);
}

/* Frees and returns NULL if the step before it failed. */
static gt_tensor *unless_failed(gt_tensor *tensor, gt_status status)
{
    if (status == GT_OK)
        return tensor;
    gt_tensor_free(tensor);
    return NULL;
}

gt_tensor *gt_tensor_new_on(gt_device device, gt_dtype dtype, gt_shape shape)
{
    gt_tensor *tensor = uninitialised(device, NULL, dtype, &shape);
    if (!tensor)
        return NULL;
    size_t bytes = gt_spec_bytes(&tensor->spec);
    if (device == GT_CPU) {
        memset(tensor->data, 0, bytes);
        return tensor;
    }
    void *zeros = gt_pool_allocate(bytes);
    if (zeros)
        memset(zeros, 0, bytes);
    gt_status status = zeros ? gt_backend_of(device)->copy_in(NULL, tensor->data, zeros, bytes) : GT_ERR_MEMORY;
    gt_pool_release(zeros, bytes);
    return unless_failed(tensor, status);
}

gt_tensor *gt_tensor_new(gt_dtype dtype, gt_shape shape)
{
    return gt_tensor_new_on(GT_CPU, dtype, shape);
}

gt_tensor *gt_tensor_from(gt_dtype dtype, gt_shape shape, const void *values)
{
    if (!values) {
        gt_fail(GT_ERR_ARGUMENT, "gt_tensor_from: values is NULL");
        return NULL;
    }
    gt_tensor *tensor = uninitialised(GT_CPU, NULL, dtype, &shape);
    if (tensor)
        memcpy(tensor->data, values, gt_spec_bytes(&tensor->spec));
    return tensor;
}

gt_tensor *gt_tensor_scalar(gt_dtype dtype, double value)
{
    if (!gt_dtype_holds(dtype, value)) {
        gt_fail(GT_ERR_VALUE, "gt_tensor_scalar: %g is no %s", value, gt_dtype_name(dtype));
        return NULL;
    }
    switch (dtype) {
    case GT_FLOAT32:
        return gt_tensor_from(dtype, GT_SCALAR, &(float){(float)value});
    case GT_FLOAT64:
        return gt_tensor_from(dtype, GT_SCALAR, &value);
    case GT_INT32:
        return gt_tensor_from(dtype, GT_SCALAR, &(int32_t){(int32_t)value});
    case GT_UINT8:
        return gt_tensor_from(dtype, GT_SCALAR, &(uint8_t){(uint8_t)value});
    }
    return NULL;
}

gt_tensor *gt_tensor_borrow(gt_dtype dtype, gt_shape shape, void *values)
{
    if (!values) {
        gt_fail(GT_ERR_ARGUMENT, "gt_tensor_borrow: values is NULL");
        return NULL;
    }
    if (gt_shape_check("tensor", dtype, &shape) != GT_OK)
        return NULL;
    gt_buffer *buffer = gt_pool_allocate(HEADER_BYTES);
    if (buffer)
        buffer_init(buffer, GT_CPU, NULL, values, HEADER_BYTES, 0);
    return wrap(dtype, &shape, buffer, values);
}

gt_tensor *gt_tensor_copy(const gt_tensor *tensor)
{
    if (gt_tensor_readable("gt_tensor_copy", tensor) != GT_OK)
        return NULL;
    gt_device device = tensor->buffer->device;
    gt_queue *queue = queue_of(tensor->buffer);
    gt_tensor *copy = uninitialised(device, queue, tensor->spec.dtype, &tensor->spec.shape);
    if (!copy)
        return NULL;
    gt_status status = gt_backend_of(device)->copy(queue, copy->data, tensor->data, gt_spec_bytes(&tensor->spec));
    return unless_failed(copy, status);
}

static gt_status copy_out(const gt_tensor *tensor, void *values, size_t bytes)
{
    const gt_backend *backend = gt_backend_of(tensor->buffer->device);
    return backend ? backend->copy_out(queue_of(tensor->buffer), values, tensor->data, bytes) : GT_ERR_DEVICE;
}

gt_tensor *gt_tensor_share(const gt_tensor *tensor)
{
    if (gt_tensor_readable("gt_tensor_share", tensor) != GT_OK)
        return NULL;
    return wrap(tensor->spec.dtype, &tensor->spec.shape, gt_buffer_hold(tensor->buffer), tensor->data);
}

gt_status gt_tensor_move(gt_tensor *tensor, gt_device device)
{
    gt_status status = gt_tensor_readable("gt_tensor_move", tensor);
    if (status == GT_OK && tensor->tape)
        status = gt_fail(GT_ERR_STATE, "gt_tensor_move: %s belongs to a tape (gt_to_device copies it)",
                         gt_tensor_label(tensor).text);
    if (status != GT_OK || tensor->device == device)
        return status;
    const size_t bytes = gt_spec_bytes(&tensor->spec);
    gt_buffer *buffer = gt_buffer_new(device, NULL, bytes);
    if (!buffer)
        return gt_last_status();
    /* One of the two is the CPU's: GT_DEVICES is 2. */
    status = device == GT_CPU ? copy_out(tensor, buffer->data, bytes)
                              : gt_backend_of(device)->copy_in(NULL, buffer->data, tensor->data, bytes);
    if (status != GT_OK) {
        gt_buffer_drop(buffer);
        return status;
    }
    gt_buffer_drop(tensor->buffer);
    tensor->buffer = buffer;
    tensor->data = buffer->data;
    tensor->device = (uint8_t)device;
    return GT_OK;
}

gt_tensor *gt_tensor_rows(const gt_tensor *tensor, int64_t first, int64_t count)
{
    if (gt_tensor_readable("gt_tensor_rows", tensor) != GT_OK)
        return NULL;
    gt_shape shape = tensor->spec.shape;
    if (shape.rank == 0 || first < 0 || count < 0 || first > shape.dim[0] || count > shape.dim[0] - first) {
        gt_fail(GT_ERR_SHAPE, "gt_tensor_rows: %lld rows from row %lld of %s", (long long)count, (long long)first,
                gt_tensor_label(tensor).text);
        return NULL;
    }
    size_t row = shape.dim[0] ? gt_spec_bytes(&tensor->spec) / (size_t)shape.dim[0] : 0;
    shape.dim[0] = count;
    return wrap(tensor->spec.dtype, &shape, gt_buffer_hold(tensor->buffer), tensor->data + (size_t)first * row);
}

static gt_tensor *as_parameter(gt_tensor *tensor, const char *name)
{
    if (!tensor || gt_tensor_set_trainable(tensor, true) != GT_OK || gt_tensor_set_name(tensor, name) != GT_OK) {
        gt_tensor_free(tensor);
        return NULL;
    }
    return tensor;
}

gt_tensor *gt_parameter_new(const char *name, gt_dtype dtype, gt_shape shape)
{
    return as_parameter(gt_tensor_new(dtype, shape), name);
}

gt_tensor *gt_parameter_from(const char *name, gt_dtype dtype, gt_shape shape, const void *values)
{
    return as_parameter(gt_tensor_from(dtype, shape, values), name);
}

gt_status gt_tensor_free(gt_tensor *tensor)
{
    if (!tensor)
        return GT_OK;
    if (tensor->tape || tensor->flags & GT_TENSOR_DEAD)
        return gt_fail(GT_ERR_STATE, "gt_tensor_free: %s belongs to a tape, which frees it when it is reset",
                       gt_tensor_label(tensor).text);
    gt_buffer_drop(tensor->buffer);
    gt_release((char *)tensor->name);
    gt_pool_release(tensor, sizeof *tensor);
    return GT_OK;
}

/* ---- what it is ------------------------------------------------------------------------------------------------ */

gt_dtype gt_tensor_dtype(const gt_tensor *tensor)
{
    return tensor ? tensor->spec.dtype : GT_FLOAT32;
}

gt_shape gt_tensor_shape(const gt_tensor *tensor)
{
    return tensor ? tensor->spec.shape : GT_SCALAR;
}

int gt_tensor_rank(const gt_tensor *tensor)
{
    return tensor ? (int)tensor->spec.shape.rank : 0;
}

int64_t gt_tensor_dim(const gt_tensor *tensor, int axis)
{
    int at = tensor ? gt_shape_axis(&tensor->spec.shape, axis) : -1;
    return at < 0 ? 0 : tensor->spec.shape.dim[at];
}

int64_t gt_tensor_size(const gt_tensor *tensor)
{
    return tensor ? gt_shape_size(&tensor->spec.shape) : 0;
}

gt_device gt_tensor_device(const gt_tensor *tensor)
{
    return tensor ? (gt_device)tensor->device : GT_CPU;
}

const char *gt_tensor_name(const gt_tensor *tensor)
{
    return tensor ? tensor->name : NULL;
}

gt_status gt_tensor_set_name(gt_tensor *tensor, const char *name)
{
    if (!tensor || tensor->tape || tensor->flags & GT_TENSOR_DEAD)
        return gt_fail(GT_ERR_ARGUMENT, "gt_tensor_set_name: %s",
                       tensor ? "a tape's result cannot be named" : "the tensor is NULL");
    char *copy = gt_copy_string(name);
    if (name && !copy)
        return GT_ERR_MEMORY;
    gt_release((char *)tensor->name);
    tensor->name = copy;
    return GT_OK;
}

bool gt_tensor_trainable(const gt_tensor *tensor)
{
    return tensor && tensor->flags & GT_TENSOR_TRAINABLE;
}

gt_status gt_tensor_set_trainable(gt_tensor *tensor, bool trainable)
{
    if (!tensor || tensor->tape || tensor->flags & GT_TENSOR_DEAD)
        return gt_fail(GT_ERR_ARGUMENT, "gt_tensor_set_trainable: %s",
                       tensor ? "a tape's result cannot be a parameter" : "the tensor is NULL");
    if (trainable && !gt_dtype_is_real(tensor->spec.dtype))
        return gt_fail(GT_ERR_DTYPE, "gt_tensor_set_trainable: %s has no derivative: only float tensors can be trained",
                       gt_dtype_name(tensor->spec.dtype));
    if (trainable)
        tensor->flags |= GT_TENSOR_TRAINABLE;
    else
        tensor->flags &= (uint16_t)~GT_TENSOR_TRAINABLE;
    return GT_OK;
}

gt_label gt_tensor_label(const gt_tensor *tensor)
{
    gt_label label;
    gt_text shape = gt_shape_text(&tensor->spec.shape);
    if (tensor->name)
        snprintf(label.text, sizeof label.text, "'%.60s' %.60s", tensor->name, shape.text);
    else
        snprintf(label.text, sizeof label.text, "%.100s", shape.text);
    return label;
}

/* ---- values ---------------------------------------------------------------------------------------------------- */

gt_status gt_tensor_readable(const char *who, const gt_tensor *tensor)
{
    if (!tensor)
        return gt_fail(GT_ERR_ARGUMENT, "%s: the tensor is NULL", who);
    if (tensor->flags & GT_TENSOR_DEAD)
        return gt_fail(GT_ERR_STATE, "%s: the tensor belongs to a step that was reset (gt_tensor_copy keeps one)", who);
    if (!tensor->buffer)
        return gt_fail(GT_ERR_STATE, "%s: the values of %s were freed early by a lean tape (gt_tape_pin keeps them)",
                       who, gt_tensor_label(tensor).text);
    return GT_OK;
}

static gt_status on_cpu(const char *who, const gt_tensor *tensor)
{
    gt_status status = gt_tensor_readable(who, tensor);
    if (status != GT_OK)
        return status;
    if (tensor->buffer->device != GT_CPU)
        return gt_fail(GT_ERR_DEVICE, "%s: %s lies on %s, not on the cpu", who, gt_tensor_label(tensor).text,
                       gt_device_name(tensor->buffer->device));
    return GT_OK;
}

const void *gt_tensor_data(const gt_tensor *tensor)
{
    return on_cpu("gt_tensor_data", tensor) == GT_OK ? tensor->data : NULL;
}

void *gt_tensor_data_write(gt_tensor *tensor)
{
    if (on_cpu("gt_tensor_data_write", tensor) != GT_OK)
        return NULL;
    gt_buffer_written(tensor->buffer);
    return tensor->data;
}

uint64_t gt_tensor_version(const gt_tensor *tensor)
{
    return tensor && tensor->buffer ? gt_buffer_version(tensor->buffer) : 0;
}

uint64_t gt_tensor_serial(const gt_tensor *tensor)
{
    return tensor ? tensor->serial : 0;
}

static gt_status transfer_check(const char *who, const gt_tensor *tensor, const void *values, size_t bytes)
{
    gt_status status = gt_tensor_readable(who, tensor);
    if (status != GT_OK)
        return status;
    if (!values)
        return gt_fail(GT_ERR_ARGUMENT, "%s: values is NULL", who);
    if (bytes != gt_spec_bytes(&tensor->spec))
        return gt_fail(GT_ERR_ARGUMENT, "%s: %zu bytes given, %s %s has %zu", who, bytes,
                       gt_dtype_name(tensor->spec.dtype), gt_tensor_label(tensor).text, gt_spec_bytes(&tensor->spec));
    return GT_OK;
}

gt_status gt_tensor_read(const gt_tensor *tensor, void *values, size_t bytes)
{
    gt_status status = transfer_check("gt_tensor_read", tensor, values, bytes);
    return status == GT_OK ? copy_out(tensor, values, bytes) : status;
}

gt_status gt_tensor_write(gt_tensor *tensor, const void *values, size_t bytes)
{
    gt_status status = transfer_check("gt_tensor_write", tensor, values, bytes);
    if (status != GT_OK)
        return status;
    gt_buffer_written(tensor->buffer);
    return gt_tensor_write_queued(tensor, queue_of(tensor->buffer), values, bytes);
}

gt_status gt_tensor_write_queued(gt_tensor *tensor, gt_queue *queue, const void *values, size_t bytes)
{
    const gt_backend *backend = gt_backend_of(tensor->buffer->device);
    gt_status status = backend ? gt_buffer_use(tensor->buffer, queue) : GT_ERR_DEVICE;
    return status == GT_OK ? backend->copy_in(queue, tensor->data, values, bytes) : status;
}

double gt_element(gt_dtype dtype, const void *values, int64_t index)
{
    switch (dtype) {
    case GT_FLOAT32:
        return (double)((const float *)values)[index];
    case GT_FLOAT64:
        return ((const double *)values)[index];
    case GT_INT32:
        return ((const int32_t *)values)[index];
    case GT_UINT8:
        return ((const uint8_t *)values)[index];
    }
    return (double)NAN;
}

double gt_tensor_item(const gt_tensor *tensor)
{
    if (gt_tensor_readable("gt_tensor_item", tensor) != GT_OK)
        return (double)NAN;
    if (gt_tensor_size(tensor) != 1) {
        gt_fail(GT_ERR_SHAPE, "gt_tensor_item: %s is not a single number", gt_tensor_label(tensor).text);
        return (double)NAN;
    }
    double storage;
    size_t bytes = gt_spec_bytes(&tensor->spec);
    if (copy_out(tensor, &storage, bytes) != GT_OK)
        return (double)NAN;
    return gt_element(tensor->spec.dtype, &storage, 0);
}

double gt_tensor_at(const gt_tensor *tensor, int64_t index)
{
    if (on_cpu("gt_tensor_at", tensor) != GT_OK)
        return (double)NAN;
    if (index < 0 || index >= gt_tensor_size(tensor)) {
        gt_fail(GT_ERR_ARGUMENT, "gt_tensor_at: no element %lld in %s", (long long)index, gt_tensor_label(tensor).text);
        return (double)NAN;
    }
    return gt_element(tensor->spec.dtype, tensor->data, index);
}
