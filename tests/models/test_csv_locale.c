/* models/csv, csv_write, csv_log in a program whose locale writes 0,5: made for the test where none is installed. */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/data.h"
#include "tests/support/models.h"
#include "tests/support/scratch.h"
#include "tests/support/suite.h"
#include "tests/support/tensors.h"

#define LOCALE "de_DE.UTF-8"

static bool has_comma(void)
{
    char text[16];
    snprintf(text, sizeof text, "%g", 0.5);
    return strcmp(text, "0,5") == 0;
}

/* By localedef, from the sources of Debian's package locales. */
static bool make_locale(const char *folder)
{
    char command[256];
    snprintf(command, sizeof command, "localedef -i de_DE -f UTF-8 %s/" LOCALE " >/dev/null 2>&1", folder);
    return system(command) == 0 && setenv("LOCPATH", folder, 1) == 0 && setlocale(LC_ALL, LOCALE);
}

START_TEST(tables_have_points)
{
    static const char text[] = "1.5,2\n";
    gt_tensor *tensor = gt_csv_parse("t.csv", text, strlen(text), NULL);
    ck_assert_msg(tensor != NULL, "%s", gt_last_error());
    ck_assert_values(tensor, 1.5, 2);
    ck_assert_int_eq(gt_csv_write(tensor, scratch_path("t.csv"), NULL), GT_OK);
    size_t length;
    char *written = scratch_read(scratch_path("t.csv"), &length);
    ck_assert_str_eq(written, text);
    ck_assert(has_comma()); /* the program's locale is as it was */
    free(written);
    gt_tensor_free(tensor);
}
END_TEST

START_TEST(logs_have_points)
{
    const rows data = noise(8, 5, 3);
    gt_model *model = classifier(1);
    gt_callback *callback = gt_csv_log(scratch_path("log.csv"));
    const gt_fit_options options = {.epochs = 1, .callbacks = &callback, .callback_count = 1};
    ck_assert_int_eq(gt_model_fit(model, data.x, data.y, &options), GT_OK);
    ck_assert(has_comma());
    gt_tensor *log = gt_csv_read(scratch_path("log.csv"), NULL);
    ck_assert_msg(log != NULL, "%s", gt_last_error());
    int epochs;
    ck_assert_values(log, 1, gt_model_history(model, "loss", &epochs)[0],
                     gt_model_history(model, "accuracy", &epochs)[0]);
    gt_tensor_free(log);
    gt_callback_free(callback);
    gt_model_free(model);
    free_rows(data);
}
END_TEST

int main(void)
{
    char folder[] = "/tmp/gradtape-locale-XXXXXX", command[64];
    if (!mkdtemp(folder))
        return EXIT_FAILURE;
    const bool made = make_locale(folder) && has_comma();
    int status = 77;
    if (made)
        status = run_suite_with("csv_locale", scratch_make, scratch_remove,
                                (const suite_test[]){TEST(tables_have_points), TEST(logs_have_points), END_OF_TESTS});
    else
        puts("SKIPPED: no locale with a comma can be made (Debian: locales)");
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command) == 0 ? status : EXIT_FAILURE;
}
