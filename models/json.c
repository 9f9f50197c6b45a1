#include "models/json.h"

#ifdef GT_HAVE_JANSSON

#include <errno.h>

#include "core/memory.h"

bool gt_is_utf8(const char *text)
{
    /* No longer forms than needed, no surrogates. */
    for (const unsigned char *at = (const unsigned char *)text; *at;) {
        const int more = *at < 0x80 ? 0 : *at < 0xc2 ? -1 : *at < 0xe0 ? 1 : *at < 0xf0 ? 2 : *at < 0xf5 ? 3 : -1;
        if (more < 0 || (at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] > 0x9f) ||
            (at[0] == 0xf0 && at[1] < 0x90) || (at[0] == 0xf4 && at[1] > 0x8f))
            return false;
        for (int i = 1; i <= more; i++)
            if ((at[i] & 0xc0) != 0x80)
                return false;
        at += more + 1;
    }
    return true;
}

/* Into a block that it lets grow, jansson 2.14 leaves out a name that finds no room, and goes on. */
char *gt_json_text(const json_t *object)
{
    const size_t length = json_dumpb(object, NULL, 0, JSON_COMPACT);
    char *text = length ? gt_allocate(length + 1) : NULL;
    if (text && json_dumpb(object, text, length, JSON_COMPACT) == length)
        return text;
    gt_release(text);
    return NULL;
}

/* Out of memory, jansson 2.14 may call the text wrong, or leave a part out without a word; malloc leaves one in errno.
 */
json_t *gt_json_parse(const char *what, const char *text, size_t length)
{
    json_error_t error;
    errno = 0;
    json_t *object = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);
    const bool memory_ran_out = errno == ENOMEM;
    if (json_is_object(object) && !memory_ran_out)
        return object;
    if (memory_ran_out || (!object && !error.text[0]))
        gt_fail(GT_ERR_MEMORY, "%s: out of memory for its JSON", what);
    else if (object)
        gt_fail(GT_ERR_FORMAT, "%s is no JSON object", what);
    else
        gt_fail(GT_ERR_FORMAT, "%s is no JSON: %.100s at byte %d", what, error.text, error.position);
    json_decref(object);
    return NULL;
}

gt_status gt_json_set(json_t *object, const char *name, json_t *value)
{
    return json_object_set_new(object, name, value) == 0 ? GT_OK
                                                         : gt_fail(GT_ERR_MEMORY, "out of memory for '%s'", name);
}

#endif
