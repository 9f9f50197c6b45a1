/* Numbers in tables: with a point, whatever the program's locale. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/csv_internal.h"

gt_status gt_locale_set(gt_kept_locale *kept)
{
    kept->ours = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
    if (kept->ours == (locale_t)0)
        return gt_fail(GT_ERR_MEMORY, "out of memory for a locale");
    kept->before = uselocale(kept->ours);
    return GT_OK;
}

void gt_locale_give_back(const gt_kept_locale *kept)
{
    uselocale(kept->before);
    freelocale(kept->ours);
}

gt_status gt_csv_check(const char *who, const gt_csv_options *options)
{
    if (options->separator && strchr("\"\n\r.+-0123456789eEaAfFiInNtTyY", options->separator))
        return gt_fail(GT_ERR_ARGUMENT, "%s: '%c' cannot separate numbers", who, options->separator);
    return GT_OK;
}

int gt_csv_number(char text[GT_CSV_NUMBER], double value, bool single)
{
    const double least = single ? FLT_MIN : DBL_MIN; /* below, fewer digits are exact */
    int digits = !(fabs(value) >= least) ? 1 : single ? FLT_DIG : DBL_DIG, length;
    if (isnan(value))
        return snprintf(text, GT_CSV_NUMBER, "nan");
    do
        length = snprintf(text, GT_CSV_NUMBER, "%.*g", digits, value);
    while (isfinite(value) && (single ? (double)strtof(text, NULL) : strtod(text, NULL)) != value && ++digits <= 17);
    return length;
}
