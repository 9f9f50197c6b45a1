/* A model's architecture as JSON. */
#ifndef GT_ARCHITECTURE_H
#define GT_ARCHITECTURE_H

#include "models/archive.h"
#include "models/model_internal.h"

/* Keys of the texts that stand beside the weights. */
#define GT_FORMAT_KEY   "gradtape.format"
#define GT_FORMAT       "1"
#define GT_MODEL_KEY    "gradtape.model"
#define GT_TRAINING_KEY "gradtape.training"

#ifdef GT_HAVE_JANSSON

#include <jansson.h>

/* Adds a JSON object as text, which it takes over; NULL is one that memory did not suffice for. */
gt_status gt_archive_set_json(gt_archive *archive, const char *key, json_t *object);
/* The object under a key, to be released by json_decref; NULL with the message set. */
json_t *gt_archive_json(const char *who, const gt_archive *archive, const char *key);

/* To be released by json_decref; NULL with the message set. */
json_t *gt_architecture_to_json(const gt_model *model);
/* Adds architecture, and all weights under their names. */
gt_status gt_model_to_archive(const gt_model *model, gt_archive *archive);
/* Builds the model with the archive's weights; other tensors in it are not looked at. */
gt_model *gt_model_from_archive(const char *who, gt_archive *archive);

#endif
#endif
