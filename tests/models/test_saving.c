/* models/model_file, architecture, weights_file: what was saved is what is loaded, and what does not fit is named. */
#include "models/saving.h"

#include <string.h>

#include "tests/support/models.h"
#include "tests/support/scratch.h"
#include "tests/support/suite.h"
#include "tests/support/tensors.h"

#ifdef GT_HAVE_JANSSON

/* A layer of every class that has settings other than its defaults. */
static gt_model *varied(gt_dtype dtype)
{
    gt_model *model = gt_sequential(&(gt_model_options){.name = "varied", .dtype = dtype, .seed = UINT64_MAX});
    const gt_conv2d_layer_options convolution = {.name = "first/conv \"quoted\"",
                                                 .activation = GT_LEAKY_RELU,
                                                 .convolution = {.stride = {2, 1},
                                                                 .dilation = {1, 2},
                                                                 .padding = GT_PADDING_EXPLICIT,
                                                                 .top = 1,
                                                                 .bottom = 2,
                                                                 .left = 3,
                                                                 .right = 0},
                                                 .kernel_initializer = GT_INIT_KAIMING,
                                                 .bias_initializer = GT_INIT_ONE};
    gt_layer *const layers[] = {
        gt_layer_input(GT_SHAPE(9, 8, 2)),
        gt_layer_conv2d(3, 3, 2, &convolution),
        gt_layer_batch_norm(&(gt_batch_norm_options){.activation = GT_RELU, .momentum = 0.75, .epsilon = 1e-5}),
        gt_layer_max_pool2d(&(gt_pool2d_options){.window = {2, 2}, .stride = {1, 1}}),
        gt_layer_conv2d(6, 1, 1, &(gt_conv2d_layer_options){.convolution = {.groups = 3}}),
        gt_layer_depthwise_conv2d(1, 2, &(gt_depthwise_conv2d_layer_options){.multiplier = 2, .no_bias = true}),
        gt_layer_conv2d_transpose(2, 2, 2, NULL),
        gt_layer_layer_norm(&(gt_layer_norm_options){.epsilon = 1e-6}),
        gt_layer_avg_pool2d(&(gt_pool2d_options){.window = {2, 3}, .padding = GT_PADDING_SAME}),
        gt_layer_flatten(),
        gt_layer_dropout(0.25),
        gt_layer_dense(5, &(gt_dense_options){.no_bias = true, .kernel_initializer = GT_INIT_HE_UNIFORM}),
        gt_layer_leaky_relu(0.1),
        gt_layer_elu(0.5),
        gt_layer_activation(GT_SILU),
        gt_layer_dense(4, &(gt_dense_options){.activation = GT_TANH}),
        gt_layer_activation(GT_SOFTMAX),
    };
    for (size_t i = 0; i < sizeof layers / sizeof layers[0]; i++)
        assert_ok(gt_model_add(model, layers[i]));
    gt_layer_set_trainable(gt_model_layer(model, 1), false);
    return model;
}

static gt_tensor *images(gt_dtype dtype, int64_t count)
{
    gt_tensor *x = gt_tensor_new(dtype, GT_SHAPE(count, 9, 8, 2));
    gt_random random = gt_random_new(3, 0);
    assert_ok(gt_random_normal(&random, dtype, gt_tensor_size(x), 0, 1, gt_tensor_data_write(x)));
    return x;
}

static void assert_same_values(const gt_tensor *a, const gt_tensor *b)
{
    ck_assert_int_eq(gt_tensor_size(a), gt_tensor_size(b));
    ck_assert_int_eq(gt_tensor_dtype(a), gt_tensor_dtype(b));
    ck_assert_mem_eq(gt_tensor_data(a), gt_tensor_data(b),
                     (size_t)gt_tensor_size(a) * gt_dtype_size(gt_tensor_dtype(a)));
}

static void assert_same_model(gt_model *model, gt_model *other, gt_dtype dtype)
{
    printed before = {0}, after = {0};
    assert_ok(gt_model_summary(model, print_into, &before));
    assert_ok(gt_model_summary(other, print_into, &after));
    ck_assert_str_eq(before.text, after.text);
    gt_tensor *x = images(dtype, 3), *y = gt_model_predict(model, x, 0), *z = gt_model_predict(other, x, 0);
    assert_same_values(y, z);
    gt_tensor_free(x);
    gt_tensor_free(y);
    gt_tensor_free(z);
}

