#include "tools/training_log.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/files.h"

/* The next field of a line, ended where a comma or the line's end was; *at moves behind it, to NULL after the last. */
static char *next_field(char **at)
{
    char *field = *at, *comma = strchr(field, ',');
    if (comma)
        *comma = '\0';
    *at = comma ? comma + 1 : NULL;
    return field;
}

/* The next line, without its end; *at moves behind it, to NULL after the last. */
static char *next_line(char **at)
{
    char *line = *at, *end = strchr(line, '\n');
    const size_t length = end ? (size_t)(end - line) : strlen(line);
    *at = end && end[1] ? end + 1 : NULL;
    line[length] = '\0';
    if (length > 0 && line[length - 1] == '\r')
        line[length - 1] = '\0';
    return line;
}

static int count_of(const char *text, char wanted)
{
    int count = 0;
    for (const char *at = text; (at = strchr(at, wanted)) != NULL; at++)
        if (count < INT32_MAX)
            count++;
    return count;
}

static gt_status check_name(const char *path, const training_log *log, int column)
{
    const char *name = log->name[column];
    char *end;
    strtod(name, &end);
    if (!name[0] || (end != name && !*end))
        return gt_fail(GT_ERR_FORMAT, "%s: line 1 has '%.40s' where the name of column %d should be", path, name,
                       column + 1);
    for (int i = 0; i < column; i++)
        if (strcmp(log->name[i], name) == 0)
            return gt_fail(GT_ERR_FORMAT, "%s: line 1 has the name '%.40s' twice", path, name);
    return GT_OK;
}

static gt_status read_names(const char *path, char *line, training_log *log)
{
    log->columns = count_of(line, ',') + 1;
    if (log->columns < 2 || log->columns > TRAINING_LOG_COLUMNS)
        return gt_fail(GT_ERR_FORMAT, "%s: line 1 has %d column%s; a log has from 2 to %d", path, log->columns,
                       log->columns == 1 ? "" : "s", TRAINING_LOG_COLUMNS);
    log->name = calloc((size_t)log->columns, sizeof *log->name);
    if (!log->name)
        return gt_fail(GT_ERR_MEMORY, "%s: out of memory", path);
    gt_status status = GT_OK;
    for (int i = 0; status == GT_OK && i < log->columns; i++) {
        log->name[i] = next_field(&line);
        status = check_name(path, log, i);
    }
    return status;
}

static bool read_number(const char *field, double *number)
{
    *number = NAN;
    if (!field[0] || strcmp(field, "NA") == 0)
        return true;
    char *end;
    *number = strtod(field, &end);
    return *end == '\0';
}

static gt_status read_row(const char *path, char *line, int row, int rows, training_log *log)
{
    const int fields = count_of(line, ',') + 1;
    if (fields != log->columns)
        return gt_fail(GT_ERR_FORMAT, "%s: line %d has %d column%s, line 1 has %d", path, row + 2, fields,
                       fields == 1 ? "" : "s", log->columns);
    for (int i = 0; i < log->columns; i++) {
        const char *field = next_field(&line);
        if (!read_number(field, &log->values[(size_t)i * (size_t)rows + (size_t)row]))
            return gt_fail(GT_ERR_FORMAT, "%s: line %d, column %d: '%.40s' is no number", path, row + 2, i + 1, field);
    }
    return GT_OK;
}

static gt_status read_text(const char *path, training_log *log)
{
    char *at = log->text, *names = next_line(&at);
    gt_status status = read_names(path, names, log);
    if (status != GT_OK)
        return status;
    const int most = at ? count_of(at, '\n') + 1 : 0;
    if (most == 0)
        return gt_fail(GT_ERR_FORMAT, "%s: it has names and no epoch", path);
    log->values = calloc((size_t)most, (size_t)log->columns * sizeof *log->values);
    if (!log->values)
        return gt_fail(GT_ERR_MEMORY, "%s: out of memory", path);
    log->rows = at[strlen(at) - 1] == '\n' ? most - 1 : most;
    for (int row = 0; row < log->rows && status == GT_OK; row++)
        status = read_row(path, next_line(&at), row, log->rows, log);
    return status;
}

gt_status training_log_read(const char *path, training_log *log)
{
    *log = (training_log){.text = NULL};
    void *bytes;
    size_t length;
    gt_status status = gt_file_read(path, &bytes, &length);
    if (status != GT_OK)
        return status;
    log->text = malloc(length + 1);
    if (!log->text)
        status = gt_fail(GT_ERR_MEMORY, "%s: out of memory", path);
    else if (memchr(bytes, '\0', length))
        status = gt_fail(GT_ERR_FORMAT, "%s: it is no text", path);
    else {
        memcpy(log->text, bytes, length);
        log->text[length] = '\0';
        status = read_text(path, log);
    }
    gt_release(bytes);
    if (status != GT_OK)
        training_log_free(log);
    return status;
}

void training_log_free(training_log *log)
{
    free(log->values);
    free(log->name);
    free(log->text);
    *log = (training_log){.text = NULL};
}
