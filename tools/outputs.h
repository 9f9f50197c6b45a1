/* What a command is told to write, looked at before it begins: after hours of training is too late.
 *
 *     output_list o = {.count = 0};
 *     outputs_keep(&o, "the log", log);
 *     outputs_file(&o, "--output", picture);
 *     gt_status status = outputs_check(&o);
 */
#ifndef TOOLS_OUTPUTS_H
#define TOOLS_OUTPUTS_H

#include "models/gradtape.h"

typedef struct outputs_entry {
    const char *what;
    char *path;
    bool kept;
} outputs_entry;

enum { OUTPUTS_MOST = 24 };

typedef struct output_list {
    int count;
    outputs_entry entry[OUTPUTS_MOST];
    gt_status status; /* of the first failure */
} output_list;

/* A path that is NULL is no file, here and below. `what` stands for the file in messages, and must stay until
 * outputs_check.
 *
 * A file that is read, and that nothing may be written over. */
void outputs_keep(output_list *o, const char *what, const char *path);
/* A file that is written whole: it can be made, or replaced. */
void outputs_file(output_list *o, const char *what, const char *path);
/* One that grows while it is written, which may be a terminal or /dev/null too. */
void outputs_stream(output_list *o, const char *what, const char *path);
/* "out-curves.png" and so on, for the file "out.png" and each of the parts, up to NULL (plot_name). */
void outputs_pictures(output_list *o, const char *what, const char *file, const char *const *parts);

/* GT_ERR_ARGUMENT for a picture's ending, and where two of them are one file (by what they lead to, not by name);
 * GT_ERR_IO for a file that cannot be written. The outputs are empty afterwards. */
gt_status outputs_check(output_list *o);

#endif
