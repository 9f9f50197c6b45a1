/* Weights in files of their own: saved under their names, and loaded as far as names and shapes fit. */
#include <stdio.h>

#include "core/memory.h"
#include "models/architecture.h"
#include "models/saving.h"
#include "models/weights_file.h"

gt_status gt_model_check_saved(const char *who, const gt_model *model, const char *path)
{
    if (!model || !path)
        return gt_fail(GT_ERR_ARGUMENT, "%s: the %s is NULL", who, model ? "path" : "model");
    if (model->failure != GT_OK)
        return gt_fail(model->failure, "%s", model->message);
    if (!model->built || model->layers == 0)
        return gt_fail(GT_ERR_STATE, "%s: the model '%s' is not built: it has no weights yet", who, model->name);
    return GT_OK;
}

bool gt_is_training_state(const gt_archive *archive, const char *name)
{
    return gt_archive_text(archive, GT_TRAINING_KEY) && (strncmp(name, "optimizer/", strlen("optimizer/")) == 0 ||
                                                         strncmp(name, "callback/", strlen("callback/")) == 0);
}

gt_status gt_weights_to_archive(const gt_model *model, gt_archive *archive)
{
    gt_status status = GT_OK;
    gt_tensor *weight;
    for (int i = 0; status == GT_OK && (weight = gt_model_weight(model, i)); i++)
        status = gt_archive_add(archive, gt_tensor_name(weight), weight);
    return status;
}

gt_status gt_weights_save(const gt_model *model, const char *path)
{
    gt_status status = gt_model_check_saved("gt_weights_save", model, path);
    gt_archive *archive = status == GT_OK ? gt_archive_new() : NULL;
    if (!archive)
        return status == GT_OK ? GT_ERR_MEMORY : status;
    status = gt_weights_to_archive(model, archive);
    if (status == GT_OK)
        status = gt_archive_write(archive, path);
    gt_archive_free(archive);
    return status;
}

/* ---- the report ------------------------------------------------------------------------------------------------- */

/* What does not fit, told as it is found: to the user's writer, and the first few for the message. */
typedef struct findings {
    const gt_weights_options *options;
    gt_weights_report report;
    char text[256];
    int told;
} findings;

#define MOST_TOLD 3

static void tell(findings *f, const char *kind, const char *name, const char *detail)
{
    if (f->options->writer)
        gt_write(f->options->writer, f->options->writer_context, "%s: %s%s\n", kind, name, detail);
    const size_t used = (size_t)snprintf(NULL, 0, "%s", f->text);
    if (f->told++ < MOST_TOLD)
        snprintf(f->text + used, sizeof f->text - used, "%s%s '%.60s'%.60s", used ? "; " : "", kind, name, detail);
    else if (f->told == MOST_TOLD + 1)
        snprintf(f->text + used, sizeof f->text - used, "; ...");
}

/* ---- what goes where -------------------------------------------------------------------------------------------- */

/* By their own names. */
static gt_status find_own(const gt_model *model, const gt_archive *archive, gt_weight_source *sources)
{
    gt_tensor *weight;
    for (int i = 0; (weight = gt_model_weight(model, i)); i++) {
        const gt_shape shape = gt_tensor_shape(weight);
        for (int j = 0; j < gt_archive_count(archive); j++)
            if (strcmp(gt_archive_name(archive, j), gt_tensor_name(weight)) == 0)
                sources[i].index = j;
        sources[i].stored = shape;
    }
    return GT_OK;
}

static void check_source(const gt_archive *archive, const gt_tensor *weight, gt_weight_source *source, findings *f)
{
    const char *name = gt_tensor_name(weight);
    char detail[160];
    if (source->index < 0) {
        const gt_shape shape = gt_tensor_shape(weight);
        f->report.missing++;
        snprintf(detail, sizeof detail, " %.80s", gt_shape_text(&shape).text);
        tell(f, "missing", name, detail);
        return;
    }
    const gt_tensor *there = gt_archive_at(archive, source->index);
    const gt_shape shape = gt_tensor_shape(there);
    if (gt_shape_equal(&shape, &source->stored) && gt_dtype_is_real(gt_tensor_dtype(there))) {
        f->report.loaded++;
        return;
    }
    f->report.misshapen++;
    snprintf(detail, sizeof detail, ": %s %.60s, %.60s is expected", gt_dtype_name(gt_tensor_dtype(there)),
             gt_shape_text(&shape).text, gt_shape_text(&source->stored).text);
    tell(f, "misshapen", gt_archive_name(archive, source->index), detail);
    source->index = -1;
}

static bool is_ignored(const findings *f, const gt_archive *archive, const char *name)
{
    return gt_is_training_state(archive, name) || (f->options->form == GT_WEIGHTS_TORCH && gt_torch_ignores(name)) ||
           (f->options->form == GT_WEIGHTS_KERAS && gt_keras_ignores(name));
}

