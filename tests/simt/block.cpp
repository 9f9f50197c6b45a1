/* A block: its threads have turns until they wait; barriers and warps let them go on. */
#include <stdlib.h>

#include <vector>

#include "engine.h"

uint3 threadIdx, blockIdx;
dim3 blockDim, gridDim;
simt_running simt_now = {nullptr, 0, -1, nullptr};

namespace
{

enum state { READY, AT_BARRIER, AT_WARP_OPERATION, DONE };
enum warp_operation { BARRIER, SHUFFLE, BALLOT };

struct thread {
    simt_fiber fiber;
    uint3 index;
    state is;
    const void *place; /* in the code, where it waits */
    warp_operation operation;
    unsigned mask;
    int source;
    uint64_t given, result;
};

std::vector<thread> threads; /* grows to the largest block */
int thread_count, live_count;
std::vector<int> ready; /* who can have a turn */

int warp_of(int i)
{
    return i / warpSize;
}

thread &self()
{
    return threads[(size_t)simt_now.thread];
}

/* ---- turns ----------------------------------------------------------------------------------------------------------
 */

void run_thread()
{
    simt_now.call->run();
    self().is = DONE;
    simt_fiber_leave(&self().fiber, true);
}

/* The index in `ready` of who is next; with random warps, a thread of the same warp as before if there is one. */
size_t choose()
{
    static int warp_before = -1;
    switch (simt_current_order()) {
    case SIMT_IN_ORDER:
        return 0;
    case SIMT_REVERSE:
        return ready.size() - 1;
    case SIMT_RANDOM_THREAD:
        return simt_random((unsigned)ready.size());
    case SIMT_RANDOM_WARP:
        break;
    }
    for (size_t i = 0; i < ready.size(); i++)
        if (warp_of(ready[i]) == warp_before)
            return i;
    const size_t chosen = simt_random((unsigned)ready.size());
    warp_before = warp_of(ready[chosen]);
    return chosen;
}

bool release_warp(int of);

void give_turn(int i)
{
    thread &t = threads[(size_t)i];
    simt_now.thread = i;
    threadIdx = t.index;
    simt_fiber_resume(&t.fiber, run_thread);
    if (t.is == DONE) {
        live_count--;
        simt_fiber_free(&t.fiber);
    } else if (t.is == AT_WARP_OPERATION) {
        release_warp(i);
    }
}

void run_all_that_are_ready()
{
    /* In order, no search and no moving: a round of turns at a time. */
    static std::vector<int> round;
    while (!ready.empty()) {
        if (simt_current_order() == SIMT_IN_ORDER) {
            round.swap(ready);
            ready.clear();
            for (const int i : round)
                give_turn(i);
            continue;
        }
        const size_t chosen = choose();
        const int i = ready[chosen];
        ready.erase(ready.begin() + (std::ptrdiff_t)chosen);
        give_turn(i);
    }
}

/* ---- warps ----------------------------------------------------------------------------------------------------------
 */

bool is_lane_of(unsigned mask, int lane)
{
    return mask >> lane & 1;
}

/* Whether all lanes that the thread waits for are at the same operation, or gone. */
bool all_lanes_arrived(int of)
{
    const thread &first = threads[(size_t)of];
    const int begin = warp_of(of) * warpSize;
    for (int lane = 0; lane < warpSize && begin + lane < thread_count; lane++) {
        const thread &t = threads[(size_t)(begin + lane)];
        if (!is_lane_of(first.mask, lane) || t.is == DONE)
            continue;
        if (t.is != AT_WARP_OPERATION || t.mask != first.mask || t.operation != first.operation ||
            t.place != first.place)
            return false;
    }
    return true;
}

void give_result(int i, int begin, uint64_t ballot)
{
    thread &t = threads[(size_t)i];
    t.result = ballot;
    if (t.operation != SHUFFLE)
        return;
    const int source = begin + t.source;
    if (source < thread_count && is_lane_of(t.mask, t.source) && threads[(size_t)source].is == AT_WARP_OPERATION) {
        t.result = threads[(size_t)source].given;
        return;
    }
    simt_now.thread = i;
    simt_find("a shuffle reads lane %d, which is absent or not in the mask", t.source);
    t.result = ~UINT64_C(0);
}

/* Lets the lanes that wait with this thread go on, once all are there. */
bool release_warp(int of)
{
    if (!all_lanes_arrived(of))
        return false;
    const unsigned mask = threads[(size_t)of].mask;
    const int begin = warp_of(of) * warpSize;
    std::vector<int> lanes;
    uint64_t ballot = 0;
    for (int lane = 0; lane < warpSize && begin + lane < thread_count; lane++)
        if (is_lane_of(mask, lane) && threads[(size_t)(begin + lane)].is == AT_WARP_OPERATION) {
            lanes.push_back(begin + lane);
            ballot |= (threads[(size_t)(begin + lane)].given & 1) << lane;
        }
    for (const int i : lanes)
        give_result(i, begin, ballot);
    if (threads[(size_t)of].operation == BARRIER && mask == 0xffffffffu)
        simt_checker_warp_barrier(warp_of(of));
    for (const int i : lanes) {
        threads[(size_t)i].is = READY;
        ready.push_back(i);
    }
    return true;
}

uint64_t wait_in_warp(warp_operation operation, unsigned mask, uint64_t given, int source, const void *place)
{
    thread &t = self();
    if (!is_lane_of(mask, simt_lane()))
        simt_find("a warp operation's mask %08x lacks the caller's lane %d", mask, simt_lane());
    t.operation = operation;
    t.mask = mask | 1u << simt_lane();
    t.given = given;
    t.source = source;
    t.place = place;
    t.is = AT_WARP_OPERATION;
    simt_fiber_leave(&t.fiber, false);
    return self().result;
}

/* ---- barriers -------------------------------------------------------------------------------------------------------
 */

/* Lets all go on if every live thread waits at a barrier; at different ones is a finding. */
bool release_barrier()
{
    const void *place = nullptr;
    bool differ = false;
    int waiting = 0;
    for (int i = 0; i < thread_count; i++) {
        const thread &t = threads[(size_t)i];
        if (t.is != AT_BARRIER)
            continue;
        differ |= waiting > 0 && t.place != place;
        place = t.place;
        waiting++;
    }
    if (waiting == 0 || waiting < live_count)
        return false;
    if (differ)
        simt_find("threads of the block wait at different barriers");
    simt_checker_barrier();
    for (int i = 0; i < thread_count; i++)
        if (threads[(size_t)i].is == AT_BARRIER) {
            threads[(size_t)i].is = READY;
            ready.push_back(i);
        }
    return true;
}

/* Lanes whose partners have ended meanwhile. */
bool release_any_warp()
{
    for (int i = 0; i < thread_count; i++)
        if (threads[(size_t)i].is == AT_WARP_OPERATION && release_warp(i))
            return true;
    return false;
}

[[noreturn]] void stuck()
{
    simt_find("the block is stuck: some threads wait at a barrier or for their warp, where others never arrive");
    abort();
}

} // namespace

