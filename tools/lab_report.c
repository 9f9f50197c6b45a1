/* What a lab prints: headings, numbers beside its document's, and how many of them agree. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tools/command.h"
#include "tools/lab.h"
#include "tools/lab_part.h"

static int compared, differed;

/* "printf" with `before` and `after` around it; returns how many characters stand between them. */
static int print_around(const char *before, const char *after, const char *format, va_list arguments)
{
    fputs(before, stdout);
    int length = vprintf(format, arguments);
    fputs(after, stdout);
    return length;
}

void lab_step(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = print_around("\n", "\n", format, arguments);
    va_end(arguments);
    while (length-- > 0)
        putchar('-');
    putchar('\n');
    fflush(stdout); /* a step may take a while */
}

void lab_note(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_around("note: ", "\n", format, arguments);
    va_end(arguments);
}

/* ---- comparisons ------------------------------------------------------------------------------------------------ */

/* As many decimals as the document printed. */
static int decimals(double tolerance)
{
    enum { MOST = 12 };
    if (!(tolerance > 0))
        return 0;
    const double digits = ceil(-log10(2 * tolerance) - 1e-9);
    return digits < 0 ? 0 : digits > MOST ? MOST : (int)digits;
}

/* With as many decimals as the tolerance is worth; shorter where they would be none of the number, or all of it. */
static void print_number(double value, double tolerance, int width)
{
    const int digits = decimals(tolerance);
    if (value != 0 && fabs(value) < pow(10, -digits) / 2)
        printf("%*.3g", width, value);
    else if (digits > 0 && fabs(value) < 1e9)
        printf("%*.*f", width, digits, value);
    else
        printf("%*.10g", width, value + 0.0); /* -0 is 0 */
}

/* NaN is the same as nothing, so that it is never taken for a match. */
static const char *verdict(double difference, double tolerance, char *text, size_t size)
{
    const bool same = difference <= tolerance;
    compared++;
    differed += !same;
    snprintf(text, size, same ? "same" : "DIFFERS by %.3g", difference);
    return text;
}

void lab_compare(const char *what, double ours, double document, double tolerance)
{
    char text[48];
    printf("%-36s ours ", what);
    print_number(ours, tolerance, 14);
    printf("   document ");
    print_number(document, tolerance, 14);
    printf("   %s\n", verdict(fabs(ours - document), tolerance, text, sizeof text));
}

static void print_rows(const char *whose, int64_t rows, int64_t columns, const gt_tensor *tensor, const double *values,
                       double tolerance)
{
    enum { WIDTH = 14, A_LINE = 6 };
    for (int64_t i = 0; i < rows * columns; i++) {
        if (i % columns % A_LINE == 0)
            printf("%s  %-8s", i ? "\n" : "", i ? "" : whose);
        print_number(tensor ? gt_tensor_at(tensor, i) : values[i], tolerance, WIDTH);
    }
    putchar('\n');
}

void lab_compare_rows(const char *what, const gt_tensor *ours, const double *document, int64_t count, double tolerance)
{
    char text[48];
    if (!ours) { /* what failed is reported in the end */
        printf("%s: %s\n", what, verdict(NAN, tolerance, text, sizeof text));
        return;
    }
    if (gt_tensor_size(ours) != count) {
        printf("%s: %lld numbers, the document has %lld: %s\n", what, (long long)gt_tensor_size(ours), (long long)count,
               verdict(NAN, tolerance, text, sizeof text));
        return;
    }
    const int64_t size = count, columns = gt_tensor_rank(ours) ? gt_tensor_dim(ours, -1) : 1;
    double worst = 0;
    for (int64_t i = 0; i < size; i++)
        worst = lab_worse(worst, fabs(gt_tensor_at(ours, i) - document[i]));
    printf("%s:\n", what);
    print_rows("ours", size / (columns ? columns : 1), columns, ours, NULL, tolerance);
    print_rows("document", size / (columns ? columns : 1), columns, NULL, document, tolerance);
    printf("  %s (largest difference %.3g)\n", verdict(worst, tolerance, text, sizeof text), worst);
}

int lab_finish(const char *name, gt_status status)
{
    const int numbers = compared, others = differed;
    compared = differed = 0;
    if (status != GT_OK)
        return failed(name, "%s", gt_last_error());
    if (numbers > 0)
        printf("\ncompared with the document: %d, the same: %d, other: %d\n", numbers, numbers - others, others);
    return others == 0 ? STATUS_OK : STATUS_FAILED;
}
