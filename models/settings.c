#include "models/settings.h"

#ifdef GT_HAVE_JANSSON

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/json.h"

static gt_status bad_value(const char *who, const char *name, const char *expected)
{
    return gt_fail(GT_ERR_FORMAT, "%s: '%.100s' is no %s", who, name, expected);
}

/* ---- numbers ---------------------------------------------------------------------------------------------------- */

json_t *gt_json_counter(uint64_t value)
{
    return json_sprintf("%" PRIu64, value);
}

gt_status gt_json_read_counter(const char *who, const json_t *object, const char *name, uint64_t *value)
{
    const char *text = json_string_value(json_object_get(object, name));
    char *end = NULL;
    errno = 0;
    const unsigned long long number = text && text[0] >= '0' && text[0] <= '9' ? strtoull(text, &end, 10) : 0;
    if (!end || *end || errno)
        return bad_value(who, name, "whole number as a text");
    *value = number;
    return GT_OK;
}

/* JSON has no name for these; jansson writes the others with 17 digits, enough for every bit. */
static const struct {
    const char *name;
    double value;
} special[] = {{"nan", (double)NAN}, {"inf", HUGE_VAL}, {"-inf", -HUGE_VAL}};
enum { SPECIAL = sizeof special / sizeof special[0] };

json_t *gt_json_real(double value)
{
    if (isfinite(value))
        return json_real(value);
    return json_string(special[isnan(value) ? 0 : value > 0 ? 1 : 2].name);
}

gt_status gt_json_read_number(const char *who, const char *name, const json_t *json, double *value)
{
    const char *text = json_string_value(json);
    *value = json_number_value(json);
    if (json_is_number(json))
        return GT_OK;
    for (int i = 0; text && i < SPECIAL; i++)
        if (strcmp(special[i].name, text) == 0) {
            *value = special[i].value;
            return GT_OK;
        }
    return bad_value(who, name, "number");
}

gt_status gt_json_read_real(const char *who, const json_t *object, const char *name, double *value)
{
    return gt_json_read_number(who, name, json_object_get(object, name), value);
}

static gt_status read_int(const char *who, const char *name, const json_t *json, int64_t low, int64_t high,
                          int64_t *value)
{
    const json_int_t number = json_integer_value(json);
    if (!json_is_integer(json) || number < low || number > high)
        return gt_fail(GT_ERR_FORMAT, "%s: '%.100s' is no whole number from %" PRId64 " to %" PRId64, who, name, low,
                       high);
    *value = number;
    return GT_OK;
}

gt_status gt_json_read_int(const char *who, const json_t *object, const char *name, int64_t low, int64_t high,
                           int64_t *value)
{
    return read_int(who, name, json_object_get(object, name), low, high, value);
}

/* ---- shapes ----------------------------------------------------------------------------------------------------- */

/* NULL where memory ran out. */
static json_t *shape_to_json(const gt_shape *shape)
{
    json_t *axes = json_array();
    for (int64_t i = 0; axes && i < shape->rank; i++)
        if (json_array_append_new(axes, json_integer(shape->dim[i])) != 0) {
            json_decref(axes);
            return NULL;
        }
    return axes;
}

static gt_status shape_from_json(const char *who, const char *name, const json_t *axes, gt_shape *shape)
{
    if (!json_is_array(axes) || json_array_size(axes) > GT_MAX_RANK)
        return bad_value(who, name, "shape");
    *shape = (gt_shape){.rank = (int64_t)json_array_size(axes)};
    gt_status status = GT_OK;
    for (int64_t i = 0; status == GT_OK && i < shape->rank; i++)
        status = read_int(who, name, json_array_get(axes, (size_t)i), 0, INT64_MAX, &shape->dim[i]);
    return status;
}

/* ---- settings --------------------------------------------------------------------------------------------------- */

static json_t *to_json(const gt_setting *setting, const void *at, int i)
{
    switch (setting->type) {
    case GT_SETTING_INT:
        return json_integer(((const int64_t *)at)[i]);
    case GT_SETTING_REAL:
        return gt_json_real(((const double *)at)[i]);
    case GT_SETTING_FLAG:
        return json_boolean(((const bool *)at)[i]);
    case GT_SETTING_CHOICE:
        return json_string(setting->choice(((const int *)at)[i]));
    case GT_SETTING_SHAPE:
        return shape_to_json(&((const gt_shape *)at)[i]);
    }
    return NULL;
}

static gt_status read_choice(const char *who, const gt_setting *setting, const json_t *json, int *value)
{
    const char *text = json_string_value(json), *name;
    for (int i = 0; text && (name = setting->choice(i)); i++)
        if (strcmp(name, text) == 0) {
            *value = i;
            return GT_OK;
        }
    return gt_fail(GT_ERR_FORMAT, "%s: there is no %s '%.60s'", who, setting->name, text ? text : "(no text)");
}

static gt_status from_json(const char *who, const gt_setting *setting, const json_t *json, void *at, int i)
{
    switch (setting->type) {
    case GT_SETTING_INT:
        return read_int(who, setting->name, json, INT64_MIN, INT64_MAX, &((int64_t *)at)[i]);
    case GT_SETTING_REAL:
        return gt_json_read_number(who, setting->name, json, &((double *)at)[i]);
    case GT_SETTING_FLAG:
        if (!json_is_boolean(json))
            return bad_value(who, setting->name, "truth value");
        ((bool *)at)[i] = json_is_true(json);
        return GT_OK;
    case GT_SETTING_CHOICE:
        return read_choice(who, setting, json, &((int *)at)[i]);
    case GT_SETTING_SHAPE:
        return shape_from_json(who, setting->name, json, &((gt_shape *)at)[i]);
    }
    return GT_OK;
}

/* Several numbers in a row stand in a list. */
gt_status gt_settings_write(const gt_setting *settings, const void *state, json_t *object)
{
    gt_status status = GT_OK;
    for (const gt_setting *setting = settings; status == GT_OK && setting && setting->name; setting++) {
        const void *at = (const char *)state + setting->offset;
        json_t *value = setting->count == 1 ? to_json(setting, at, 0) : json_array();
        status = gt_json_set(object, setting->name, value);
        for (int i = 0; status == GT_OK && setting->count > 1 && i < setting->count; i++)
            if (json_array_append_new(value, to_json(setting, at, i)) != 0)
                status = gt_fail(GT_ERR_MEMORY, "out of memory for the setting '%s'", setting->name);
    }
    return status;
}

gt_status gt_settings_read(const char *who, const gt_setting *settings, const json_t *object, void *state)
{
    gt_status status = GT_OK;
    for (const gt_setting *setting = settings; status == GT_OK && setting && setting->name; setting++) {
        const json_t *value = json_object_get(object, setting->name);
        void *at = (char *)state + setting->offset;
        if (!value)
            continue;
        if (setting->count == 1) {
            status = from_json(who, setting, value, at, 0);
            continue;
        }
        if (json_array_size(value) != (size_t)setting->count)
            return gt_fail(GT_ERR_FORMAT, "%s: '%.100s' is no list of %d", who, setting->name, setting->count);
        for (int i = 0; status == GT_OK && i < setting->count; i++)
            status = from_json(who, setting, json_array_get(value, (size_t)i), at, i);
    }
    return status;
}

#endif
