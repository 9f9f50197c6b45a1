/* A training that saves after every batch is killed at 100 random moments, each time by SIGKILL, and goes on from its
 * last checkpoint: that always loads, and the weights in the end are those of a run that was left alone. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "models/saving.h"
#include "tests/support/models.h"
#include "tests/support/scratch.h"
#include "tests/support/suite.h"

#ifdef GT_HAVE_JANSSON

enum { KILLS = 100, ROWS = 48, BATCH = 8, EPOCHS = 12, LONGEST_WAIT = 12000 /* microseconds */ };

static bool exists(const char *name)
{
    return access(scratch_path(name), F_OK) == 0;
}

/* From the checkpoint, if there is one, to the end; what a child does until it is killed. */
static void train(const char *checkpoint, const char *result)
{
    const rows data = noise(ROWS, 5, 3);
    gt_model *model = classifier(1);
    gt_callback *callback = gt_model_checkpoint(scratch_path(checkpoint), &(gt_model_checkpoint_options){.every = 1});
    assert_ok(gt_model_fit(model, data.x, data.y,
                           &(gt_fit_options){.epochs = EPOCHS,
                                             .batch_size = BATCH,
                                             .validation_split = 0.25,
                                             .resume = exists(checkpoint) ? scratch_path(checkpoint) : NULL,
                                             .callbacks = &callback,
                                             .callback_count = 1}));
    assert_ok(gt_weights_save(model, scratch_path(result)));
    gt_callback_free(callback);
    gt_model_free(model);
    free_rows(data);
}

static pid_t begin(const char *checkpoint, const char *result)
{
    fflush(stdout);
    const pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        train(checkpoint, result);
        _exit(0);
    }
    return child;
}

static void wait_for(pid_t child, int *how)
{
    ck_assert_int_eq(waitpid(child, how, 0), child);
}

static void run_whole(const char *checkpoint, const char *result)
{
    int how;
    wait_for(begin(checkpoint, result), &how);
    ck_assert(WIFEXITED(how) && WEXITSTATUS(how) == 0);
}

static void pause_for(uint64_t microseconds)
{
    const struct timespec time = {(time_t)(microseconds / 1000000), (long)(microseconds % 1000000 * 1000)};
    nanosleep(&time, NULL);
}

static void assert_loads(const char *checkpoint)
{
    gt_model *model = gt_model_load(scratch_path(checkpoint));
    ck_assert_msg(model != NULL, "%s", gt_last_error());
    gt_model_free(model);
}

static void assert_same_files(const char *a, const char *b)
{
    size_t length, other_length;
    char *bytes = scratch_read(scratch_path(a), &length), *other = scratch_read(scratch_path(b), &other_length);
    ck_assert_uint_eq(length, other_length);
    ck_assert_mem_eq(bytes, other, length);
    free(bytes);
    free(other);
}

/* Kills one run after another until it has killed enough; a run that came to its end first is compared, and begun
 * anew. Returns how many came to their end. */
static int kill_often(gt_random *random)
{
    int ended = 0;
    for (int kills = 0; kills < KILLS;) {
        uint32_t words[4];
        gt_philox(random->key, gt_random_take(random, 1), words);
        const pid_t child = begin("killed", "parts");
        pause_for(words[0] % LONGEST_WAIT);
        kill(child, SIGKILL);
        int how;
        wait_for(child, &how);
        kills += WIFSIGNALED(how) && WTERMSIG(how) == SIGKILL;
        ck_assert_msg(WIFSIGNALED(how) || WEXITSTATUS(how) == 0, "the run failed");
        if (exists("killed"))
            assert_loads("killed");
        if (WIFEXITED(how)) {
            ended++;
            assert_same_files("whole", "parts");
            unlink(scratch_path("killed"));
        }
    }
    return ended;
}

START_TEST(a_killed_training_loses_nothing)
{
    const uint64_t seed = (uint64_t)time(NULL);
    gt_random random = gt_random_new(seed, 0);
    run_whole("left-alone", "whole");
    const int ended = kill_often(&random);
    run_whole("killed", "parts");
    assert_same_files("whole", "parts");
    printf("%d kills, %d runs came to their end (seed %llu)\n", KILLS, ended + 1, (unsigned long long)seed);
}
END_TEST

#else

START_TEST(without_jansson_there_is_no_checkpoint)
{
    ck_assert_int_eq(gt_training_save(NULL, "x"), GT_ERR_UNSUPPORTED);
}
END_TEST

#endif

int main(void)
{
    return run_suite_with("kills", scratch_make, scratch_remove,
                          (const suite_test[]){
#ifdef GT_HAVE_JANSSON
                              TEST(a_killed_training_loses_nothing),
#else
                              TEST(without_jansson_there_is_no_checkpoint),
#endif
                              END_OF_TESTS});
}
