#include "tests/support/larger_samples.h"

#include "ops/attributes.h"

#define WITH(type, ...)                                                                                                \
    .attributes = &(const type)                                                                                        \
    {                                                                                                                  \
        __VA_ARGS__                                                                                                    \
    }

#define CONVOLUTION(n, h, w, c, k, o)                                                                                  \
    WITH(gt_conv2d_attributes, {1, 1}, {1, 1}, {0, 0}, {0, 0}, GT_DIMENSIONS(n, h, w, c), GT_DIMENSIONS(k, k, c, o))

const larger_sample larger_samples[] = {
    {"relu", {.name = "many blocks", .inputs = {GT_NORMAL(1000, 37)}}},
    {"add", {.name = "row of many", .inputs = {GT_NORMAL(300, 131), GT_NORMAL(131)}}},
    {"sum", {.name = "all, in chunks", .inputs = {GT_NORMAL(77, 301)}, WITH(gt_reduce_attributes, 3, 0)}},
    {"sum", {.name = "rows, in chunks", .inputs = {GT_NORMAL(3000, 37)}, WITH(gt_reduce_attributes, 1, 0)}},
    {"sum", {.name = "columns", .inputs = {GT_NORMAL(70, 2000)}, WITH(gt_reduce_attributes, 2, 0)}},
    {"sum_of_squares", {.name = "in chunks", .inputs = {GT_NORMAL(99, 721)}}},
    {"var", {.name = "rows, in chunks", .inputs = {GT_NORMAL(1100, 35)}, WITH(gt_reduce_attributes, 1, 0)}},
    {"max", {.name = "long", .inputs = {GT_NORMAL(3, 4000)}, WITH(gt_reduce_attributes, 2, 0)}},
    {"argmax", {.name = "long", .inputs = {GT_NORMAL(3, 4000)}, WITH(gt_axis_attributes, 1)}},
    {"softmax", {.name = "long rows", .inputs = {GT_NORMAL(3, 1500)}, WITH(gt_axis_attributes, 1)}},
    {"softmax", {.name = "long columns", .inputs = {GT_NORMAL(1500, 3)}, WITH(gt_axis_attributes, 0)}},
    {"softmax_grad",
     {.name = "long rows", .inputs = {GT_NORMAL(3, 1500), GT_UNIFORM(0, 0.01, 3, 1500)}, WITH(gt_axis_attributes, 1)}},
    {"log_softmax", {.name = "long rows", .inputs = {GT_NORMAL(3, 1500)}, WITH(gt_axis_attributes, 1)}},
    {"log_softmax_grad",
     {.name = "long rows", .inputs = {GT_NORMAL(3, 1500), GT_NORMAL(3, 1500)}, WITH(gt_axis_attributes, 1)}},
    {"sparse_softmax_cross_entropy", {.name = "long rows", .inputs = {GT_NORMAL(9, 1500), GT_INDEX(0, 1500, 9)}}},
    {"softmax_cross_entropy", {.name = "long rows", .inputs = {GT_NORMAL(9, 1500), GT_ONE_HOT(9, 1500)}}},
    {"mean_squared_error", {.name = "in chunks", .inputs = {GT_NORMAL(99, 321), GT_NORMAL(99, 321)}}},
    {"transpose", {.name = "tiles", .inputs = {GT_NORMAL(70, 133)}, WITH(gt_order_attributes, {1, 0})}},
    {"transpose", {.name = "stacked", .inputs = {GT_NORMAL(5, 40, 65)}, WITH(gt_order_attributes, {0, 2, 1})}},
    {"gather", {.name = "many", .inputs = {GT_NORMAL(50, 33), GT_INDEX(0, 50, 700)}}},
    {"scatter_add",
     {.name = "many", .inputs = {GT_NORMAL(900, 7), GT_INDEX(0, 20, 900)}, WITH(gt_rows_attributes, 20)}},
    {"matmul", {.name = "large", .inputs = {GT_NORMAL(70, 90), GT_NORMAL(90, 65)}, WITH(gt_matmul_attributes, 0, 0)}},
    {"conv2d",
     {.name = "tiles", .inputs = {GT_NORMAL(2, 14, 13, 5), GT_NORMAL(3, 3, 5, 70)}, CONVOLUTION(2, 14, 13, 5, 3, 70)}},
    {"conv2d",
     {.name = "packs", .inputs = {GT_NORMAL(3, 9, 9, 8), GT_NORMAL(3, 3, 8, 36)}, CONVOLUTION(3, 9, 9, 8, 3, 36)}},
    {"conv2d_input_grad",
     {.name = "tiles",
      .inputs = {GT_NORMAL(2, 12, 11, 36), GT_NORMAL(3, 3, 40, 36)},
      CONVOLUTION(2, 14, 13, 40, 3, 36)}},
    {"conv2d_filter_grad",
     {.name = "chunks", .inputs = {GT_NORMAL(4, 12, 11, 8), GT_NORMAL(4, 14, 13, 8)}, CONVOLUTION(4, 14, 13, 8, 3, 8)}},
    {"depthwise_conv2d",
     {.name = "packs", .inputs = {GT_NORMAL(2, 14, 13, 40), GT_NORMAL(3, 3, 40, 1)}, CONVOLUTION(2, 14, 13, 40, 3, 1)}},
    {"depthwise_conv2d",
     {.name = "packs, repeated",
      .inputs = {GT_NORMAL(2, 9, 8, 20), GT_NORMAL(3, 3, 20, 2)},
      CONVOLUTION(2, 9, 8, 20, 3, 2)}},
    {"depthwise_conv2d_input_grad",
     {.name = "packs", .inputs = {GT_NORMAL(2, 12, 11, 40), GT_NORMAL(3, 3, 40, 1)}, CONVOLUTION(2, 14, 13, 40, 3, 1)}},
    {"depthwise_conv2d_input_grad",
     {.name = "packs, repeated",
      .inputs = {GT_NORMAL(2, 7, 6, 40), GT_NORMAL(3, 3, 20, 2)},
      CONVOLUTION(2, 9, 8, 20, 3, 2)}},
    {"depthwise_conv2d_filter_grad",
     {.name = "chunks",
      .inputs = {GT_NORMAL(4, 12, 11, 24), GT_NORMAL(4, 14, 13, 12)},
      CONVOLUTION(4, 14, 13, 12, 3, 2)}},
    {"layer_norm",
     {.name = "long rows",
      .inputs = {GT_NORMAL(3, 1500), GT_NORMAL(1500), GT_NORMAL(1500)},
      WITH(gt_epsilon_attributes, 1e-3)}},
    {"layer_norm_input_grad",
     {.name = "long rows",
      .inputs = {GT_NORMAL(3, 1500), GT_NORMAL(3, 1500), GT_NORMAL(1500)},
      WITH(gt_epsilon_attributes, 1e-3)}},
    {"layer_norm_gamma_grad",
     {.name = "many rows", .inputs = {GT_NORMAL(700, 33), GT_NORMAL(700, 33)}, WITH(gt_epsilon_attributes, 1e-3)}},
    {"batch_norm",
     {.name = "chunks",
      .inputs = {GT_NORMAL(1000, 35), GT_NORMAL(35), GT_NORMAL(35)},
      WITH(gt_epsilon_attributes, 1e-3)}},
};

const int larger_sample_count = sizeof larger_samples / sizeof larger_samples[0];
