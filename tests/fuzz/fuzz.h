/* Fuzz targets: libFuzzer feeds them made-up inputs (GRADTAPE_FUZZ), main.c the kept ones of tests/fuzz/corpus. */
#ifndef TEST_FUZZ_H
#define TEST_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the program, with the place, where what must hold does not. */
#define FUZZ_REQUIRE(condition) fuzz_require(condition, #condition, __FILE__, __LINE__)
void fuzz_require(bool holds, const char *condition, const char *file, int line);

#endif
