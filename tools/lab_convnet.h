/* Parts of `gradtape lab convnet`, each printing some of its documents' steps. */
#ifndef TOOLS_LAB_CONVNET_H
#define TOOLS_LAB_CONVNET_H

#include "tools/training_options.h"

/* Padding, convolution and pooling, and their backward passes, on arrays of np.random.seed(1). Pictures go to files
 * named after `plot`, or nowhere for NULL. */
gt_status convnet_forward(const char *plot);
gt_status convnet_backward(void);

/* Images to classify: x float32 (n, height, width, channels), 0 to 1; y int32 (n), below `classes`. */
typedef struct convnet_data {
    gt_tensor *train_x, *train_y, *test_x, *test_y;
    int64_t classes;
    bool signs; /* as many and as large as the document's, whose numbers can be compared then */
} convnet_data;

/* The SIGNS files, or others of their form: HDF5, or what else gt_archive_read knows, with train_set_x uint8 (n,
 * height, width, 3) and train_set_y int32 (n), 0 to 5, and test_set_x and test_set_y. All NULL after a failure. */
gt_status convnet_data_read_signs(const char *train, const char *test, convnet_data *data);
gt_status convnet_data_read_digits(convnet_data *data);
void convnet_data_free(convnet_data *data);

typedef struct convnet_settings {
    int64_t epochs, seed;
    const char *plot;
    training_options training;
} convnet_settings;

/* Builds, trains and tests the document's network. */
gt_status convnet_train(const convnet_settings *settings, const convnet_data *data, int *interrupted);

#endif
