#include "tools/fit_output.h"

#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* A bar that is redrawn has no newline to flush it. */
static void write_at_once(void *context, const char *text, size_t length)
{
    gt_write_file(context, text, length);
    fflush(context);
}

/* 0 where it is not known. */
static int terminal_columns(void)
{
    struct winsize size;
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

gt_fit_options fit_on_stdout(gt_fit_options fit)
{
    fit.writer = write_at_once;
    fit.writer_context = stdout;
    fit.terminal = isatty(STDOUT_FILENO);
    fit.columns = terminal_columns();
    return fit;
}
