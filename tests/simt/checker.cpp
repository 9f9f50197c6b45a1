/* The checker: every access of a kernel to memory, as -fsanitize=thread makes the compiler report it.
 *
 * .cu files compiled with that option call __tsan_read4 and the like; they find these functions here instead of in the
 * compiler's own library, which is not linked. For each byte of global and shared memory those accesses are kept that a
 * later one can race with, each with thread, block, and how many barriers had passed: two accesses of which one writes
 * race if no barrier lies between them. Also found: reads of what nobody wrote, accesses outside of allocations, and
 * misaligned ones. */
#include <dlfcn.h>
#include <link.h>
#include <stdio.h>

#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine.h"

namespace
{

bool is_checked; /* whether any kernel was compiled for the checker: only then all writes are known */

/* ---- when
 * ------------------------------------------------------------------------------------------------------------ */

uint32_t launch_number, block_number; /* of all launches and blocks so far, from 1 */
uint32_t barriers;                    /* passed in this block */
uint32_t warp_barriers[32];           /* passed by each warp */

struct access {
    const void *place; /* in the code */
    uint32_t launch, block, barrier, warp_barrier;
    unsigned place_in_grid; /* of the block */
    int16_t thread;         /* there are seven accesses to each byte of memory */
    bool atomic;
};

/* The last read by a warp, and the last one before it by another of its lanes. */
struct warp_reads {
    access last, mate;
};

/* What is known of a byte. Whatever a write races with, it also races with one of the accesses here: of this block the
 * reads by the two warps that read last, of other blocks the last read. A write can hide behind an atomic operation
 * that follows it, so that the last plain one is kept too. */
struct byte_state {
    access write, plain_write;
    warp_reads reads[2];
    access foreign_read;
    uint32_t written_in; /* shared memory: the block that wrote it; global: not 0 if it was written */
};

/* Whether the two could be at once; of the same byte, and one of them a write. */
bool race(const access &before, const access &now, bool shared)
{
    if (before.launch != now.launch || (before.atomic && now.atomic))
        return false;
    if (before.block != now.block)
        return !shared; /* each block has shared memory of its own */
    if (before.thread == now.thread || before.barrier != now.barrier)
        return false;
    const bool same_warp = before.thread / warpSize == now.thread / warpSize;
    return !same_warp || before.warp_barrier == now.warp_barrier;
}

/* ---- where
 * ------------------------------------------------------------------------------------------------------------ */

enum { PAGE_BYTES = 1024 };
std::unordered_map<uintptr_t, std::vector<byte_state>> pages;
std::map<uintptr_t, size_t> global; /* allocations of device memory */

byte_state &state_of(uintptr_t address)
{
    static uintptr_t last_page = UINTPTR_MAX;
    static byte_state *last;
    if (address / PAGE_BYTES != last_page) {
        std::vector<byte_state> &page = pages[address / PAGE_BYTES];
        if (page.empty())
            page.resize(PAGE_BYTES);
        last_page = address / PAGE_BYTES;
        last = page.data();
    }
    return last[address % PAGE_BYTES];
}

bool is_global(uintptr_t address, size_t bytes)
{
    auto found = global.upper_bound(address);
    if (found == global.begin())
        return false;
    --found;
    return address + bytes <= found->first + found->second;
}

/* The parts of loaded objects. */
struct segment {
    uintptr_t begin, end;
    bool writable;
};

int list_segments(dl_phdr_info *info, size_t, void *result)
{
    std::vector<segment> *list = static_cast<std::vector<segment> *>(result);
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) &part = info->dlpi_phdr[i];
        if (part.p_type == PT_LOAD)
            list->push_back(segment{info->dlpi_addr + part.p_vaddr, info->dlpi_addr + part.p_vaddr + part.p_memsz,
                                    (part.p_flags & PF_W) != 0});
    }
    return 0;
}

/* Looked up anew for each kernel, since objects are loaded while the program runs. */
std::vector<segment> segments;

enum kind { IGNORED, SHARED, GLOBAL, OUTSIDE };

