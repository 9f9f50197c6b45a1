/* What the executor's files share. */
#ifndef SIMT_ENGINE_H
#define SIMT_ENGINE_H

#include <cuda_runtime.h>

#include <functional>
#include <mutex>

#include "simt.h"

/* Everything below is called with this held; device work runs inside it too. */
extern std::recursive_mutex simt_lock;
typedef std::lock_guard<std::recursive_mutex> simt_guard;

/* ---- settings and findings: settings.cpp --------------------------------------------------------------------------
 */

simt_order simt_current_order();
bool simt_is_deferred();
/* A number from 0 to bound - 1. */
unsigned simt_random(unsigned bound);
/* The variable's value; NULL where it is not set, or empty. */
const char *simt_environment(const char *name);
/* Counts it, with the kernel, block and thread it was found in. */
void simt_find(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ---- running blocks: block.cpp, fibers in fiber.cpp ----------------------------------------------------------------
 */

/* What runs now; valid inside a kernel. */
struct simt_running {
    const char *kernel; /* NULL: no kernel runs */
    unsigned block;     /* its number in the grid */
    int thread;         /* in the block; -1: none */
    const simt_call *call;
};
extern simt_running simt_now;

void simt_run_block(const simt_call &call);

/* A thread's stack and where it goes on. */
struct simt_fiber {
    void *stack_pointer;
    char *stack; /* the lowest address; NULL: none yet */
    void *sanitizer;
};
enum { SIMT_STACK_BYTES = 256 << 10 };
/* Goes on with the fiber, or begins it with `entry`, until it calls simt_fiber_leave. */
void simt_fiber_resume(simt_fiber *fiber, void (*entry)());
void simt_fiber_leave(simt_fiber *fiber, bool for_good);
/* Its stack is another's from now on. */
void simt_fiber_free(simt_fiber *fiber);
bool simt_on_a_stack(const void *address);

/* ---- memory: memory.cpp ---------------------------------------------------------------------------------------------
 */

/* Whether all these bytes are one allocation's of the device, or pinned. */
bool simt_is_device(const void *memory, size_t bytes);
bool simt_is_pinned(const void *memory, size_t bytes);
/* Device memory can be used only between the two; they nest. */
void simt_open_memory();
void simt_close_memory();

/* ---- streams: stream.cpp
 * ---------------------------------------------------------------------------------------------- */

typedef std::function<void()> simt_work;
/* Does the work, or keeps it for later, or notes it in a graph. Work begins and ends with the memory open. */
cudaError_t simt_enqueue(cudaStream_t stream, simt_work work);
cudaError_t simt_wait_for(cudaStream_t stream);
bool simt_is_capturing(cudaStream_t stream);
/* What cannot be captured spoils the capture. */
cudaError_t simt_spoil_capture(cudaStream_t stream);
void simt_wait_for_all();

/* Notes the error for cudaGetLastError, and returns it. */
cudaError_t simt_error(cudaError_t error);

/* ---- the checker: checker.cpp
 * ---------------------------------------------------------------------------------------- */

void simt_checker_begin_kernel();
void simt_checker_begin_block();
void simt_checker_barrier();
void simt_checker_warp_barrier(int warp);
void simt_checker_allocated(void *memory, size_t bytes);
void simt_checker_freed(void *memory);
/* By the host, a copy or a memset. */
void simt_checker_written(void *memory, size_t bytes);
/* On the device: what was not written stays so in the copy. */
void simt_checker_copied(void *to, const void *from, size_t bytes);
/* By what is no kernel. */
void simt_checker_read(const char *who, const void *memory, size_t bytes);

#endif
