/* JSON, by jansson. */
#ifndef GT_JSON_H
#define GT_JSON_H

#include <stdbool.h>

#include "core/error.h"

#ifdef GT_HAVE_JANSSON

#include <jansson.h>

/* Well-formed by RFC 3629: what jansson takes as a text. */
bool gt_is_utf8(const char *text);

/* The text of an object, a block of its own (gt_release); NULL where memory ran out. */
char *gt_json_text(const json_t *object);

/* An object, to be released by json_decref; NULL with the message set: GT_ERR_FORMAT, beginning with `what`, or
 * GT_ERR_MEMORY. A name that occurs twice is refused. */
json_t *gt_json_parse(const char *what, const char *text, size_t length);

/* Adds a member, which it takes over. GT_ERR_MEMORY where that fails, or `value` is NULL because memory ran out. */
gt_status gt_json_set(json_t *object, const char *name, json_t *value);

#endif
#endif
