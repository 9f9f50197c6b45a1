/* models/files: what stands at a path, whatever happens to its writer. */
#define _XOPEN_SOURCE 700 /* symlink */
#include "models/files.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/memory.h"
#include "tests/support/archives.h"
#include "tests/support/messages.h"
#include "tests/support/scratch.h"
#include "tests/support/suite.h"

/* ---- calls that fail -------------------------------------------------------------------------------------------- */

/* The n-th of these calls fails with this errno; a write or read of 0 is one that ends early instead. */
static struct {
    const char *call;
    int at, error;
    bool small; /* reads and writes of one byte at a time, each after an interruption */
} broken;

static bool is_broken(const char *call)
{
    if (!broken.call || strcmp(broken.call, call) != 0 || --broken.at != 0)
        return false;
    errno = broken.error;
    return true;
}

static bool is_interrupted(void)
{
    static bool last;
    last = broken.small && !last;
    if (last)
        errno = EINTR;
    return last;
}

#define WRAP(type, name, parameters, arguments)                                                                        \
    type __real_##name parameters;                                                                                     \
    type __wrap_##name parameters;                                                                                     \
    type __wrap_##name parameters                                                                                      \
    {                                                                                                                  \
        return is_broken(#name) ? -1 : __real_##name arguments;                                                        \
    }

WRAP(int, fsync, (int descriptor), (descriptor))
WRAP(int, rename, (const char *from, const char *to), (from, to))
WRAP(int, ftruncate, (int descriptor, off_t length), (descriptor, length))
WRAP(int, fchmod, (int descriptor, mode_t mode), (descriptor, mode))

#define WRAP_TRANSFER(name, buffer)                                                                                    \
    ssize_t __real_##name(int descriptor, buffer bytes, size_t length);                                                \
    ssize_t __wrap_##name(int descriptor, buffer bytes, size_t length);                                                \
    ssize_t __wrap_##name(int descriptor, buffer bytes, size_t length)                                                 \
    {                                                                                                                  \
        if (is_broken(#name))                                                                                          \
            return broken.error ? -1 : 0;                                                                              \
        if (is_interrupted())                                                                                          \
            return -1;                                                                                                 \
        return __real_##name(descriptor, bytes, broken.small ? 1 : length);                                            \
    }

WRAP_TRANSFER(read, void *)
WRAP_TRANSFER(write, const void *)

static char path[128], temporary[128], other[128];
static bool renames_before_lock, begins_before_lock;

/* Without the calls that are broken. */
static void put(const char *to, const char *text)
{
    FILE *file = fopen(to, "w");
    ck_assert(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0);
}

int __real_flock(int descriptor, int operation);
int __wrap_flock(int descriptor, int operation);
int __wrap_flock(int descriptor, int operation)
{
    if (renames_before_lock) {
        renames_before_lock = false;
        ck_assert_int_eq(__real_rename(temporary, path), 0);
        if (begins_before_lock)
            put(temporary, "third");
    }
    return is_broken("flock") ? -1 : __real_flock(descriptor, operation);
}

/* ---- helpers ---------------------------------------------------------------------------------------------------- */

static void make_folder(void)
{
    scratch_make();
    snprintf(path, sizeof path, "%s", scratch_path("file"));
    snprintf(temporary, sizeof temporary, "%s", scratch_path("file.gradtape-tmp"));
    snprintf(other, sizeof other, "%s", scratch_path("other"));
}

static void remove_folder(void)
{
    memset(&broken, 0, sizeof broken);
    unlink(path);
    unlink(temporary);
    rmdir(temporary);
    unlink(other);
    ck_assert_msg(scratch_count() == 0, "something is left in %s", scratch_folder);
    scratch_remove();
}

static gt_status write_file(const char *to, const void *bytes, size_t length)
{
    gt_file *file;
    gt_status status = gt_file_begin(to, &file);
    if (status != GT_OK) {
        ck_assert_ptr_null(file);
        return status;
    }
    gt_file_write(file, bytes, length);
    return gt_file_end(file);
}

static void assert_holds(const char *file, const char *text)
{
    size_t length;
    unsigned char *bytes = bytes_of_file(file, &length);
    ck_assert_msg(length == strlen(text) && memcmp(bytes, text, length) == 0, "%s holds %zu bytes: %.*s", file, length,
                  (int)length, (const char *)bytes);
    free(bytes);
}

static void assert_nothing_temporary(void)
{
    ck_assert_msg(access(temporary, F_OK) != 0, "%s is left", temporary);
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

START_TEST(a_file_is_read_whole)
{
    void *bytes;
    size_t length;
    for (int small = 0; small < 2; small++) {
        put(path, "some text");
        broken.small = small;
        ck_assert_msg(gt_file_read(path, &bytes, &length) == GT_OK, "%s", gt_last_error());
        ck_assert_uint_eq(length, 9);
        ck_assert_mem_eq(bytes, "some text", 9);
        gt_release(bytes);
    }
    put(path, "");
    ck_assert_int_eq(gt_file_read(path, &bytes, &length), GT_OK);
    ck_assert_uint_eq(length, 0);
    gt_release(bytes);
}
END_TEST

static void assert_unreadable(const char *from, const char *message)
{
    void *bytes = path;
    size_t length;
    ck_assert_int_eq(gt_file_read(from, &bytes, &length), GT_ERR_IO);
    ck_assert_ptr_null(bytes);
    assert_message(from);
    assert_message(message);
}

START_TEST(what_cannot_be_read_is_named)
{
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    assert_unreadable(path, "not a regular file"); /* and nobody waits for a writer */
    assert_unreadable(scratch_folder, "not a regular file");
    assert_unreadable("/dev/zero", "not a regular file");
    assert_unreadable(other, "No such file");
    unlink(path);
    put(path, "text");
    broken.call = "read";
    broken.at = 1;
    broken.error = EIO;
    assert_unreadable(path, "Input/output error");
    broken.at = 1;
    broken.error = 0;
    assert_unreadable(path, "it became shorter while being read");
}
END_TEST

/* ---- writing ---------------------------------------------------------------------------------------------------- */

/* Lengths on both sides of the buffer's. */
static const size_t lengths[] = {0, 1, 65535, 65536, 65537, 131072, 200001};

START_TEST(what_is_written_is_there)
{
    static const size_t parts[] = {1, 1000, 65536, 300000};
    static unsigned char bytes[200001];
    const size_t length = lengths[_i];
    for (size_t i = 0; i < length; i++)
        bytes[i] = (unsigned char)(i * 31 >> 3);
    for (size_t p = 0; p < sizeof parts / sizeof *parts; p++) {
        gt_file *file;
        ck_assert_int_eq(gt_file_begin(path, &file), GT_OK);
        for (size_t at = 0; at < length; at += parts[p])
            gt_file_write(file, bytes + at, length - at < parts[p] ? length - at : parts[p]);
        ck_assert_msg(gt_file_end(file) == GT_OK, "%s", gt_last_error());
        size_t got;
        unsigned char *written = bytes_of_file(path, &got);
        ck_assert_uint_eq(got, length);
        ck_assert_int_eq(memcmp(written, bytes, length), 0);
        free(written);
        assert_nothing_temporary();
    }
}
END_TEST

START_TEST(short_and_interrupted_writes_go_on)
{
    put(path, "old");
    broken.small = true;
    ck_assert_msg(write_file(path, "new text", 8) == GT_OK, "%s", gt_last_error());
    assert_holds(path, "new text");
}
END_TEST

START_TEST(the_old_file_stays_until_the_end)
{
    gt_file *file;
    put(path, "old");
    ck_assert_int_eq(gt_file_begin(path, &file), GT_OK);
    gt_file_write(file, "new", 3);
    assert_holds(path, "old");
    gt_file_abandon(file);
    assert_holds(path, "old");
    assert_nothing_temporary();
    gt_file_abandon(NULL);
}
END_TEST

START_TEST(permissions_stay)
{
    struct stat about;
    umask(027);
    ck_assert_int_eq(write_file(path, "new", 3), GT_OK);
    ck_assert(stat(path, &about) == 0 && (about.st_mode & 0777) == 0640);
    ck_assert_int_eq(chmod(path, 0606), 0);
    ck_assert_int_eq(write_file(path, "newer", 5), GT_OK);
    ck_assert(stat(path, &about) == 0 && (about.st_mode & 0777) == 0606);
    assert_holds(path, "newer");
}
END_TEST

/* ---- failures --------------------------------------------------------------------------------------------------- */

static const struct {
    const char *call;
    int at, error;
    const char *message;
} failures[] = {
    {"write", 1, ENOSPC, "No space left on device"},   {"write", 2, ENOSPC, "No space left on device"},
    {"write", 3, EDQUOT, "Disk quota exceeded"},       {"write", 1, EIO, "Input/output error"},
    {"write", 2, 0, "No space left on device"},        {"fsync", 1, EIO, "Input/output error"},
    {"rename", 1, EXDEV, "Invalid cross-device link"}, {"ftruncate", 1, EIO, "Input/output error"},
    {"fchmod", 1, EPERM, "Operation not permitted"},   {"flock", 1, ENOLCK, "No locks available"},
};

START_TEST(a_failure_leaves_the_old_file_alone)
{
    static unsigned char bytes[70000];
    gt_file *file;
    put(path, "old");
    put(temporary, "left by another");
    broken.call = failures[_i].call;
    broken.at = failures[_i].at;
    broken.error = failures[_i].error;
    gt_status status = gt_file_begin(path, &file);
    if (status == GT_OK) {
        for (int i = 0; i < 3; i++)
            gt_file_write(file, bytes, sizeof bytes);
        status = gt_file_end(file);
    }
    ck_assert_int_eq(status, GT_ERR_IO);
    ck_assert_int_le(broken.at, 0);
    assert_message(path);
    assert_message(failures[_i].message);
    assert_holds(path, "old");
    assert_nothing_temporary();
    memset(&broken, 0, sizeof broken);
    ck_assert_int_eq(write_file(path, "new", 3), GT_OK);
    assert_holds(path, "new");
}
END_TEST

/* Where the folder cannot be synchronised, the file is written all the same. */
START_TEST(a_folder_need_not_synchronise)
{
    broken.call = "fsync";
    broken.at = 2;
    broken.error = EINVAL;
    ck_assert_int_eq(write_file(path, "new", 3), GT_OK);
    ck_assert_int_eq(broken.at, 0);
    assert_holds(path, "new");
}
END_TEST

START_TEST(a_file_that_may_not_grow_leaves_the_old_one_alone)
{
    static unsigned char bytes[300000];
    struct rlimit before, limit;
    put(path, "old");
    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = before;
    limit.rlim_cur = 100000;
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    ck_assert_int_eq(write_file(path, bytes, sizeof bytes), GT_ERR_IO);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_message("File too large");
    assert_holds(path, "old");
    assert_nothing_temporary();
}
END_TEST

static gt_status write_small(void)
{
    put(path, "old");
    gt_status status = write_file(path, "new", 3);
    assert_holds(path, status == GT_OK ? "new" : "old");
    assert_nothing_temporary();
    return status;
}

static gt_status read_small(void)
{
    void *bytes;
    size_t length;
    gt_status status = gt_file_read(path, &bytes, &length);
    ck_assert((bytes != NULL) == (status == GT_OK));
    gt_release(bytes);
    return status;
}

START_TEST(both_survive_the_want_of_memory)
{
    check_allocations(write_small);
    check_allocations(read_small);
}
END_TEST

/* ---- what stands at the path ------------------------------------------------------------------------------------ */

START_TEST(what_is_no_file_is_not_replaced)
{
    ck_assert_int_eq(write_file(scratch_folder, "new", 3), GT_ERR_IO);
    assert_message("not a regular file");
    ck_assert_int_eq(write_file("/dev/null", "new", 3), GT_ERR_IO);
    assert_message("/dev/null: not a regular file");
    ck_assert_int_eq(access("/dev/null.gradtape-tmp", F_OK), -1);
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    ck_assert_int_eq(write_file(path, "new", 3), GT_ERR_IO);
    assert_nothing_temporary();
}
END_TEST

START_TEST(paths_that_lead_nowhere_are_errors)
{
    static char longest[5000];
    memset(longest, 'n', sizeof longest - 1);
    ck_assert_int_eq(write_file("", "new", 3), GT_ERR_IO);
    ck_assert_int_eq(access(".gradtape-tmp", F_OK), -1);
    ck_assert_int_eq(write_file("/no/such/folder/file", "new", 3), GT_ERR_IO);
    assert_message("/no/such/folder/file");
    ck_assert_int_eq(write_file(longest, "new", 3), GT_ERR_IO);
    put(path, "old");
    snprintf(longest, sizeof longest, "%s/file", path);
    ck_assert_int_eq(write_file(longest, "new", 3), GT_ERR_IO);
    assert_message("Not a directory");
    assert_holds(path, "old");
}
END_TEST

START_TEST(a_link_stays_and_its_file_is_replaced)
{
    char beside[sizeof other + sizeof ".gradtape-tmp"];
    put(other, "old");
    ck_assert_int_eq(symlink("other", path), 0);
    ck_assert_int_eq(write_file(path, "new", 3), GT_OK);
    assert_holds(other, "new");
    struct stat about;
    ck_assert(lstat(path, &about) == 0 && S_ISLNK(about.st_mode));
    assert_nothing_temporary();
    snprintf(beside, sizeof beside, "%s.gradtape-tmp", other);
    ck_assert_int_eq(access(beside, F_OK), -1);
}
END_TEST

/* A link to nothing has no file to keep. */
START_TEST(a_link_that_leads_nowhere_is_replaced_or_an_error)
{
    ck_assert_int_eq(symlink("other", path), 0);
    ck_assert_int_eq(write_file(path, "new", 3), GT_OK);
    assert_holds(path, "new");
    unlink(path);
    ck_assert_int_eq(symlink("file", path), 0);
    ck_assert_int_eq(write_file(path, "new", 3), GT_ERR_IO);
    assert_message("Too many levels of symbolic links");
}
END_TEST

/* ---- what stands at the temporary path -------------------------------------------------------------------------- */

START_TEST(a_temporary_link_is_not_followed)
{
    put(other, "victim");
    ck_assert_int_eq(symlink("other", temporary), 0);
    ck_assert_int_eq(write_file(path, "new", 3), GT_ERR_IO);
    assert_message(temporary);
    assert_holds(other, "victim");
    ck_assert_int_eq(access(path, F_OK), -1);
}
END_TEST

START_TEST(a_temporary_name_that_is_taken_is_an_error)
{
    ck_assert_int_eq(mkdir(temporary, 0700), 0);
    ck_assert_int_eq(write_file(path, "new", 3), GT_ERR_IO);
    assert_message("Is a directory");
    ck_assert_int_eq(rmdir(temporary), 0);
    ck_assert_int_eq(mkfifo(temporary, 0600), 0);
    ck_assert_int_eq(write_file(path, "new", 3), GT_ERR_IO); /* and nobody waits for a reader */
    ck_assert_int_eq(access(path, F_OK), -1);
}
END_TEST

/* ---- several writers -------------------------------------------------------------------------------------------- */

START_TEST(a_second_writer_is_refused)
{
    gt_file *first, *second;
    put(path, "old");
    ck_assert_int_eq(gt_file_begin(path, &first), GT_OK);
    gt_file_write(first, "first", 5);
    ck_assert_int_eq(gt_file_begin(path, &second), GT_ERR_IO);
    ck_assert_ptr_null(second);
    assert_message("it is being written already");
    ck_assert_int_eq(gt_file_end(first), GT_OK);
    assert_holds(path, "first");
    ck_assert_int_eq(write_file(path, "second", 6), GT_OK);
    assert_holds(path, "second");
}
END_TEST

/* One ends between another's opening of the temporary file and its lock: what the other holds is the new file. A third
 * may even have made the next temporary one. */
START_TEST(a_writer_that_comes_late_takes_a_file_of_its_own)
{
    put(temporary, "first");
    renames_before_lock = true;
    begins_before_lock = _i == 1;
    gt_file *file;
    ck_assert_int_eq(gt_file_begin(path, &file), GT_OK);
    gt_file_write(file, "second", 6);
    assert_holds(path, "first");
    ck_assert_int_eq(gt_file_end(file), GT_OK);
    assert_holds(path, "second");
    assert_nothing_temporary();
}
END_TEST

START_TEST(what_a_killed_writer_left_is_used_again)
{
    const pid_t child = fork();
    if (child == 0) {
        gt_file *file;
        static unsigned char bytes[100000];
        if (gt_file_begin(path, &file) == GT_OK)
            gt_file_write(file, bytes, sizeof bytes);
        raise(SIGKILL);
    }
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
    ck_assert_int_eq(access(temporary, F_OK), 0);
    ck_assert_int_eq(access(path, F_OK), -1);
    ck_assert_int_eq(write_file(path, "new", 3), GT_OK);
    assert_holds(path, "new");
    assert_nothing_temporary();
}
END_TEST

/* Writes files of one byte's repetition; one that another is at is an error of that kind. */
static int write_often(int byte)
{
    static unsigned char bytes[100000];
    memset(bytes, byte, sizeof bytes);
    for (int i = 0; i < 50; i++)
        if (write_file(path, bytes, sizeof bytes - (size_t)byte) != GT_OK && !strstr(gt_last_error(), "already"))
            return 1;
    return 0;
}

START_TEST(readers_see_whole_files_of_several_writers)
{
    pid_t child[4];
    int status;
    ck_assert_int_eq(write_file(path, "", 0), GT_OK);
    for (int i = 0; i < 4; i++) {
        child[i] = fork();
        if (child[i] == 0)
            _exit(write_often(1 + i));
    }
    for (int i = 0; i < 200; i++) {
        size_t length;
        unsigned char *bytes = bytes_of_file(path, &length);
        ck_assert(length == 0 || length == 100000 - (size_t)bytes[0]);
        for (size_t k = 0; k < length; k += 997)
            ck_assert_int_eq(bytes[k], bytes[0]);
        free(bytes);
    }
    for (int i = 0; i < 4; i++)
        ck_assert(waitpid(child[i], &status, 0) == child[i] && WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_nothing_temporary();
}
END_TEST

int main(void)
{
    return run_suite_with("files", make_folder, remove_folder,
                          (const suite_test[]){
                              TEST(a_file_is_read_whole),
                              TEST(what_cannot_be_read_is_named),
                              LOOP_TEST(what_is_written_is_there, sizeof lengths / sizeof *lengths),
                              TEST(short_and_interrupted_writes_go_on),
                              TEST(the_old_file_stays_until_the_end),
                              TEST(permissions_stay),
                              LOOP_TEST(a_failure_leaves_the_old_file_alone, sizeof failures / sizeof *failures),
                              TEST(a_folder_need_not_synchronise),
                              TEST(a_file_that_may_not_grow_leaves_the_old_one_alone),
                              TEST(both_survive_the_want_of_memory),
                              TEST(what_is_no_file_is_not_replaced),
                              TEST(paths_that_lead_nowhere_are_errors),
                              TEST(a_link_stays_and_its_file_is_replaced),
                              TEST(a_link_that_leads_nowhere_is_replaced_or_an_error),
                              TEST(a_temporary_link_is_not_followed),
                              TEST(a_temporary_name_that_is_taken_is_an_error),
                              TEST(a_second_writer_is_refused),
                              LOOP_TEST(a_writer_that_comes_late_takes_a_file_of_its_own, 2),
                              TEST(what_a_killed_writer_left_is_used_again),
                              TEST(readers_see_whole_files_of_several_writers),
                              END_OF_TESTS,
                          });
}