START_TEST(a_loaded_model_predicts_as_the_saved_one)
{
    for (int dtype = GT_FLOAT32; dtype <= GT_FLOAT64; dtype++) {
        gt_model *model = varied((gt_dtype)dtype);
        assert_ok(gt_model_save(model, scratch_path("model")));
        gt_model *loaded = gt_model_load(scratch_path("model"));
        ck_assert_msg(loaded != NULL, "%s", gt_last_error());
        assert_same_model(model, loaded, (gt_dtype)dtype);
        ck_assert(!gt_layer_trainable(gt_model_layer(loaded, 1)));
        ck_assert(gt_tensor_trainable(gt_model_weight_named(loaded, "dense/kernel")));
        ck_assert(!gt_tensor_trainable(gt_model_weight_named(loaded, "batch_normalization/gamma")));
        ck_assert_int_eq(scratch_count(), 1);
        gt_model_free(model);
        gt_model_free(loaded);
    }
}
END_TEST

START_TEST(a_loaded_model_is_saved_to_the_same_bytes)
{
    gt_model *model = varied(GT_FLOAT32);
    size_t length, again_length;
    assert_ok(gt_model_save(model, scratch_path("model")));
    char *bytes = scratch_read(scratch_path("model"), &length);
    gt_model *loaded = gt_model_parse("memory", bytes, length);
    ck_assert_msg(loaded != NULL, "%s", gt_last_error());
    assert_ok(gt_model_save(loaded, scratch_path("again")));
    char *again = scratch_read(scratch_path("again"), &again_length);
    ck_assert_uint_eq(length, again_length);
    ck_assert_mem_eq(bytes, again, length);
    free(bytes);
    free(again);
    gt_model_free(model);
    gt_model_free(loaded);
}
END_TEST

START_TEST(a_loaded_model_trains)
{
    gt_model *model = classifier(1);
    rows data = noise(60, 5, 3);
    assert_ok(gt_model_fit(model, data.x, data.y, NULL));
    assert_ok(gt_model_save(model, scratch_path("model")));
    gt_model *loaded = gt_model_load(scratch_path("model"));
    assert_ok(
        gt_model_compile(loaded, &(gt_compile_options){.optimizer = gt_adam(NULL), .loss = gt_softmax_cross_entropy}));
    gt_step_result before, after;
    assert_ok(gt_model_evaluate(loaded, data.x, data.y, 0, &before));
    assert_ok(gt_model_fit(loaded, data.x, data.y, &(gt_fit_options){.epochs = 20}));
    assert_ok(gt_model_evaluate(loaded, data.x, data.y, 0, &after));
    ck_assert_msg(after.loss < before.loss, "%g, before %g", after.loss, before.loss);
    free_rows(data);
    gt_model_free(model);
    gt_model_free(loaded);
}
END_TEST

/* ---- layers of one's own ---------------------------------------------------------------------------------------- */

typedef struct shift {
    double by;
} shift;

static gt_tensor *call_shift(gt_layer *layer, gt_tape *tape, gt_tensor *x, bool training)
{
    (void)training;
    const shift *self = gt_layer_state(layer);
    return gt_add(tape, x, gt_fill(tape, gt_tensor_dtype(x), GT_SCALAR, self->by));
}

static gt_status check_shift(void *state)
{
    const shift *self = state;
    return self->by < 100 ? GT_OK : gt_fail(GT_ERR_VALUE, "shift: by %g is too far", self->by);
}

static const gt_setting shift_settings[] = {{.name = "by", .type = GT_SETTING_REAL, .count = 1}, {.name = NULL}};
static const gt_layer_class shift_class = {"Shift", sizeof(shift), NULL, call_shift, shift_settings, check_shift};

static gt_model *shifting(double by)
{
    gt_model *model = gt_sequential(NULL);
    gt_layer *layer = gt_layer_new(&shift_class, NULL);
    ((shift *)gt_layer_state(layer))->by = by;
    gt_model_add(model, gt_layer_input(GT_SHAPE(2)));
    assert_ok(gt_model_add(model, layer));
    return model;
}

START_TEST(a_registered_layer_of_ones_own_is_saved_with_its_settings)
{
    gt_model *model = shifting(0.1);
    ck_assert_int_eq(gt_model_save(model, scratch_path("model")), GT_ERR_UNSUPPORTED);
    assert_message("shift: a Shift cannot be saved: its class is not registered");
    ck_assert_int_eq(scratch_count(), 0);
    assert_ok(gt_layer_register(&shift_class));
    assert_ok(gt_model_save(model, scratch_path("model")));
    gt_model *loaded = gt_model_load(scratch_path("model"));
    ck_assert_msg(loaded != NULL, "%s", gt_last_error());
    ck_assert(((shift *)gt_layer_state(gt_model_layer(loaded, 0)))->by == 0.1);
    gt_model_free(model);
    gt_model_free(loaded);
}
END_TEST