/* threadIdx and its like; a program that is not loaded as a shared object has them among its own variables. */
bool is_built_in(uintptr_t address)
{
    const struct {
        const void *first;
        size_t bytes;
    } variables[] = {{&threadIdx, sizeof threadIdx},
                     {&blockIdx, sizeof blockIdx},
                     {&blockDim, sizeof blockDim},
                     {&gridDim, sizeof gridDim}};
    for (const auto &variable : variables)
        if (address - reinterpret_cast<uintptr_t>(variable.first) < variable.bytes)
            return true;
    return false;
}

/* A kernel's __shared__ arrays are static variables of its object. */
kind kind_of(uintptr_t address, size_t bytes)
{
    const uintptr_t call = reinterpret_cast<uintptr_t>(simt_now.call);
    if (simt_on_a_stack(reinterpret_cast<const void *>(address)) ||
        (address >= call && address < call + simt_now.call->size))
        return IGNORED;
    if (is_global(address, bytes))
        return GLOBAL;
    for (const segment &part : segments)
        if (address >= part.begin && address < part.end)
            return part.writable && !is_built_in(address) ? SHARED : IGNORED;
    return OUTSIDE;
}

/* ---- reports
 * ----------------------------------------------------------------------------------------------------------- */

/* "softmax.cu:14" */
std::string source_of(const void *place)
{
    Dl_info object;
    char line[256] = "?";
    if (!dladdr(place, &object) || !object.dli_fname)
        return line;
    const uintptr_t offset = reinterpret_cast<uintptr_t>(place) - 1 - reinterpret_cast<uintptr_t>(object.dli_fbase);
    const std::string command = "addr2line -s -e '" + std::string(object.dli_fname) + "' 0x";
    char number[24];
    snprintf(number, sizeof number, "%lx", (unsigned long)offset);
    FILE *pipe = popen((command + number).c_str(), "r");
    if (!pipe)
        return line;
    if (fgets(line, sizeof line, pipe))
        line[strcspn(line, "\n")] = '\0';
    pclose(pipe);
    return line;
}

/* The same pair of places once. */
void report(const char *what, const void *place, const access *other)
{
    static std::set<std::pair<const void *, const void *>> reported;
    if (!reported.insert({place, other ? other->place : static_cast<const void *>(what)}).second)
        return;
    if (other)
        simt_find("%s at %s, and block %u, thread %d at %s", what, source_of(place).c_str(), other->place_in_grid,
                  other->thread, source_of(other->place).c_str());
    else
        simt_find("%s at %s", what, source_of(place).c_str());
}

/* The write before `now` that it races with; NULL: none. */
const access *racing_write(const byte_state &state, const access &now, bool shared)
{
    if (race(state.write, now, shared))
        return &state.write;
    return race(state.plain_write, now, shared) ? &state.plain_write : nullptr;
}

const access *racing_read(const byte_state &state, const access &now, bool shared)
{
    for (const warp_reads &by : state.reads)
        for (const access *read : {&by.last, &by.mate})
            if (race(*read, now, shared))
                return read;
    return race(state.foreign_read, now, shared) ? &state.foreign_read : nullptr;
}

void check_write(byte_state &state, const access &now, bool shared)
{
    if (const access *write = racing_write(state, now, shared))
        report("race of two writes:", now.place, write);
    if (const access *read = racing_read(state, now, shared))
        report("race of a write with a read before it:", now.place, read);
    state.write = now;
    if (!now.atomic)
        state.plain_write = now;
    state.written_in = shared ? block_number : 1;
}

/* Whether the block has passed no barrier since the access. */
bool is_of_this_phase(const access &before, const access &now)
{
    return before.launch == now.launch && before.block == now.block && before.barrier == now.barrier;
}

void keep_read(byte_state &state, const access &now)
{
    const access &newest = state.reads[0].last;
    if (newest.launch == now.launch && newest.block != now.block)
        state.foreign_read = newest;
    if (!is_of_this_phase(newest, now)) {
        state.reads[0] = warp_reads{now, access{}};
        state.reads[1] = warp_reads{};
        return;
    }
    const int warp = now.thread / warpSize;
    if (newest.thread / warpSize != warp) {
        std::swap(state.reads[0], state.reads[1]);
        if (!is_of_this_phase(newest, now) || newest.thread / warpSize != warp) {
            state.reads[0] = warp_reads{now, access{}};
            return;
        }
    }
    if (newest.thread != now.thread)
        state.reads[0].mate = newest;
    state.reads[0].last = now;
}

