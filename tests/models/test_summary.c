/* models/summary: Keras' table, exactly. */
#include <stdbool.h>
#include <string.h>

#include "models/model.h"
#include "tests/support/suite.h"

static char written[8192];

static void keep(void *context, const char *text, size_t length)
{
    (void)context;
    ck_assert_uint_lt(strlen(written) + length, sizeof written);
    strncat(written, text, length);
}

static const char *summary_of(const gt_model *model)
{
    written[0] = '\0';
    ck_assert_msg(gt_model_summary(model, keep, NULL) == GT_OK, "%s", gt_last_error());
    return written;
}

START_TEST(the_documents_model_has_its_table)
{
    gt_model *model = gt_sequential(&(gt_model_options){.name = "my_model"});
    gt_model_add(model, gt_layer_input(GT_SHAPE(400)));
    gt_model_add(model, gt_layer_dense(25, &(gt_dense_options){.name = "layer1", .activation = GT_SIGMOID}));
    gt_model_add(model, gt_layer_dense(15, &(gt_dense_options){.name = "layer2", .activation = GT_SIGMOID}));
    gt_model_add(model, gt_layer_dense(1, &(gt_dense_options){.name = "layer3", .activation = GT_SIGMOID}));
    ck_assert_str_eq(summary_of(model), "Model: \"my_model\"\n"
                                        "_________________________________________________________________\n"
                                        " Layer (type)                Output Shape              Param #   \n"
                                        "=================================================================\n"
                                        " layer1 (Dense)              (None, 25)                10025     \n"
                                        "                                                                 \n"
                                        " layer2 (Dense)              (None, 15)                390       \n"
                                        "                                                                 \n"
                                        " layer3 (Dense)              (None, 1)                 16        \n"
                                        "                                                                 \n"
                                        "=================================================================\n"
                                        "Total params: 10,431\n"
                                        "Trainable params: 10,431\n"
                                        "Non-trainable params: 0\n"
                                        "_________________________________________________________________\n");
    gt_model_free(model);
}
END_TEST

/* The second row goes on in a line of its own, one column to the right: so do Keras 2.8's. */
START_TEST(long_names_are_broken_as_keras_breaks_them)
{
    gt_model *model = gt_sequential(NULL);
    gt_model_add(model, gt_layer_input(GT_SHAPE(8, 8, 3)));
    gt_model_add(model, gt_layer_conv2d(16, 3, 3, NULL));
    gt_model_add(model, gt_layer_batch_norm(NULL));
    gt_layer_set_trainable(gt_model_layer(model, 0), false);
    ck_assert_str_eq(summary_of(model), "Model: \"sequential\"\n"
                                        "_________________________________________________________________\n"
                                        " Layer (type)                Output Shape              Param #   \n"
                                        "=================================================================\n"
                                        " conv2d (Conv2D)             (None, 6, 6, 16)          448       \n"
                                        "                                                                 \n"
                                        " batch_normalization (BatchN  (None, 6, 6, 16)         64        \n"
                                        " ormalization)                                                   \n"
                                        "                                                                 \n"
                                        "=================================================================\n"
                                        "Total params: 512\n"
                                        "Trainable params: 32\n"
                                        "Non-trainable params: 480\n"
                                        "_________________________________________________________________\n");
    gt_model_free(model);
}
END_TEST

START_TEST(a_name_of_any_length_is_taken)
{
    char name[300];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    gt_model *model = gt_sequential(NULL);
    gt_model_add(model, gt_layer_input(GT_SHAPE(1000, 1000, 1000, 1000, 1)));
    gt_model_add(model, gt_layer_dense(1, &(gt_dense_options){.name = name}));
    ck_assert_ptr_nonnull(strstr(summary_of(model), "nnn (Dense)"));
    ck_assert_ptr_nonnull(strstr(written, "1000, 1000, 1"));
    gt_model_free(model);
}
END_TEST

START_TEST(a_model_that_is_not_built_has_no_table)
{
    gt_model *model = gt_sequential(NULL);
    gt_model_add(model, gt_layer_dense(1, NULL));
    ck_assert_int_eq(gt_model_summary(model, keep, NULL), GT_ERR_STATE);
    ck_assert_ptr_nonnull(strstr(gt_last_error(), "gt_model_build"));
    ck_assert_int_eq(gt_model_summary(NULL, keep, NULL), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_model_summary(model, NULL, NULL), GT_ERR_ARGUMENT);
    gt_model_free(model);
}
END_TEST

int main(void)
{
    return run_suite("summary", (const suite_test[]){
                                    TEST(the_documents_model_has_its_table),
                                    TEST(long_names_are_broken_as_keras_breaks_them),
                                    TEST(a_name_of_any_length_is_taken),
                                    TEST(a_model_that_is_not_built_has_no_table),
                                    END_OF_TESTS,
                                });
}