START_TEST(a_class_checks_what_a_file_sets)
{
    assert_ok(gt_layer_register(&shift_class));
    gt_model *model = shifting(1000);
    assert_ok(gt_model_save(model, scratch_path("model")));
    ck_assert_ptr_null(gt_model_load(scratch_path("model")));
    assert_message("shift: by 1000 is too far");
    ck_assert_int_eq(gt_last_status(), GT_ERR_FORMAT);
    gt_model_free(model);
}
END_TEST

START_TEST(classes_that_cannot_be_registered_are_refused)
{
    const gt_layer_class nameless = {.type = "", .call = call_shift, .settings = shift_settings};
    const gt_layer_class plain = {.type = "Plain", .call = call_shift};
    const gt_layer_class taken = {.type = "Dense", .call = call_shift, .settings = shift_settings};
    ck_assert_int_eq(gt_layer_register(NULL), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_layer_register(&nameless), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_layer_register(&plain), GT_ERR_ARGUMENT);
    assert_message("the class has no settings");
    ck_assert_int_eq(gt_layer_register(&taken), GT_ERR_ARGUMENT);
    assert_message("there is a class 'Dense' already");
}
END_TEST

/* ---- what is wrong with a file ---------------------------------------------------------------------------------- */

/* The saved file with `from` replaced by `to`, of the same length. */
static void assert_refused(const char *from, const char *to, gt_status status, const char *message)
{
    gt_model *model = varied(GT_FLOAT32);
    size_t length;
    assert_ok(gt_model_save(model, scratch_path("model")));
    gt_model_free(model);
    char *bytes = scratch_read(scratch_path("model"), &length), *at = NULL;
    for (size_t i = 8; !at && i + strlen(from) < length; i++)
        at = memcmp(bytes + i, from, strlen(from)) == 0 ? bytes + i : NULL;
    ck_assert_msg(at != NULL && strlen(from) == strlen(to), "%s", from);
    memcpy(at, to, strlen(to));
    ck_assert_msg(gt_model_parse("file.st", bytes, length) == NULL, "'%s' for '%s' loads", to, from);
    ck_assert_msg(gt_last_status() == status, "status %s: %s", gt_status_name(gt_last_status()), gt_last_error());
    assert_message("file.st: ");
    assert_message(message);
    free(bytes);
}

START_TEST(an_architecture_that_is_wrong_is_refused)
{
    assert_refused("\"gradtape.format\":\"1\"", "\"gradtape.format\":\"2\"", GT_ERR_UNSUPPORTED, "format 2");
    assert_refused("\"gradtape.format\"", "\"gradtape.formaT\"", GT_ERR_FORMAT, "no model");
    assert_refused("\\\"Dense\\\"", "\\\"Dance\\\"", GT_ERR_UNSUPPORTED, "'dense' is a Dance, which is no known layer");
    assert_refused("\\\"units\\\":5", "\\\"units\\\":0", GT_ERR_FORMAT, "units is 0");
    assert_refused("\\\"units\\\":5", "\\\"units\\\":6", GT_ERR_FORMAT, "the weight 'dense/kernel' is float32");
    assert_refused("\\\"units\\\":5", "\\\"units\\\":x", GT_ERR_FORMAT, "no JSON");
    assert_refused("\\\"tanh\\\"", "\\\"tank\\\"", GT_ERR_FORMAT, "there is no activation 'tank'");
    assert_refused("\\\"rate\\\":0.25", "\\\"rate\\\":1.25", GT_ERR_FORMAT, "dropout: rate is 1.25");
    assert_refused("\\\"dtype\\\":\\\"float32\\\"", "\\\"dtype\\\":\\\"float16\\\"", GT_ERR_FORMAT, "float16");
    assert_refused("\\\"sample\\\":[9", "\\\"sample\\\":[3", GT_ERR_FORMAT, "weight");
    assert_refused("\\\"sample\\\":[9,8,2]", "\\\"sample\\\":[9,8.2]", GT_ERR_FORMAT, "whole number");
    assert_refused("\"dense/kernel\"", "\"dance/kernel\"", GT_ERR_FORMAT, "there is no weight 'dense/kernel'");
    assert_refused("\\\"name\\\":\\\"dense_1\\\"", "\\\"name\\\":\\\"dropout\\\"", GT_ERR_FORMAT, "there already");
}
END_TEST

