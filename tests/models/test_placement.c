/* models/placement: models on the CPU, and where there is no other device. What they do there: tests/cuda. */
#include <stdlib.h>

#include "models/model.h"
#include "tests/support/models.h"
#include "tests/support/pretended.h"
#include "tests/support/suite.h"

START_TEST(a_model_is_made_on_the_cpu)
{
    gt_model *model = classifier(1);
    ck_assert_int_eq(gt_model_device(model), GT_CPU);
    ck_assert_int_eq(gt_model_device(NULL), GT_CPU);
    gt_tape *tape = gt_model_tape(model);
    ck_assert_int_eq(gt_model_to(model, GT_CPU), GT_OK);
    ck_assert_ptr_eq(gt_model_tape(model), tape); /* nothing was done */
    gt_model_free(model);
}
END_TEST

START_TEST(a_missing_device_leaves_the_model_alone)
{
    setenv("GRADTAPE_CUDA", "/nowhere/libgradtape_cuda.so", 1);
    gt_model *model = classifier(1);
    ck_assert_int_eq(gt_model_to(model, GT_CUDA), GT_ERR_DEVICE);
    assert_message("device cuda: not available: GRADTAPE_CUDA: /nowhere");
    ck_assert_int_eq(gt_model_device(model), GT_CPU);
    const rows data = noise(32, 8, 3);
    assert_ok(gt_model_fit(model, data.x, data.y, NULL));
    free_rows(data);
    gt_model_free(model);
    ck_assert_int_eq(gt_model_to(NULL, GT_CUDA), GT_ERR_ARGUMENT);
}
END_TEST

/* The optimizer's state goes along, and layers that are built later are built there. */
START_TEST(everything_moves)
{
    assert_ok(gt_backend_register(&pretended));
    gt_model *model = line(2, 1, 0.1);
    gt_tensor *w = gt_layer_weight(gt_model_layer(model, 0), 0);
    gt_optimizer *optimizer = gt_sgd(&(gt_sgd_options){.momentum = 0.9});
    assert_ok(gt_model_compile(model, &(gt_compile_options){.optimizer = optimizer, .loss = gt_mean_squared_error}));
    gt_tensor *velocity = gt_optimizer_slot(optimizer, w, 0);
    assert_ok(gt_model_to(model, GT_CUDA));
    ck_assert_int_eq(gt_model_device(model), GT_CUDA);
    ck_assert_int_eq(gt_tensor_device(w), GT_CUDA);
    ck_assert_int_eq(gt_tensor_device(velocity), GT_CUDA);
    assert_ok(gt_model_add(model, gt_layer_dense(3, NULL)));
    ck_assert_int_eq(gt_tensor_device(gt_layer_weight(gt_model_layer(model, 1), 0)), GT_CUDA);
    assert_ok(gt_model_to(model, GT_CPU));
    ck_assert_int_eq(gt_tensor_device(gt_layer_weight(gt_model_layer(model, 1), 1)), GT_CPU);
    ck_assert_double_eq(weight_of(model, 0), 2);
    gt_model_free(model);
    gt_backend_unregister(GT_CUDA);
}
END_TEST

START_TEST(an_optimizer_moves_its_state)
{
    assert_ok(gt_backend_register(&pretended));
    gt_tensor *w = gt_parameter_new("w", GT_FLOAT32, GT_SHAPE(2));
    gt_optimizer *adam = gt_adam(NULL);
    gt_tensor *mean = gt_optimizer_slot(adam, w, 0), *square = gt_optimizer_slot(adam, w, 1);
    assert_ok(gt_optimizer_move(adam, GT_CUDA));
    ck_assert_int_eq(gt_tensor_device(mean), GT_CUDA);
    ck_assert_int_eq(gt_tensor_device(square), GT_CUDA);
    assert_ok(gt_optimizer_move(adam, GT_CPU));
    ck_assert_int_eq(gt_tensor_device(mean), GT_CPU);
    ck_assert_int_eq(gt_optimizer_move(NULL, GT_CPU), GT_ERR_ARGUMENT);
    gt_optimizer_free(adam);
    gt_tensor_free(w);
    gt_backend_unregister(GT_CUDA);
}
END_TEST

int main(void)
{
    return run_suite("placement", (const suite_test[]){
                                      TEST(a_model_is_made_on_the_cpu),
                                      TEST(a_missing_device_leaves_the_model_alone),
                                      TEST(everything_moves),
                                      TEST(an_optimizer_moves_its_state),
                                      END_OF_TESTS,
                                  });
}
