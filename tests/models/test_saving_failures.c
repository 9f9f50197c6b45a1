/* Every allocation of saving, loading and a training that saves is made to fail once: the failure must be reported as
 * one of memory, nothing may be left behind, and the file of before must stay. Those of jansson fail too where it
 * writes; its reader, in version 2.14, aborts or writes beyond its buffer when memory runs out. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "models/saving.h"
#include "tests/support/models.h"
#include "tests/support/scratch.h"
#include "tests/support/suite.h"

#ifdef GT_HAVE_JANSSON

#include <jansson.h>

/* ---- injecting -------------------------------------------------------------------------------------------------- */

static struct {
    long asked, fail_at; /* allocations so far; which one fails: 0 for none */
    long json_live;
    bool fails_jansson;
} injection;

static bool strikes(void)
{
    return ++injection.asked == injection.fail_at;
}

static void *failing_allocate(void *context, size_t alignment, size_t bytes)
{
    (void)context;
    return strikes() ? NULL : aligned_alloc(alignment, bytes);
}

static void release(void *context, void *memory, size_t bytes)
{
    (void)context, (void)bytes;
    free(memory);
}

static void *json_allocate(size_t bytes)
{
    void *memory = injection.fails_jansson && strikes() ? NULL : malloc(bytes);
    injection.json_live += memory != NULL;
    return memory;
}

static void json_release(void *memory)
{
    injection.json_live -= memory != NULL;
    free(memory);
}

/* `prepare` makes what `act` works on, and `undo` frees it; only `act` meets failures. */
typedef struct scenario {
    const char *name;
    void (*prepare)(void);
    gt_status (*act)(void);
    void (*undo)(void);
    bool fails_jansson;
} scenario;

static void fail_everywhere(const scenario *s)
{
    const gt_allocator allocator = {.allocate = failing_allocate, .release = release, .direct = 1};
    ck_assert_int_eq(gt_set_allocator(&allocator), GT_OK);
    json_set_alloc_funcs(json_allocate, json_release);
    long failures = 0;
    for (long at = 1;; at++) {
        const size_t live = gt_memory_live();
        const long json_live = injection.json_live;
        s->prepare();
        injection.asked = 0;
        injection.fail_at = at;
        injection.fails_jansson = s->fails_jansson;
        gt_status status = s->act();
        const bool struck = injection.asked >= at;
        injection.fail_at = 0;
        injection.fails_jansson = false;
        s->undo();
        ck_assert_msg(!struck || status == GT_ERR_MEMORY, "%s, allocation %ld: %s: %s", s->name, at,
                      gt_status_name(status), gt_last_error());
        ck_assert_msg(struck || status == GT_OK, "%s, undisturbed: %s", s->name, gt_last_error());
        ck_assert_msg(gt_memory_live() == live, "%s, allocation %ld: %zu bytes are left", s->name, at,
                      gt_memory_live() - live);
        ck_assert_msg(injection.json_live == json_live, "%s, allocation %ld: JSON is left", s->name, at);
        if (!struck)
            break;
        failures++;
    }
    printf("%s: %ld failures injected\n", s->name, failures);
    ck_assert_int_gt(failures, 20);
    json_set_alloc_funcs(malloc, free);
    ck_assert_int_eq(gt_set_allocator(NULL), GT_OK);
}

/* ---- what is done ----------------------------------------------------------------------------------------------- */

static gt_model *model;
static rows data;
static char *old;
static size_t old_length;

static void prepare(void)
{
    gt_step_result result;
    data = noise(12, 5, 3);
    model = classifier(1);
    assert_ok(gt_model_batch_step(model, data.x, data.y, true, &result));
}

/* The file of before, if there was one, is there, and nothing beside it. */
static void undo(void)
{
    gt_model_free(model);
    free_rows(data);
    ck_assert_int_eq(scratch_count(), 1);
}

/* With a model of another seed in the file, which is to stay where saving fails. */
static void prepare_to_replace(void)
{
    prepare();
    gt_model *before = classifier(2);
    gt_step_result result;
    assert_ok(gt_model_batch_step(before, data.x, data.y, true, &result));
    assert_ok(gt_training_save(before, scratch_path("file")));
    gt_model_free(before);
    old = scratch_read(scratch_path("file"), &old_length);
}

static void undo_replacing(void)
{
    undo();
    free(old);
}

static gt_status unless_replaced(gt_status status)
{
    size_t length;
    if (status == GT_OK)
        return status;
    char *now = scratch_read(scratch_path("file"), &length);
    ck_assert_uint_eq(length, old_length);
    ck_assert_mem_eq(now, old, length);
    free(now);
    return status;
}

static gt_status save(void)
{
    return unless_replaced(gt_training_save(model, scratch_path("file")));
}

static void prepare_to_load(void)
{
    prepare();
    assert_ok(gt_training_save(model, scratch_path("file")));
}

static gt_status load(void)
{
    gt_model *loaded = gt_model_load(scratch_path("file"));
    gt_model_free(loaded);
    return loaded ? GT_OK : gt_last_status();
}

static gt_status load_weights(void)
{
    return gt_weights_load(model, scratch_path("file"), NULL, NULL);
}

static gt_status load_training(void)
{
    return gt_training_load(model, scratch_path("file"));
}

static gt_status fit(const char *resume)
{
    gt_callback *callbacks[] = {
        gt_early_stopping(&(gt_early_stopping_options){.patience = 9, .restore_best_weights = true}),
        gt_model_checkpoint(scratch_path("file"), NULL)};
    gt_status status = gt_model_fit(model, data.x, data.y,
                                    &(gt_fit_options){.epochs = 2,
                                                      .batch_size = 8,
                                                      .validation_split = 0.25,
                                                      .micro_batch = 3,
                                                      .resume = resume,
                                                      .callbacks = callbacks,
                                                      .callback_count = 2});
    gt_callback_free(callbacks[0]);
    gt_callback_free(callbacks[1]);
    return status;
}

static gt_status fit_anew(void)
{
    return fit(NULL);
}

static void prepare_to_resume(void)
{
    prepare();
    assert_ok(fit(NULL));
}

static gt_status fit_further(void)
{
    return fit(scratch_path("file"));
}

static const scenario scenarios[] = {
    {"saving", prepare_to_replace, save, undo_replacing, true},
    {"loading a model", prepare_to_load, load, undo, false},
    {"loading weights", prepare_to_load, load_weights, undo, false},
    {"loading training", prepare_to_load, load_training, undo, false},
    {"fitting and saving", prepare_to_load, fit_anew, undo, false},
    {"resuming", prepare_to_resume, fit_further, undo, false},
};
enum { SCENARIOS = sizeof scenarios / sizeof scenarios[0] };

START_TEST(every_allocation_may_fail)
{
    fail_everywhere(&scenarios[_i]);
}
END_TEST

int main(void)
{
    return run_suite_with("saving_failures", scratch_make, scratch_remove,
                          (const suite_test[]){LOOP_TEST(every_allocation_may_fail, SCENARIOS), END_OF_TESTS});
}

#else

START_TEST(without_jansson_there_is_nothing_to_save)
{
    ck_assert_int_eq(gt_model_save(NULL, "x"), GT_ERR_ARGUMENT);
}
END_TEST

int main(void)
{
    return run_suite("saving_failures",
                     (const suite_test[]){TEST(without_jansson_there_is_nothing_to_save), END_OF_TESTS});
}

#endif
