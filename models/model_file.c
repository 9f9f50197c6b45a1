/* Models in files: architecture and weights. */
#include "models/architecture.h"
#include "models/saving.h"

#ifdef GT_HAVE_JANSSON

gt_status gt_model_save(const gt_model *model, const char *path)
{
    gt_status status = gt_model_check_saved("gt_model_save", model, path);
    gt_archive *archive = status == GT_OK ? gt_archive_new() : NULL;
    if (!archive)
        return status == GT_OK ? GT_ERR_MEMORY : status;
    status = gt_model_to_archive(model, archive);
    if (status == GT_OK)
        status = gt_archive_write(archive, path);
    gt_archive_free(archive);
    return status;
}

/* Whether all of the archive's tensors are weights of the model. */
static bool is_all(const char *name, const gt_archive *archive, const gt_model *model)
{
    if (gt_archive_count(archive) == gt_model_weights(model, 0, NULL))
        return true;
    for (int i = 0; i < gt_archive_count(archive); i++) {
        const char *tensor = gt_archive_name(archive, i);
        if (gt_model_weight_named(model, tensor) || gt_is_training_state(archive, tensor))
            continue;
        gt_fail(GT_ERR_FORMAT, "%s: '%.100s' is no weight of the model", name, tensor);
        return false;
    }
    return true;
}

static gt_model *model_of(const char *name, gt_archive *archive)
{
    gt_model *model = archive ? gt_model_from_archive(name, archive) : NULL;
    if (model && !is_all(name, archive, model)) {
        gt_model_free(model);
        model = NULL;
    }
    gt_archive_free(archive);
    return model;
}

gt_model *gt_model_parse(const char *name, const void *bytes, size_t length)
{
    gt_archive *archive = gt_archive_parse(name, bytes, length);
    return model_of(name, archive);
}

gt_model *gt_model_load(const char *path)
{
    return model_of(path, gt_archive_read(path));
}

#else

gt_status gt_model_save(const gt_model *model, const char *path)
{
    gt_status status = gt_model_check_saved("gt_model_save", model, path);
    return status == GT_OK ? gt_fail(GT_ERR_UNSUPPORTED, "%s: this build has no jansson", path) : status;
}

gt_model *gt_model_parse(const char *name, const void *bytes, size_t length)
{
    (void)bytes, (void)length;
    gt_fail(GT_ERR_UNSUPPORTED, "%s: this build has no jansson", name ? name : "gt_model_parse");
    return NULL;
}

gt_model *gt_model_load(const char *path)
{
    return gt_model_parse(path, NULL, 0);
}

#endif