void check_read(byte_state &state, const access &now, bool shared)
{
    const bool known = shared ? state.written_in == block_number : state.written_in != 0;
    if (!known)
        report(shared ? "read of shared memory that nobody wrote" : "read of global memory that nobody wrote",
               now.place, nullptr);
    else if (const access *write = racing_write(state, now, shared))
        report("race of a read with a write before it:", now.place, write);
    if (!now.atomic) /* it writes as well, which is kept */
        keep_read(state, now);
}

enum { ANY_ALIGNMENT = 1 };

void check(const void *memory, size_t bytes, size_t alignment, bool write, bool atomic, const void *place)
{
    if (!simt_now.kernel || simt_now.thread < 0)
        return;
    const uintptr_t address = reinterpret_cast<uintptr_t>(memory);
    const kind what = kind_of(address, bytes);
    if (what == IGNORED)
        return;
    if (what == OUTSIDE) {
        report(write ? "write outside of device memory" : "read outside of device memory", place, nullptr);
        return;
    }
    if (address % alignment != 0)
        report("misaligned access", place, nullptr);
    access now = {};
    now.place = place;
    now.launch = launch_number;
    now.block = block_number;
    now.barrier = barriers;
    now.warp_barrier = warp_barriers[simt_now.thread / warpSize];
    now.place_in_grid = simt_now.block;
    now.thread = (int16_t)simt_now.thread;
    now.atomic = atomic;
    for (size_t i = 0; i < bytes; i++) {
        byte_state &state = state_of(address + i);
        if (!write || atomic)
            check_read(state, now, what == SHARED);
        if (write)
            check_write(state, now, what == SHARED);
    }
}

} // namespace

/* ---- what the executor tells
 * ------------------------------------------------------------------------------------------ */

void simt_checker_begin_kernel()
{
    launch_number++;
    segments.clear();
    dl_iterate_phdr(list_segments, &segments);
}

void simt_checker_begin_block()
{
    block_number++;
    barriers = 0;
    memset(warp_barriers, 0, sizeof warp_barriers);
}

void simt_checker_barrier()
{
    barriers++;
}

void simt_checker_warp_barrier(int warp)
{
    warp_barriers[warp]++;
}

void simt_checker_allocated(void *memory, size_t bytes)
{
    const uintptr_t first = reinterpret_cast<uintptr_t>(memory);
    global[first] = bytes;
    for (auto page = pages.begin(); page != pages.end();) {
        const uintptr_t begin = page->first * PAGE_BYTES;
        if (begin + PAGE_BYTES <= first || begin >= first + bytes) {
            ++page;
            continue;
        }
        for (uintptr_t i = begin; i < begin + PAGE_BYTES; i++)
            if (i >= first && i < first + bytes)
                page->second[i - begin] = byte_state{};
        ++page;
    }
}

void simt_checker_freed(void *memory)
{
    global.erase(reinterpret_cast<uintptr_t>(memory));
}

/* ---- what compiled code calls
 * -------------------------------------------------------------------------------------------- */

#define PLACE __builtin_return_address(0)

void simt_atomic(void *address, size_t bytes, const void *place)
{
    if (is_checked)
        check(address, bytes, bytes, true, true, place);
}

void simt_checker_written(void *memory, size_t bytes)
{
    if (!is_checked)
        return;
    const uintptr_t first = reinterpret_cast<uintptr_t>(memory);
    for (size_t i = 0; i < bytes; i++)
        state_of(first + i).written_in = 1;
}

void simt_checker_copied(void *to, const void *from, size_t bytes)
{
    if (!is_checked)
        return;
    const uintptr_t first = reinterpret_cast<uintptr_t>(to), source = reinterpret_cast<uintptr_t>(from);
    for (size_t i = 0; i < bytes; i++) {
        const uint32_t written = state_of(source + i).written_in;
        state_of(first + i).written_in = written;
    }
}

