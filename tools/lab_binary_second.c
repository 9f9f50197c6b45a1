/* The second form of `gradtape lab binary-digits`: a training loop over the tape, files of the model and of its
 * weights, and iterating a data set. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tools/lab_binary.h"
#include "tools/lab_part.h"

enum { BATCH = 10, SAVED_EPOCH = 11, REPORTED = 100, WEIGHTS = 2 * DIGIT_LAYERS };
static const double learning_rate = 0.01;

/* ---- files ------------------------------------------------------------------------------------------------------ */

/* In a folder of the system's for such files; removed in the end. */
typedef struct files {
    char folder[256], model[288], weights[288];
} files;

static gt_status files_make(files *f)
{
    const char *temporary = getenv("TMPDIR");
    snprintf(f->folder, sizeof f->folder, "%s/gradtape-lab-XXXXXX", temporary && *temporary ? temporary : "/tmp");
    if (!mkdtemp(f->folder)) {
        f->folder[0] = '\0';
        return gt_fail(GT_ERR_IO, "no folder for the model's files can be made in %s",
                       temporary && *temporary ? temporary : "/tmp");
    }
    snprintf(f->model, sizeof f->model, "%s/model.safetensors", f->folder);
    snprintf(f->weights, sizeof f->weights, "%s/weights.safetensors", f->folder);
    return GT_OK;
}

static void files_remove(const files *f)
{
    if (!f->folder[0])
        return;
    unlink(f->model);
    unlink(f->weights);
    rmdir(f->folder);
}

/* A build without jansson goes on without files. */
static gt_status save(const gt_model *model, const files *f, int epoch)
{
    gt_status status = gt_model_save(model, f->model);
    if (status == GT_OK)
        status = gt_weights_save(model, f->weights);
    if (status == GT_OK)
        printf("epoch %d: the whole model saved, and its weights alone\n", epoch);
    return status == GT_ERR_UNSUPPORTED ? GT_OK : status;
}

/* ---- training --------------------------------------------------------------------------------------------------- */

/* One step: the forward pass under the tape, gradients, Adam. */
static gt_status step(gt_tape *tape, gt_model *model, gt_tensor *x, gt_tensor *y, double *result)
{
    gt_tensor *weights[WEIGHTS], *gradients[WEIGHTS];
    gt_model_trainable_weights(model, WEIGHTS, weights);
    gt_tape_begin(tape);
    gt_tensor *loss = gt_binary_crossentropy(tape, gt_model_call(model, tape, x, true), y);
    gt_tape_end(tape);
    gt_status status = gt_tape_gradient(tape, loss, WEIGHTS, weights, gradients);
    if (status == GT_OK)
        status = gt_optimizer_apply(gt_model_optimizer(model), WEIGHTS, weights, gradients);
    *result = gt_tensor_item(loss);
    gt_status settled = lab_settle(tape);
    return status == GT_OK ? settled : status;
}

/* The rows in their order; the last batch may be short. */
static gt_status train_epoch(gt_tape *tape, gt_model *model, const gt_tensor *x, const gt_tensor *y, int epoch)
{
    const int64_t rows = gt_tensor_dim(x, 0);
    gt_status status = GT_OK;
    for (int64_t first = 0; first < rows && status == GT_OK; first += BATCH) {
        const int64_t count = rows - first < BATCH ? rows - first : BATCH, number = first / BATCH + 1;
        gt_tensor *batch_x = gt_tensor_rows(x, first, count), *batch_y = gt_tensor_rows(y, first, count);
        double loss = 0;
        status = batch_x && batch_y ? step(tape, model, batch_x, batch_y, &loss) : gt_last_status();
        if (status == GT_OK && number % REPORTED == 0)
            printf("epoch %d, step %lld: loss %.6f\n", epoch, (long long)number, loss);
        gt_tensor_free(batch_x);
        gt_tensor_free(batch_y);
    }
    return status;
}

static gt_status train(gt_tape *tape, gt_model *model, const lab_digits *digits, const digit_options *o, const files *f)
{
    const int epochs = (int)o->epochs, saved = epochs < SAVED_EPOCH ? epochs : SAVED_EPOCH;
    lab_step("Second form: Adam(%g), batches of %d in order, the loss every %d steps", learning_rate, BATCH, REPORTED);
    gt_tensor *y = binary_targets(digits);
    gt_status status = y ? GT_OK : gt_last_status();
    for (int epoch = 1; epoch <= epochs && status == GT_OK; epoch++) {
        status = train_epoch(tape, model, digits->x, y, epoch);
        if (status == GT_OK && epoch == saved)
            status = save(model, f, epoch);
    }
    gt_tensor_free(y);
    return status == GT_OK ? binary_show_two(model, digits) : status;
}

/* ---- loading ---------------------------------------------------------------------------------------------------- */

static gt_status load_model(const files *f, const lab_digits *digits)
{
    gt_model *model = gt_model_load(f->model);
    if (!model)
        return gt_last_status();
    printf("the whole model, loaded:\n");
    gt_status status = binary_show_two(model, digits);
    gt_model_free(model);
    return status;
}

static gt_status load_weights(const files *f, const lab_digits *digits)
{
    gt_model *model = binary_model(learning_rate, 0);
    gt_status status = model ? gt_weights_load(model, f->weights, NULL, NULL) : gt_last_status();
    if (status == GT_OK) {
        printf("a new model with the weights, loaded:\n");
        status = binary_show_two(model, digits);
    }
    gt_model_free(model);
    return status;
}

static gt_status load(const files *f, const lab_digits *digits)
{
    lab_step("Loaded again, as they were when they were saved");
    if (access(f->model, R_OK) != 0) {
        lab_note("nothing was saved: this build has no jansson");
        return GT_OK;
    }
    gt_status status = load_model(f, digits);
    return status == GT_OK ? load_weights(f, digits) : status;
}

/* ---- a data set ------------------------------------------------------------------------------------------------- */

static gt_status iterate(void)
{
    enum { ROWS = 3, COLUMNS = 4 };
    float values[ROWS * COLUMNS];
    for (int i = 0; i < ROWS * COLUMNS; i++)
        values[i] = (float)i;
    lab_step("Iterating a data set of %d rows of %d numbers", ROWS, COLUMNS);
    gt_tensor *data = gt_tensor_from(GT_FLOAT32, GT_SHAPE(ROWS, COLUMNS), values);
    gt_status status = data ? GT_OK : gt_last_status();
    for (int64_t i = 0; i < gt_tensor_dim(data, 0) && status == GT_OK; i++) {
        gt_tensor *row = gt_tensor_rows(data, i, 1);
        status = row ? gt_tensor_print(row, gt_write_file, stdout) : gt_last_status();
        gt_tensor_free(row);
    }
    gt_tensor_free(data);
    return status;
}

gt_status binary_second_form(gt_tape *tape, const lab_digits *digits, const digit_options *o)
{
    files f;
    gt_model *model = binary_model(learning_rate, (uint64_t)o->seed);
    gt_status status = model ? files_make(&f) : gt_last_status();
    if (status == GT_OK) {
        status = train(tape, model, digits, o, &f);
        if (status == GT_OK)
            status = load(&f, digits);
        files_remove(&f);
    }
    gt_model_free(model);
    return status == GT_OK ? iterate() : status;
}
