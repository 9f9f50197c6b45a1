/* Every class of layers in the library but the input's. A new one stands here and in the list of layer_classes.c. */
#ifndef GT_LAYER_CLASSES_H
#define GT_LAYER_CLASSES_H

#include "models/layer.h"

extern const gt_layer_class gt_activation_class, gt_avg_pool2d_class, gt_batch_norm_class, gt_conv2d_class,
    gt_conv2d_transpose_class, gt_dense_class, gt_depthwise_conv2d_class, gt_embedding_class, gt_dropout_class,
    gt_elu_class, gt_flatten_class, gt_global_avg_pool2d_class, gt_global_max_pool2d_class, gt_layer_norm_class,
    gt_leaky_relu_class, gt_max_pool2d_class;

#endif