int simt_lane()
{
    return simt_now.thread % warpSize;
}

__attribute__((noinline)) void simt_barrier()
{
    thread &t = self();
    t.place = __builtin_return_address(0);
    t.is = AT_BARRIER;
    simt_fiber_leave(&t.fiber, false);
}

__attribute__((noinline)) void simt_warp_barrier(unsigned mask)
{
    wait_in_warp(BARRIER, mask, 0, 0, __builtin_return_address(0));
}

__attribute__((noinline)) uint64_t simt_shuffle(unsigned mask, uint64_t value, int source)
{
    return wait_in_warp(SHUFFLE, mask, value, source, __builtin_return_address(0));
}

__attribute__((noinline)) unsigned simt_ballot(unsigned mask, bool value)
{
    return (unsigned)wait_in_warp(BALLOT, mask, value, 0, __builtin_return_address(0));
}

void simt_run_block(const simt_call &call)
{
    simt_now.call = &call;
    thread_count = live_count = (int)(blockDim.x * blockDim.y * blockDim.z);
    if (threads.size() < (size_t)thread_count)
        threads.resize((size_t)thread_count);
    ready.clear();
    for (int i = 0; i < thread_count; i++) {
        const unsigned at = (unsigned)i;
        thread &t = threads[(size_t)i];
        t = thread{};
        t.index = uint3{at % blockDim.x, at / blockDim.x % blockDim.y, at / blockDim.x / blockDim.y};
        ready.push_back(i);
    }
    do {
        run_all_that_are_ready();
        if (live_count > 0 && !release_barrier() && !release_any_warp())
            stuck();
    } while (live_count > 0);
    simt_now.thread = -1;
}
