/* core/profile: every op of a thread is noted once, with shape and bytes, and written as JSON and as a table. */
#include "core/profile.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "core/memory.h"
#include "core/op.h"
#include "ops/ops.h"
#include "optim/optimizer.h"
#include "tests/support/suite.h"
#include "tests/support/tensors.h"

/* y = sum(w x), its gradient, and a step: mul, sum; fill of 1, and what the vjps compute; sgd_update. */
static void train_once(void)
{
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tensor *x = VECTOR(1, 2, 3), *w = PARAMETER("w", 4, 5, 6), *gradient;
    gt_optimizer *sgd = gt_sgd(NULL);
    gt_tape_begin(tape);
    gt_tensor *y = gt_sum(tape, gt_mul(tape, w, x), NULL);
    gt_tape_end(tape);
    ck_assert_int_eq(gt_tape_gradient(tape, y, 1, &w, &gradient), GT_OK);
    ck_assert_int_eq(gt_optimizer_apply(sgd, 1, &w, &gradient), GT_OK);
    gt_optimizer_free(sgd);
    gt_tape_free(tape);
    gt_tensor_free(x);
    gt_tensor_free(w);
}

static int times(const char *text, const char *part)
{
    int count = 0;
    for (const char *at = text; (at = strstr(at, part)); at += strlen(part))
        count++;
    return count;
}

START_TEST(every_op_is_noted)
{
    printed trace = {0};
    gt_profile *profile = gt_profile_new(100);
    ck_assert_int_eq(gt_profile_start(profile), GT_OK);
    train_once();
    gt_profile_stop();
    const int64_t count = gt_profile_count(profile);
    train_once(); /* not any more */
    ck_assert_int_eq(gt_profile_count(profile), count);
    ck_assert_int_eq(gt_profile_lost(profile), 0);
    ck_assert_int_eq(gt_profile_write_trace(profile, print_into, &trace), GT_OK);
    ck_assert_int_eq(times(trace.text, "\"name\":\"sum\""), 1);
    ck_assert_int_eq(times(trace.text, "\"name\":\"sgd_update\""), 1);
    ck_assert_int_eq(times(trace.text, "\"name\":\"mul\""), 1);
    ck_assert_int_eq(times(trace.text, "\"ph\":\"X\""), (int)count);
    /* Three inputs and outputs of three float64 each. */
    ck_assert_contains(trace.text, "\"args\":{\"shape\":\"(3,)\",\"dtype\":\"float64\",\"bytes\":72}}");
    gt_profile_free(profile);
}
END_TEST

/* Braces and brackets pair, strings end, no comma hangs. */
static void assert_json(const char *text)
{
    char open[64];
    int depth = 0;
    bool in_string = false;
    for (const char *at = text; *at; at++) {
        ck_assert_int_lt(depth, 60);
        if (*at == '"' && (at == text || at[-1] != '\\'))
            in_string = !in_string;
        else if (!in_string && (*at == '{' || *at == '['))
            open[depth++] = *at == '{' ? '}' : ']';
        else if (!in_string && (*at == '}' || *at == ']'))
            ck_assert(depth > 0 && open[--depth] == *at);
        ck_assert_msg(in_string ? (unsigned char)*at >= 0x20 : true, "a control character in a string");
        ck_assert_msg(in_string || *at != ',' || (at[1] != '}' && at[1] != ']'), "a comma too many");
    }
    ck_assert(depth == 0 && !in_string);
}

static gt_status nothing(const gt_call *call)
{
    memcpy(call->output[0].data, call->input[0].data, sizeof(double));
    return GT_OK;
}

static const gt_op odd = {.name = "odd\"\\\n\x01",
                          .inputs = 1,
                          .outputs = 1,
                          .infer = gt_infer_like_first,
                          .kernel = nothing,
                          .slot = GT_SLOT};

START_TEST(the_trace_is_json_whatever_the_ops_are_called)
{
    printed trace = {0}, none = {0};
    gt_profile *profile = gt_profile_new(5), *empty = gt_profile_new(1);
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tensor *x = VECTOR(1);
    ck_assert_int_eq(gt_profile_start(profile), GT_OK);
    ck_assert_ptr_nonnull(gt_apply(tape, &odd, &x, 1, NULL));
    ck_assert_ptr_nonnull(gt_neg(tape, x));
    gt_profile_stop();
    ck_assert_int_eq(gt_profile_write_trace(profile, print_into, &trace), GT_OK);
    assert_json(trace.text);
    ck_assert_contains(trace.text, "\"name\":\"odd\\u0022\\u005c\\u000a\\u0001\"");
    ck_assert_int_eq(gt_profile_write_trace(empty, print_into, &none), GT_OK);
    assert_json(none.text);
    gt_profile_free(profile);
    gt_profile_free(empty);
    gt_tape_free(tape);
    gt_tensor_free(x);
}
END_TEST

