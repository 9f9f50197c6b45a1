/* The assignment's helpers for data: OneHotEncoder, get_subset, shuffle_data; and print_stats. */
#include <stdio.h>

#include "tools/lab_mnist.h"
#include "tools/lab_part.h"

enum { FEW = 10 };

static void show_shape(const char *name, const gt_tensor *tensor)
{
    const gt_shape shape = gt_tensor_shape(tensor);
    printf("%s: %s %s\n", name, gt_shape_text(&shape).text, gt_dtype_name(gt_tensor_dtype(tensor)));
}

/* The first labels; `why` is what happened to them. */
static void show_labels(const char *why, const gt_tensor *labels)
{
    printf("%-24s", why);
    for (int64_t i = 0; i < gt_tensor_size(labels) && i < FEW; i++)
        printf(" %d", (int)gt_tensor_at(labels, i));
    putchar('\n');
}

/* ---- OneHotEncoder ---------------------------------------------------------------------------------------------- */

static gt_status show_encoder(const gt_tensor *labels)
{
    enum { ROWS = 5 };
    lab_step("OneHotEncoder: fit, forward, inverse");
    gt_one_hot_encoder *encoder = gt_one_hot_encoder_new();
    gt_status status = encoder ? gt_one_hot_encoder_fit(encoder, labels) : gt_last_status();
    const int64_t there = gt_tensor_size(labels);
    gt_tensor *rows = status == GT_OK ? gt_tensor_rows(labels, 0, there < ROWS ? there : ROWS) : NULL;
    gt_tensor *one_hot = rows ? gt_one_hot_encoder_forward(encoder, rows) : NULL;
    gt_tensor *back = one_hot ? gt_one_hot_encoder_inverse(encoder, one_hot) : NULL;
    if (back) {
        show_labels("labels", rows);
        lab_show("forward", one_hot);
        show_labels("inverse", back);
    }
    status = back ? GT_OK : gt_last_status();
    gt_tensor_free(rows);
    gt_tensor_free(one_hot);
    gt_tensor_free(back);
    gt_one_hot_encoder_free(encoder);
    return status;
}

/* ---- get_subset ------------------------------------------------------------------------------------------------- */

static gt_status show_subset(const gt_digits *digits)
{
    const int32_t classes[] = {3, 7}, unknown = 12;
    gt_tensor *x, *y;
    lab_step("get_subset([3, 7], %d)", FEW);
    gt_status status = gt_subset(digits->train_x, digits->train_y, 2, classes, FEW, &x, &y);
    if (status != GT_OK)
        return status;
    show_shape("images", x);
    show_labels("labels", y);
    gt_tensor_free(x);
    gt_tensor_free(y);
    if (gt_subset(digits->train_x, digits->train_y, 1, &unknown, 0, &x, &y) == GT_OK)
        return gt_fail(GT_ERR_STATE, "a subset of class 12 was found");
    printf("of an unknown class: %s\n", gt_last_error());
    return GT_OK;
}

/* ---- shuffle_data ----------------------------------------------------------------------------------------------- */

static gt_status show_shuffled(const gt_digits *digits, const char *why, uint64_t seed)
{
    gt_tensor *x, *y;
    gt_status status = gt_shuffle(digits->train_x, digits->train_y, seed, &x, &y);
    if (status != GT_OK)
        return status;
    show_labels(why, y);
    gt_tensor_free(x);
    gt_tensor_free(y);
    return GT_OK;
}

gt_status mnist_show_data(const gt_digits *digits, uint64_t seed)
{
    lab_step("The data: images in 0 to 1, one a row, and labels");
    show_shape("training images", digits->train_x);
    show_shape("training labels", digits->train_y);
    show_shape("test images", digits->test_x);
    show_shape("test labels", digits->test_y);
    gt_status status = show_encoder(digits->train_y);
    if (status == GT_OK)
        status = show_subset(digits);
    if (status != GT_OK)
        return status;
    lab_step("shuffle_data(seed): the first labels");
    show_labels("as they come", digits->train_y);
    status = show_shuffled(digits, "shuffled", seed);
    if (status == GT_OK)
        status = show_shuffled(digits, "by the same seed", seed);
    return status == GT_OK ? show_shuffled(digits, "by another seed", seed + 1) : status;
}

/* ---- print_stats ------------------------------------------------------------------------------------------------ */

static void print_values(const gt_fit_event *event)
{
    printf("{'loss': %.4f, 'acc': %.4f}\n", gt_fit_event_value(event, "loss"), gt_fit_event_value(event, "accuracy"));
}

static int print_batch(gt_callback *callback, const gt_fit_event *event)
{
    enum { EACH = 10 };
    (void)callback;
    if (event->epoch == 1 && event->batch % EACH == 0) {
        printf(" - Epoch %2d: Batch %3lld/%lld : ", event->epoch, (long long)event->batch, (long long)event->batches);
        print_values(event);
    }
    return 0;
}

static int print_epoch(gt_callback *callback, const gt_fit_event *event)
{
    (void)callback;
    printf(" - Epoch %2d: Average Stats : ", event->epoch);
    print_values(event);
    fflush(stdout);
    return 0;
}

gt_callback *mnist_print_stats(void)
{
    static const gt_callback_class type = {
        .type = "PrintStats", .batch_end = print_batch, .epoch_end = print_epoch, .wants_values = true};
    return gt_callback_new(&type);
}
