/* What reading and writing CSV have in common: for models/ alone. */
#ifndef GT_CSV_INTERNAL_H
#define GT_CSV_INTERNAL_H

#include <locale.h>

#include "models/data.h"

/* The C locale's numbers, in this thread alone, until they are given back. */
typedef struct gt_kept_locale {
    locale_t ours, before;
} gt_kept_locale;

gt_status gt_locale_set(gt_kept_locale *kept);
void gt_locale_give_back(const gt_kept_locale *kept);

/* The fewest digits that read back to the same bits, within such a locale. Returns their count. */
enum { GT_CSV_NUMBER = 48 };
int gt_csv_number(char text[GT_CSV_NUMBER], double value, bool single);

/* GT_ERR_ARGUMENT, naming who, for a separator that can be in a number. */
gt_status gt_csv_check(const char *who, const gt_csv_options *options);

#endif
