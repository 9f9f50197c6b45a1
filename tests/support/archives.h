/* Files of tests/archive_cases, and what is done to readers and writers of every format: damaged files, and memory that
 * runs out. */
#ifndef TEST_SUPPORT_ARCHIVES_H
#define TEST_SUPPORT_ARCHIVES_H

#include "models/archive.h"

/* The path of a file in tests/archive_cases; valid until the next call. */
const char *case_path(const char *file);
/* What is in a file: a block of exactly its length, so that sanitizers see a read beyond it. To be freed. */
unsigned char *bytes_of_file(const char *path, size_t *length);
unsigned char *case_bytes(const char *file, size_t *length);

/* Reads every file of the manifest with this ending, and compares all that is in it. Fails where there is none. */
void check_cases(const char *ending);

/* Tensors of each dtype, of rank 0 to 8, and without entries, whose names begin with the prefix and are in order. */
gt_archive *archive_of_all_kinds(const char *prefix);

/* Fails unless both hold tensors of the same names, in this order, and the same bits. */
void check_same_archive(const gt_archive *a, const gt_archive *b);
void check_same_tensor(const gt_tensor *a, const gt_tensor *b);

/* Parses every truncation of the file, which must give an error with a message that begins with the file's name. */
void check_truncated(const char *file);
/* The same, and the file with each byte changed: in the first `thorough` ones to every other value, in those behind to
 * a few. Each must give such an error, or an archive. */
void check_damaged(const char *file, size_t thorough);

/* Runs the scenario once with each allocation failing, until none fails any more: it must report the want of memory,
 * and leave nothing allocated. */
void check_allocations(gt_status (*scenario)(void));

#endif
