/* tools/lab_convnet_data: the SIGNS arrays, and what is refused. Any file that gt_archive_read knows will do: here NPZ.
 */
#include "tests/support/models.h"
#include "tests/support/scratch.h"
#include "tests/support/suite.h"
#include "tools/lab_convnet.h"

START_TEST(a_missing_file_is_reported)
{
    convnet_data data;
    ck_assert_int_eq(convnet_data_read_signs(scratch_path("none.h5"), scratch_path("none.h5"), &data), GT_ERR_IO);
    assert_message("none.h5");
    ck_assert_ptr_null(data.train_x);
}
END_TEST

#ifdef GT_HAVE_LIBZIP

/* What is in a file: images and labels, either left out where the rank is -1. */
typedef struct half {
    gt_dtype x_dtype;
    gt_shape x_shape;
    gt_dtype y_dtype;
    gt_shape y_shape;
    int label; /* of the last */
} half;

static const half sound = {
    .x_dtype = GT_UINT8, .x_shape = {4, {3, 2, 2, 3}}, .y_dtype = GT_INT32, .y_shape = {1, {3}}, .label = 5};

static void add(gt_archive *archive, const char *which, char letter, gt_tensor *tensor)
{
    char name[32];
    snprintf(name, sizeof name, "%s_set_%c", which, letter);
    assert_ok(gt_archive_add(archive, name, tensor));
    gt_tensor_free(tensor);
}

static const char *write_half(const char *which, const half *h)
{
    gt_archive *archive = gt_archive_new();
    if (h->x_shape.rank >= 0) {
        gt_tensor *x = gt_tensor_new(h->x_dtype, h->x_shape);
        if (h->x_dtype == GT_UINT8 && gt_tensor_size(x) > 1) {
            ((uint8_t *)gt_tensor_data_write(x))[0] = 255;
            ((uint8_t *)gt_tensor_data_write(x))[1] = 51;
        }
        add(archive, which, 'x', x);
    }
    if (h->y_shape.rank >= 0) {
        gt_tensor *y = gt_tensor_new(h->y_dtype, h->y_shape);
        if (h->y_dtype == GT_INT32)
            ((int32_t *)gt_tensor_data_write(y))[gt_tensor_size(y) - 1] = h->label;
        add(archive, which, 'y', y);
    }
    const char *path = scratch_path(which);
    assert_ok(gt_npz_write(archive, path, false));
    gt_archive_free(archive);
    return path;
}

static gt_status read_halves(const half *train, const half *test)
{
    convnet_data data;
    gt_status status = convnet_data_read_signs(write_half("train", train), write_half("test", test), &data);
    if (status != GT_OK)
        ck_assert(!data.train_x && !data.train_y && !data.test_x && !data.test_y);
    convnet_data_free(&data);
    return status;
}

START_TEST(images_become_fractions_and_labels_stay)
{
    convnet_data data;
    assert_ok(convnet_data_read_signs(write_half("train", &sound), write_half("test", &sound), &data));
    ck_assert_int_eq(gt_tensor_dtype(data.train_x), GT_FLOAT32);
    ck_assert(gt_tensor_at(data.train_x, 0) == 1);
    assert_near(gt_tensor_at(data.train_x, 1), 0.2, 1e-7);
    ck_assert(gt_tensor_at(data.train_x, 2) == 0);
    ck_assert(gt_tensor_at(data.test_y, 2) == 5);
    ck_assert(!data.signs && data.classes == 6); /* the document has more */
    convnet_data_free(&data);
}
END_TEST

static void assert_refused(half changed, gt_status expected, const char *message)
{
    ck_assert_int_eq(read_halves(&changed, &sound), expected);
    assert_message(message);
    ck_assert_int_eq(read_halves(&sound, &changed), expected);
}

START_TEST(what_does_not_fit_is_refused)
{
    half h = sound;
    h.x_shape = (gt_shape){.rank = -1};
    assert_refused(h, GT_ERR_FORMAT, "train: it has no array 'train_set_x'");
    h = sound, h.y_shape = (gt_shape){.rank = -1};
    assert_refused(h, GT_ERR_FORMAT, "train: it has no array 'train_set_y'");
    h = sound, h.x_dtype = GT_FLOAT32;
    assert_refused(h, GT_ERR_FORMAT, "train_set_x is float32 (3, 2, 2, 3), not uint8 images");
    h = sound, h.x_shape = GT_SHAPE(3, 2, 2, 1);
    assert_refused(h, GT_ERR_FORMAT, "train_set_x is uint8 (3, 2, 2, 1)");
    h = sound, h.x_shape = GT_SHAPE(3, 12);
    assert_refused(h, GT_ERR_FORMAT, "train_set_x is uint8 (3, 12)");
    h = sound, h.x_shape = GT_SHAPE(0, 2, 2, 3);
    assert_refused(h, GT_ERR_FORMAT, "train_set_x is uint8 (0, 2, 2, 3)");
    h = sound, h.y_shape = GT_SHAPE(2);
    assert_refused(h, GT_ERR_FORMAT, "train_set_y is int32 (2,), not int32 (3,)");
    h = sound, h.y_shape = GT_SHAPE(1, 3);
    assert_refused(h, GT_ERR_FORMAT, "train_set_y is int32 (1, 3)");
    h = sound, h.y_dtype = GT_FLOAT32;
    assert_refused(h, GT_ERR_FORMAT, "train_set_y is float32 (3,)");
    h = sound, h.label = 6;
    assert_refused(h, GT_ERR_VALUE, "train_set_y[2] is 6, not 0 to 5");
    h = sound, h.label = -1;
    assert_refused(h, GT_ERR_VALUE, "train_set_y[2] is -1, not 0 to 5");
    h = sound, h.x_shape = GT_SHAPE(3, 2, 4, 3);
    ck_assert_int_eq(read_halves(&h, &sound), GT_ERR_FORMAT);
    assert_message("has images of another size than");
}
END_TEST

#endif

int main(void)
{
    return run_suite_with("lab_convnet", scratch_make, scratch_remove,
                          (const suite_test[]){TEST(a_missing_file_is_reported),
#ifdef GT_HAVE_LIBZIP
                                               TEST(images_become_fractions_and_labels_stay),
                                               TEST(what_does_not_fit_is_refused),
#endif
                                               END_OF_TESTS});
}