START_TEST(a_tensor_too_many_is_refused)
{
    gt_model *model = line(1, 2, 0.1);
    assert_ok(gt_model_save(model, scratch_path("model")));
    gt_archive *archive = gt_archive_read(scratch_path("model"));
    gt_tensor *extra = VECTOR(1, 2);
    assert_ok(gt_archive_add(archive, "dense/more", extra));
    assert_ok(gt_archive_write(archive, scratch_path("model")));
    ck_assert_ptr_null(gt_model_load(scratch_path("model")));
    assert_message("'dense/more' is no weight of the model");
    gt_tensor_free(extra);
    gt_archive_free(archive);
    gt_model_free(model);
}
END_TEST

START_TEST(weights_alone_are_no_model)
{
    gt_model *model = line(1, 2, 0.1);
    assert_ok(gt_weights_save(model, scratch_path("weights")));
    ck_assert_ptr_null(gt_model_load(scratch_path("weights")));
    assert_message("gt_weights_load loads weights alone");
    gt_model_free(model);
}
END_TEST

START_TEST(bad_arguments_of_saving_are_errors)
{
    gt_model *model = line(1, 2, 0.1), *empty = gt_sequential(NULL);
    ck_assert_int_eq(gt_model_save(NULL, "x"), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_model_save(model, NULL), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_model_save(empty, "x"), GT_ERR_STATE);
    ck_assert_int_eq(gt_weights_save(empty, "x"), GT_ERR_STATE);
    assert_message("is not built");
    ck_assert_int_eq(gt_model_save(model, scratch_path("missing/model")), GT_ERR_IO);
    ck_assert_ptr_null(gt_model_load(NULL));
    ck_assert_ptr_null(gt_model_load(scratch_path("missing")));
    ck_assert_int_eq(gt_last_status(), GT_ERR_IO);
    ck_assert_ptr_null(gt_model_parse(NULL, "x", 1));
    ck_assert_ptr_null(gt_model_parse("x", NULL, 1));
    ck_assert_ptr_null(gt_model_parse("x", "x", 1));
    ck_assert_int_eq(gt_last_status(), GT_ERR_FORMAT);
    ck_assert_int_eq(gt_weights_load(NULL, "x", NULL, NULL), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_weights_load(model, NULL, NULL, NULL), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_weights_load_from(model, NULL, NULL, NULL), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_weights_load(model, scratch_path("missing"), NULL, NULL), GT_ERR_IO);
    gt_model_free(model);
    gt_model_free(empty);
}
END_TEST

/* ---- weights ---------------------------------------------------------------------------------------------------- */

START_TEST(weights_are_loaded_by_name)
{
    gt_model *model = varied(GT_FLOAT32), *other = varied(GT_FLOAT32);
    gt_weights_report report;
    const float seven = 7;
    gt_tensor *weight = gt_model_weight_named(model, "dense_1/bias");
    gt_tensor *sevens = gt_tensor_from(GT_FLOAT32, GT_SHAPE(4), (const float[]){7, 7, 7, 7});
    assert_ok(gt_tensor_assign(weight, sevens));
    assert_ok(gt_weights_save(model, scratch_path("weights")));
    assert_ok(gt_weights_load(other, scratch_path("weights"), NULL, &report));
    ck_assert_int_eq(report.loaded, gt_model_weights(model, 0, NULL));
    ck_assert_int_eq(report.missing + report.unexpected + report.misshapen, 0);
    ck_assert(gt_tensor_at(gt_model_weight_named(other, "dense_1/bias"), 3) == (double)seven);
    assert_same_model(model, other, GT_FLOAT32);
    gt_tensor_free(sevens);
    gt_model_free(model);
    gt_model_free(other);
}
END_TEST

START_TEST(weights_of_float32_widen_exactly_and_of_float64_round)
{
    gt_model *narrow = gt_sequential(NULL), *wide = line(0.1, 0.2, 0.1);
    gt_model_add(narrow, gt_layer_input(GT_SHAPE(1)));
    gt_model_add(narrow, gt_layer_dense(1, NULL));
    assert_ok(gt_weights_save(wide, scratch_path("wide")));
    assert_ok(gt_weights_load(narrow, scratch_path("wide"), NULL, NULL));
    ck_assert(gt_tensor_at(gt_model_weight(narrow, 0), 0) == (double)0.1f);
    assert_ok(gt_weights_save(narrow, scratch_path("narrow")));
    assert_ok(gt_weights_load(wide, scratch_path("narrow"), NULL, NULL));
    ck_assert(gt_tensor_at(gt_model_weight(wide, 1), 0) == (double)0.2f);
    gt_model_free(narrow);
    gt_model_free(wide);
}
END_TEST