/* Fills the report; a source that does not fit loses its index. */
static gt_status check_all(const gt_model *model, const gt_archive *archive, int count, gt_weight_source *sources,
                           findings *f)
{
    bool *used = gt_allocate((size_t)gt_archive_count(archive) + 1);
    if (!used)
        return GT_ERR_MEMORY;
    for (int i = 0; i < count; i++) {
        if (sources[i].index >= 0)
            used[sources[i].index] = true;
        check_source(archive, gt_model_weight(model, i), &sources[i], f);
    }
    for (int j = 0; j < gt_archive_count(archive); j++)
        if (!used[j] && !is_ignored(f, archive, gt_archive_name(archive, j))) {
            f->report.unexpected++;
            tell(f, "unexpected", gt_archive_name(archive, j), "");
        }
    gt_release(used);
    return GT_OK;
}

/* ---- loading ---------------------------------------------------------------------------------------------------- */

/* All copies are made before the first weight is written. */
static gt_status turn_all(const gt_model *model, const gt_archive *archive, int count, gt_weight_source *sources)
{
    for (int i = 0; i < count; i++)
        if (sources[i].index >= 0 && sources[i].turned) {
            const gt_shape ours = gt_tensor_shape(gt_model_weight(model, i));
            sources[i].copy = gt_torch_turn(gt_archive_at(archive, sources[i].index), &sources[i], ours);
            if (!sources[i].copy)
                return GT_ERR_MEMORY;
        }
    return GT_OK;
}

static gt_status assign_all(const gt_model *model, const gt_archive *archive, int count,
                            const gt_weight_source *sources)
{
    gt_status status = GT_OK;
    for (int i = 0; status == GT_OK && i < count; i++)
        if (sources[i].index >= 0)
            status = gt_tensor_assign(gt_model_weight(model, i),
                                      sources[i].copy ? sources[i].copy : gt_archive_at(archive, sources[i].index));
    return status;
}

static gt_status load(gt_model *model, const gt_archive *archive, int count, gt_weight_source *sources, findings *f)
{
    static gt_status (*const find[])(const gt_model *, const gt_archive *, gt_weight_source *) = {
        [GT_WEIGHTS_OWN] = find_own, [GT_WEIGHTS_TORCH] = gt_torch_find, [GT_WEIGHTS_KERAS] = gt_keras_find};
    gt_status status = find[f->options->form](model, archive, sources);
    if (status == GT_OK)
        status = check_all(model, archive, count, sources, f);
    if (status != GT_OK)
        return status;
    const gt_weights_report *r = &f->report;
    if (!f->options->partial && r->missing + r->unexpected + r->misshapen > 0)
        return gt_fail(GT_ERR_FORMAT, "the weights do not fit '%.60s' (%d missing, %d unexpected, %d misshapen): %s",
                       model->name, r->missing, r->unexpected, r->misshapen, f->text);
    status = turn_all(model, archive, count, sources);
    return status == GT_OK ? assign_all(model, archive, count, sources) : status;
}

gt_status gt_weights_load_from(gt_model *model, const gt_archive *archive, const gt_weights_options *options,
                               gt_weights_report *report)
{
    const gt_weights_options defaults = {.form = GT_WEIGHTS_OWN};
    findings f = {.options = options ? options : &defaults};
    if (report)
        *report = f.report;
    gt_status status = gt_model_check_saved("gt_weights_load", model, archive ? "" : NULL);
    if (status != GT_OK)
        return archive ? status : gt_fail(GT_ERR_ARGUMENT, "gt_weights_load: the model or the archive is NULL");
    if ((int)f.options->form < GT_WEIGHTS_OWN || (int)f.options->form > GT_WEIGHTS_KERAS)
        return gt_fail(GT_ERR_ARGUMENT, "gt_weights_load: there is no form %d", (int)f.options->form);
    const int count = gt_model_weights(model, 0, NULL);
    gt_weight_source *sources = gt_allocate((size_t)(count + 1) * sizeof *sources);
    if (!sources)
        return GT_ERR_MEMORY;
    for (int i = 0; i < count; i++)
        sources[i].index = -1;
    status = load(model, archive, count, sources, &f);
    for (int i = 0; i < count; i++)
        gt_tensor_free(sources[i].copy);
    gt_release(sources);
    if (report)
        *report = f.report;
    return status;
}

gt_status gt_weights_load(gt_model *model, const char *path, const gt_weights_options *options,
                          gt_weights_report *report)
{
    if (report)
        *report = (gt_weights_report){0};
    gt_status status = gt_model_check_saved("gt_weights_load", model, path);
    if (status != GT_OK)
        return status;
    gt_archive *archive = gt_archive_read(path);
    if (!archive)
        return gt_last_status();
    status = gt_weights_load_from(model, archive, options, report);
    gt_archive_free(archive);
    if (status == GT_OK || status == GT_ERR_MEMORY)
        return status;
    char message[448];
    snprintf(message, sizeof message, "%s", gt_last_error());
    return gt_fail(status, "%s: %s", path, message);
}
