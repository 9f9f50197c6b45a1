/* The logs of trainings, as gt_csv_log and Keras' CSVLogger write them: a line of names, then a line of numbers for
 * each epoch, separated by commas. */
#ifndef TOOLS_TRAINING_LOG_H
#define TOOLS_TRAINING_LOG_H

#include "models/gradtape.h"

enum { TRAINING_LOG_COLUMNS = 100 }; /* at most */

typedef struct training_log {
    char *text; /* what the names point into */
    int columns, rows;
    char **name;    /* columns of them: the epoch's first */
    double *values; /* (columns, rows); NaN where a line says nothing, or "NA" */
} training_log;

/* GT_ERR_FORMAT with the number of the line for what is no such log. After a failure there is nothing to free. */
gt_status training_log_read(const char *path, training_log *log);
void training_log_free(training_log *log);

#endif
