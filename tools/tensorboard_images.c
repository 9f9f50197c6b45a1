/* Pictures are drawn into a file in TensorBoard's folder, which is read and removed. */
#include "tools/tensorboard_images.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "models/files.h"
#include "models/tensorboard.h"
#include "tools/plot.h"

enum { MOST_IMAGES = 32 };

typedef struct pictures {
    gt_callback *tensorboard;
    char *file; /* NULL: nothing is drawn */
} pictures;

static int train_begin(gt_callback *callback, const gt_fit_event *event)
{
    pictures *self = gt_callback_state(callback);
    gt_status status = self->file ? plot_check(self->file) : GT_OK;
    if (status != GT_ERR_UNSUPPORTED)
        return status;
    gt_release(self->file);
    self->file = NULL;
    if (event->writer)
        gt_write(event->writer, event->writer_context, "TensorBoard gets no pictures: %s\n", gt_last_error());
    return GT_OK;
}

/* The first layer that has a kernel. */
static const gt_tensor *first_kernel(const gt_model *model)
{
    const gt_tensor *kernel = NULL;
    for (int i = 0; !kernel && i < gt_model_layer_count(model); i++)
        kernel = gt_layer_weight_named(gt_model_layer(model, i), "kernel");
    return kernel;
}

/* A dense kernel (height width, units) as filters (height, width, 1, units); rank 0 where the pixels make no square. */
static gt_shape filter_shape(const gt_tensor *kernel)
{
    const int64_t pixels = gt_tensor_dim(kernel, 0);
    int64_t side = 1;
    while (side * side < pixels)
        side++;
    if (gt_tensor_rank(kernel) == 4)
        return gt_tensor_shape(kernel);
    const bool square = gt_tensor_rank(kernel) == 2 && side * side == pixels && side > 1;
    return square ? GT_SHAPE(side, side, 1, gt_tensor_dim(kernel, 1)) : GT_SCALAR;
}

/* The first filters, float32 on the CPU; NULL with the message set. */
static gt_tensor *first_filters(const gt_tensor *kernel, gt_shape shape)
{
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tensor *here = gt_tensor_new(gt_tensor_dtype(kernel), gt_tensor_shape(kernel)), *result = NULL;
    if (tape && here && gt_tensor_assign(here, kernel) == GT_OK) {
        const int64_t begin[4] = {0}, units = shape.dim[3] < MOST_IMAGES ? shape.dim[3] : MOST_IMAGES;
        const int64_t size[] = {-1, -1, -1, units};
        gt_tensor *filters = gt_slice(tape, gt_reshape(tape, here, shape), begin, size);
        result = gt_tensor_copy(gt_cast(tape, filters, GT_FLOAT32));
    }
    gt_tensor_free(here);
    gt_tape_free(tape);
    return result;
}

/* A PNG file's size stands in its first chunk, of two big-endian words (RFC 2083, 4.1.1). */
static int64_t png_word(const uint8_t *png, int at)
{
    return (int64_t)png[at] << 24 | png[at + 1] << 16 | png[at + 2] << 8 | png[at + 3];
}

static gt_status add_picture(const pictures *self, const char *tag, int64_t step)
{
    enum { WIDTH_AT = 16, HEIGHT_AT = 20, HEADER = 33, RGB = 3 };
    void *png;
    size_t length;
    gt_status status = gt_file_read(self->file, &png, &length);
    if (status == GT_OK && length < HEADER)
        status = gt_fail(GT_ERR_FORMAT, "%s: no PNG file", self->file);
    gt_event_file *file = gt_tensorboard_file(self->tensorboard);
    if (status == GT_OK)
        status = gt_event_file_image(file, tag, step,
                                     &(gt_event_image){.height = png_word(png, HEIGHT_AT),
                                                       .width = png_word(png, WIDTH_AT),
                                                       .channels = RGB,
                                                       .png = png,
                                                       .length = length});
    gt_release(png);
    return status == GT_OK ? gt_event_file_flush(file) : status;
}

static int epoch_end(gt_callback *callback, const gt_fit_event *event)
{
    const pictures *self = gt_callback_state(callback);
    const gt_tensor *kernel = self->file ? first_kernel(event->model) : NULL;
    const gt_shape shape = kernel ? filter_shape(kernel) : GT_SCALAR;
    if (shape.rank == 0)
        return GT_OK;
    gt_tensor *filters = first_filters(kernel, shape);
    if (!filters)
        return gt_last_status();
    gt_status status = plot_filters(self->file, gt_tensor_name(kernel), filters);
    gt_tensor_free(filters);
    if (status == GT_OK)
        status = add_picture(self, gt_tensor_name(kernel), event->epoch);
    unlink(self->file);
    return status;
}

static void release(gt_callback *callback)
{
    gt_release(((pictures *)gt_callback_state(callback))->file);
}

static const gt_callback_class pictures_class = {
    .type = "TensorBoardImages",
    .state_size = sizeof(pictures),
    .train_begin = train_begin,
    .epoch_end = epoch_end,
    .release = release,
};

gt_callback *tensorboard_images(gt_callback *tensorboard, const char *folder)
{
    gt_callback *callback = tensorboard ? gt_callback_new(&pictures_class) : NULL;
    if (!callback)
        return NULL;
    pictures *self = gt_callback_state(callback);
    const size_t capacity = strlen(folder) + 40;
    self->tensorboard = tensorboard;
    self->file = gt_allocate(capacity);
    if (!self->file) {
        gt_callback_free(callback);
        return NULL;
    }
    snprintf(self->file, capacity, "%s/picture.%ld.png", folder, (long)getpid());
    return callback;
}
