/* Structs as JSON objects, through tables of their members. */
#ifndef GT_SETTINGS_H
#define GT_SETTINGS_H

#include "models/layer.h"

#ifdef GT_HAVE_JANSSON

#include <jansson.h>

/* Adds each setting to the object; GT_ERR_MEMORY. */
gt_status gt_settings_write(const gt_setting *settings, const void *state, json_t *object);
/* Sets each setting from the object; what the object has not stays as it is. GT_ERR_FORMAT, with `who` and the
 * setting's name, for a value of another type. */
gt_status gt_settings_read(const char *who, const gt_setting *settings, const json_t *object, void *state);

/* An unsigned 64-bit number, which JSON cannot be trusted with, as a text. */
json_t *gt_json_counter(uint64_t value);
gt_status gt_json_read_counter(const char *who, const json_t *object, const char *name, uint64_t *value);
/* A double, exactly: infinities and NaN too, which JSON has not. */
json_t *gt_json_real(double value);
gt_status gt_json_read_real(const char *who, const json_t *object, const char *name, double *value);
/* The value itself instead of an object that has it; `name` is for the message. */
gt_status gt_json_read_number(const char *who, const char *name, const json_t *json, double *value);
gt_status gt_json_read_int(const char *who, const json_t *object, const char *name, int64_t low, int64_t high,
                           int64_t *value);

#endif
#endif