void simt_checker_read(const char *who, const void *memory, size_t bytes)
{
    if (!is_checked)
        return;
    const uintptr_t first = reinterpret_cast<uintptr_t>(memory);
    for (size_t i = 0; i < bytes; i++)
        if (!state_of(first + i).written_in) {
            simt_find("%s reads global memory that nobody wrote", who);
            return;
        }
}

extern "C" {

#define ACCESSES(bytes)                                                                                                \
    void __tsan_read##bytes(void *memory)                                                                              \
    {                                                                                                                  \
        check(memory, bytes, bytes, false, false, PLACE);                                                              \
    }                                                                                                                  \
    void __tsan_write##bytes(void *memory)                                                                             \
    {                                                                                                                  \
        check(memory, bytes, bytes, true, false, PLACE);                                                               \
    }
ACCESSES(1)
ACCESSES(2)
ACCESSES(4)
ACCESSES(8)
ACCESSES(16)

#define UNALIGNED_ACCESSES(bytes)                                                                                      \
    void __tsan_unaligned_read##bytes(void *memory)                                                                    \
    {                                                                                                                  \
        check(memory, bytes, bytes, false, false, PLACE);                                                              \
    }                                                                                                                  \
    void __tsan_unaligned_write##bytes(void *memory)                                                                   \
    {                                                                                                                  \
        check(memory, bytes, bytes, true, false, PLACE);                                                               \
    }
UNALIGNED_ACCESSES(2)
UNALIGNED_ACCESSES(4)
UNALIGNED_ACCESSES(8)
UNALIGNED_ACCESSES(16)

void __tsan_read_range(void *memory, size_t bytes)
{
    check(memory, bytes, ANY_ALIGNMENT, false, false, PLACE);
}

void __tsan_write_range(void *memory, size_t bytes)
{
    check(memory, bytes, ANY_ALIGNMENT, true, false, PLACE);
}

/* Called by the constructor of each object that was compiled for the checker. */
void __tsan_init()
{
    is_checked = true;
}

void __tsan_func_entry(void *)
{
}

void __tsan_func_exit()
{
}

void __tsan_vptr_update(void **, void *)
{
}

void __tsan_vptr_read(void **)
{
}

/* std::atomic, in the backend's code for the host. */
#define ATOMIC_OPERATIONS(bits, type)                                                                                  \
    type __tsan_atomic##bits##_load(const volatile type *at, int)                                                      \
    {                                                                                                                  \
        return __atomic_load_n(at, __ATOMIC_SEQ_CST);                                                                  \
    }                                                                                                                  \
    void __tsan_atomic##bits##_store(volatile type *at, type value, int)                                               \
    {                                                                                                                  \
        __atomic_store_n(at, value, __ATOMIC_SEQ_CST);                                                                 \
    }                                                                                                                  \
    type __tsan_atomic##bits##_exchange(volatile type *at, type value, int)                                            \
    {                                                                                                                  \
        return __atomic_exchange_n(at, value, __ATOMIC_SEQ_CST);                                                       \
    }                                                                                                                  \
    type __tsan_atomic##bits##_fetch_add(volatile type *at, type value, int)                                           \
    {                                                                                                                  \
        return __atomic_fetch_add(at, value, __ATOMIC_SEQ_CST);                                                        \
    }                                                                                                                  \
    type __tsan_atomic##bits##_fetch_sub(volatile type *at, type value, int)                                           \
    {                                                                                                                  \
        return __atomic_fetch_sub(at, value, __ATOMIC_SEQ_CST);                                                        \
    }                                                                                                                  \
    int __tsan_atomic##bits##_compare_exchange_strong(volatile type *at, type *expected, type value, int, int)         \
    {                                                                                                                  \
        return __atomic_compare_exchange_n(at, expected, value, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);            \
    }
ATOMIC_OPERATIONS(8, unsigned char)
ATOMIC_OPERATIONS(32, unsigned)
ATOMIC_OPERATIONS(64, unsigned long)
}
