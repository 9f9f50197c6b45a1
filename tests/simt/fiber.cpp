/* Fibers: each thread of a block has a stack of its own, and goes on where it waited. */
#include <stdlib.h>
#include <sys/mman.h>

#include <vector>

#include "engine.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#define SANITIZER_START(save, bottom, size)   __sanitizer_start_switch_fiber(save, bottom, size)
#define SANITIZER_FINISH(saved, bottom, size) __sanitizer_finish_switch_fiber(saved, bottom, size)
#else
#define SANITIZER_START(save, bottom, size)   (void)0
#define SANITIZER_FINISH(saved, bottom, size) (void)0
#endif

/* ---- switching -----------------------------------------------------------------------------------------------------
 */

#if defined(__x86_64__)

/* Keeps what a function must keep (System V ABI), and goes on where `to` was left. */
extern "C" void simt_switch(void **from, void *to);
asm(".text\n"
    ".globl simt_switch\n"
    ".hidden simt_switch\n"
    ".type simt_switch, @function\n"
    "simt_switch:\n"
    "    push %rbp\n"
    "    push %rbx\n"
    "    push %r12\n"
    "    push %r13\n"
    "    push %r14\n"
    "    push %r15\n"
    "    mov %rsp, (%rdi)\n"
    "    mov %rsi, %rsp\n"
    "    pop %r15\n"
    "    pop %r14\n"
    "    pop %r13\n"
    "    pop %r12\n"
    "    pop %rbx\n"
    "    pop %rbp\n"
    "    ret\n"
    ".size simt_switch, .-simt_switch\n");

/* What simt_switch finds on a stack that begins with `entry`: six registers, then the address. */
static void *first_frame(char *top, void (*entry)())
{
    void **at = reinterpret_cast<void **>(top - 64);
    *--at = nullptr; /* nowhere to return to */
    *--at = reinterpret_cast<void *>(entry);
    for (int i = 0; i < 6; i++)
        *--at = nullptr;
    return at;
}

#else

#include <ucontext.h>

/* Elsewhere ucontext does it, ten times slower. A stack pointer is the address of a context. */
static void simt_switch(void **from, void *to)
{
    ucontext_t here;
    *from = &here;
    swapcontext(&here, static_cast<ucontext_t *>(to));
}

static void *first_frame(char *top, void (*entry)())
{
    ucontext_t *context = reinterpret_cast<ucontext_t *>(top - sizeof *context - 64);
    getcontext(context);
    context->uc_stack.ss_sp = top - SIMT_STACK_BYTES + 4096;
    context->uc_stack.ss_size = SIMT_STACK_BYTES - sizeof *context - 8192;
    makecontext(context, entry, 0);
    return context;
}

#endif

/* ---- stacks --------------------------------------------------------------------------------------------------------
 */

namespace
{

enum { MOST_STACKS = 1024 }; /* of a block */
char *stacks;                /* one behind the other, so that an address is soon known for one of a stack */
size_t stacks_used;
std::vector<char *> free_stacks;

/* The last one that was freed, which a cache still holds. */
char *take_stack()
{
    if (!free_stacks.empty()) {
        char *stack = free_stacks.back();
        free_stacks.pop_back();
        return stack;
    }
    if (!stacks) {
        void *mapped = mmap(nullptr, (size_t)MOST_STACKS * SIMT_STACK_BYTES, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (mapped == MAP_FAILED)
            abort();
        stacks = static_cast<char *>(mapped);
    }
    if (stacks_used == MOST_STACKS)
        abort();
    return stacks + SIMT_STACK_BYTES * stacks_used++;
}

/* Not all tops in the same set of a cache. */
char *top_of(char *stack)
{
    static unsigned turn;
    return stack + SIMT_STACK_BYTES - (turn++ * 320 & 8191) / 64 * 64;
}

/* Where the scheduler goes on, and its stack, for the address sanitizer. */
struct {
    void *stack_pointer, *sanitizer;
    const void *bottom;
    size_t size;
} scheduler;
void (*first_entry)();

void begin()
{
    SANITIZER_FINISH(nullptr, &scheduler.bottom, &scheduler.size);
    first_entry();
    abort(); /* it must leave for good */
}

} // namespace

void simt_fiber_resume(simt_fiber *fiber, void (*entry)())
{
    if (!fiber->stack) {
        fiber->stack = take_stack();
        fiber->stack_pointer = first_frame(top_of(fiber->stack), begin);
        first_entry = entry;
    }
    SANITIZER_START(&scheduler.sanitizer, fiber->stack, SIMT_STACK_BYTES);
    simt_switch(&scheduler.stack_pointer, fiber->stack_pointer);
    SANITIZER_FINISH(scheduler.sanitizer, nullptr, nullptr);
}

void simt_fiber_leave(simt_fiber *fiber, bool for_good)
{
    (void)for_good;
    SANITIZER_START(for_good ? nullptr : &fiber->sanitizer, scheduler.bottom, scheduler.size);
    simt_switch(&fiber->stack_pointer, scheduler.stack_pointer);
    SANITIZER_FINISH(fiber->sanitizer, &scheduler.bottom, &scheduler.size);
}

void simt_fiber_free(simt_fiber *fiber)
{
    free_stacks.push_back(fiber->stack);
    fiber->stack = nullptr;
}

bool simt_on_a_stack(const void *address)
{
    const char *at = static_cast<const char *>(address);
    return stacks && at >= stacks && at < stacks + SIMT_STACK_BYTES * stacks_used;
}