/* 'dense' has another shape, 'other' is missing, 'spare' unexpected. */
static gt_archive *misfits(void)
{
    gt_archive *archive = gt_archive_new();
    gt_tensor *pair = VECTOR(1, 2), *one = VECTOR(5);
    assert_ok(gt_archive_add(archive, "dense/kernel", pair));
    assert_ok(gt_archive_add(archive, "dense/bias", one));
    assert_ok(gt_archive_add(archive, "spare/kernel", pair));
    gt_tensor_free(pair);
    gt_tensor_free(one);
    return archive;
}

START_TEST(what_does_not_fit_is_reported_and_changes_nothing)
{
    gt_model *model = line(3, 4, 0.1);
    assert_ok(gt_model_add(model, gt_layer_dense(1, &(gt_dense_options){.name = "other", .no_bias = true})));
    gt_archive *archive = misfits();
    gt_weights_report report;
    printed lines = {0};
    const gt_weights_options options = {.writer = print_into, .writer_context = &lines};
    ck_assert_int_eq(gt_weights_load_from(model, archive, &options, &report), GT_ERR_FORMAT);
    assert_message("1 missing, 1 unexpected, 1 misshapen");
    assert_message("misshapen 'dense/kernel': float64 (2,), (1, 1) is expected");
    ck_assert_int_eq(report.loaded, 1);
    ck_assert_int_eq(report.missing, 1);
    ck_assert_int_eq(report.unexpected, 1);
    ck_assert_int_eq(report.misshapen, 1);
    ck_assert_contains(lines.text, "misshapen: dense/kernel: float64 (2,), (1, 1) is expected\n");
    ck_assert_contains(lines.text, "missing: other/kernel (1, 1)\n");
    ck_assert_contains(lines.text, "unexpected: spare/kernel\n");
    ck_assert(weight_of(model, 0) == 3 && weight_of(model, 1) == 4);
    gt_archive_free(archive);
    gt_model_free(model);
}
END_TEST

START_TEST(a_partial_load_takes_what_fits)
{
    gt_model *model = line(3, 4, 0.1);
    gt_archive *archive = misfits();
    gt_weights_report report;
    assert_ok(gt_weights_load_from(model, archive, &(gt_weights_options){.partial = true}, &report));
    ck_assert_int_eq(report.loaded, 1);
    ck_assert(weight_of(model, 0) == 3 && weight_of(model, 1) == 5);
    gt_archive_free(archive);
    gt_model_free(model);
}
END_TEST

#else

START_TEST(a_build_without_jansson_says_so)
{
    gt_model *model = line(1, 2, 0.1);
    ck_assert_int_eq(gt_model_save(model, scratch_path("model")), GT_ERR_UNSUPPORTED);
    ck_assert_int_eq(gt_weights_save(model, scratch_path("model")), GT_ERR_UNSUPPORTED);
    assert_message("this build has no jansson");
    ck_assert_ptr_null(gt_model_load(scratch_path("model")));
    ck_assert_int_eq(gt_last_status(), GT_ERR_UNSUPPORTED);
    gt_model_free(model);
}
END_TEST

#endif

int main(void)
{
    return run_suite_with(
        "saving", scratch_make, scratch_remove,
        (const suite_test[]){
#ifdef GT_HAVE_JANSSON
            TEST(a_loaded_model_predicts_as_the_saved_one), TEST(a_loaded_model_is_saved_to_the_same_bytes),
            TEST(a_loaded_model_trains), TEST(a_registered_layer_of_ones_own_is_saved_with_its_settings),
            TEST(a_class_checks_what_a_file_sets), TEST(classes_that_cannot_be_registered_are_refused),
            TEST(an_architecture_that_is_wrong_is_refused), TEST(a_tensor_too_many_is_refused),
            TEST(weights_alone_are_no_model), TEST(bad_arguments_of_saving_are_errors),
            TEST(weights_are_loaded_by_name), TEST(weights_of_float32_widen_exactly_and_of_float64_round),
            TEST(what_does_not_fit_is_reported_and_changes_nothing), TEST(a_partial_load_takes_what_fits),
#else
            TEST(a_build_without_jansson_says_so),
#endif
            END_OF_TESTS});
}