START_TEST(the_summary_adds_up)
{
    printed table = {0}, short_table = {0};
    gt_profile *profile = gt_profile_new(100);
    ck_assert_int_eq(gt_profile_start(profile), GT_OK);
    train_once();
    train_once();
    gt_profile_stop();
    ck_assert_int_eq(gt_profile_write_summary(profile, print_into, &table, 100), GT_OK);
    ck_assert_contains(table.text, "sum  ");
    ck_assert_int_eq(times(table.text, "others"), 0);
    ck_assert_int_eq(gt_profile_write_summary(profile, print_into, &short_table, 1), GT_OK);
    ck_assert_int_eq(times(short_table.text, "\n"), 3); /* names, one op, others */
    /* Calls: those of the first, and of the others. */
    int first = 0, others = 0;
    const char *line = strchr(short_table.text, '\n') + 1;
    ck_assert_int_eq(sscanf(line, "%*s %d", &first), 1);
    ck_assert_int_eq(sscanf(strstr(line, "others"), "others %d", &others), 1);
    ck_assert_int_eq(first + others, (int)gt_profile_count(profile));
    gt_profile_free(profile);
}
END_TEST

START_TEST(what_comes_when_it_is_full_is_counted)
{
    printed table = {0};
    gt_profile *profile = gt_profile_new(2);
    ck_assert_int_eq(gt_profile_start(profile), GT_OK);
    train_once();
    gt_profile_stop();
    ck_assert_int_eq(gt_profile_count(profile), 2);
    ck_assert_int_gt(gt_profile_lost(profile), 2);
    ck_assert_int_eq(gt_profile_write_summary(profile, print_into, &table, 9), GT_OK);
    ck_assert_contains(table.text, " more ops were not kept\n");
    gt_profile_free(profile);
}
END_TEST

static void *train_in_thread(void *unused)
{
    train_once();
    return unused;
}

START_TEST(another_threads_ops_are_not_noted)
{
    pthread_t thread;
    gt_profile *profile = gt_profile_new(100);
    ck_assert_int_eq(gt_profile_start(profile), GT_OK);
    ck_assert_int_eq(pthread_create(&thread, NULL, train_in_thread, NULL), 0);
    pthread_join(thread, NULL);
    ck_assert_int_eq(gt_profile_count(profile), 0);
    gt_profile_free(profile); /* which stops it */
    train_once();
}
END_TEST

START_TEST(memory_is_asked_for_at_the_start_alone)
{
    gt_profile *profile = gt_profile_new(1000);
    train_once();
    const size_t live = gt_memory_live(), reserved = gt_memory_reserved();
    ck_assert_int_eq(gt_profile_start(profile), GT_OK);
    for (int i = 0; i < 20; i++)
        train_once();
    gt_profile_stop();
    ck_assert_uint_eq(gt_memory_live(), live);
    ck_assert_uint_eq(gt_memory_reserved(), reserved);
    gt_profile_free(profile);
}
END_TEST

START_TEST(misuse_is_an_error)
{
    gt_profile *profile = gt_profile_new(1), *other = gt_profile_new(1);
    ck_assert_ptr_null(gt_profile_new(0));
    ck_assert_ptr_null(gt_profile_new(INT64_MAX));
    ck_assert_int_eq(gt_profile_start(NULL), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_profile_start(profile), GT_OK);
    ck_assert_int_eq(gt_profile_start(profile), GT_ERR_STATE);
    ck_assert_int_eq(gt_profile_start(other), GT_ERR_STATE);
    gt_profile_stop();
    gt_profile_stop();
    ck_assert_int_eq(gt_profile_write_trace(NULL, print_into, NULL), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_profile_write_trace(profile, NULL, NULL), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_profile_write_summary(NULL, print_into, NULL, 1), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_profile_write_summary(profile, NULL, NULL, 1), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_profile_count(NULL), 0);
    ck_assert_int_eq(gt_profile_lost(NULL), 0);
    gt_profile_free(NULL);
    gt_profile_free(profile);
    gt_profile_free(other);
}
END_TEST

int main(void)
{
    return run_suite("profile",
                     (const suite_test[]){TEST(every_op_is_noted), TEST(the_trace_is_json_whatever_the_ops_are_called),
                                          TEST(the_summary_adds_up), TEST(what_comes_when_it_is_full_is_counted),
                                          TEST(another_threads_ops_are_not_noted),
                                          TEST(memory_is_asked_for_at_the_start_alone), TEST(misuse_is_an_error),
                                          END_OF_TESTS});
}
