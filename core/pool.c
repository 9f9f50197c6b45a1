/* The caching pool: small blocks through a cache of each thread, which exchanges whole batches with a central list;
 * large ones through one list per size class. Free blocks carry their own links, so the pool needs no memory of its
 * own. */
#include "core/pool.h"

#include <stdatomic.h>
#include <stdint.h>

#include "core/mutex.h"
#include "core/poison.h"

enum {
    STEP = 64,    /* the smallest class, and every block's alignment */
    SMALL = 1024, /* up to here blocks are cut from slabs; classes are STEP apart */
    SMALL_CLASSES = SMALL / STEP,
    LARGE_CLASSES = 8 * 52, /* eight to each power of two above SMALL */
    SLAB = 32768,
    BATCH_BYTES = 8192, /* what a thread and the central list exchange at a time, within... */
    BATCH_MOST = 64     /* ...this many blocks */
};
#define LARGEST ((size_t)PTRDIFF_MAX / 2)

#define LIKELY(condition) __builtin_expect(!!(condition), 1)

/* What stands at the start of a free small block, and is poisoned with it. */
typedef struct block {
    struct block *next;
    struct block *next_batch; /* in the first block of a batch in the central list */
    uint32_t count;           /* there too: blocks in the batch */
} block;

/* What stands at the end of a free large block. It stays readable, because leak checkers follow no poisoned links. */
typedef struct tail {
    struct tail *next;
    size_t large_class;
} tail;

/* At the start of each SLAB bytes of small blocks of one class. The slab is aligned to its size, so that a block finds
 * it. */
typedef struct slab {
    struct slab *next;
    uint32_t small_class;
    uint32_t blocks;
    uint32_t unused; /* blocks in the central list: counted by trim */
} slab;

typedef struct bin {
    block *first;
    uint32_t count;
    uint32_t most; /* 0 sends releases the slow way: a thread that has not joined, or direct mode */
} bin;

typedef struct thread_cache {
    bin bins[SMALL_CLASSES];
    _Atomic int64_t live; /* bytes; written by its thread alone, negative where others' blocks were released here */
    struct thread_cache *next, *previous;
    enum { NEW, JOINED, ALONE } state; /* ALONE: the thread is ending, and works on the central list */
} thread_cache;

#ifdef GT_NO_THREADS
static thread_cache mine; /* nobody would hear of the end of another thread's */
#else
static _Thread_local thread_cache mine;
#endif

static struct {
    gt_mutex mutex; /* over everything below but live_elsewhere */
    block *batches[SMALL_CLASSES];
    tail *large[LARGE_CLASSES];
    slab *slabs;
    thread_cache *threads;
    bool direct;
    _Atomic int64_t live_elsewhere; /* of threads that have ended */
} pool = {.mutex = GT_MUTEX_INITIALIZER};

static bool watched; /* by valgrind */

/* sizes */

static size_t small_size(size_t small_class)
{
    return (small_class + 1) * STEP;
}

static uint32_t batch_size(size_t small_class)
{
    size_t count = BATCH_BYTES / small_size(small_class);
    return (uint32_t)(count < BATCH_MOST ? count : BATCH_MOST);
}

/* Classes 8e to 8e+7 cover (1024 * 2^e, 2048 * 2^e]. */
static size_t large_class(size_t bytes)
{
    size_t power = 63 - (size_t)__builtin_clzll((unsigned long long)bytes - 1);
    return 8 * (power - 10) + (((bytes - 1) >> (power - 3)) & 7);
}

static size_t large_size(size_t class)
{
    return ((class & 7) + 9) << (class / 8 + 7);
}

static tail *tail_of(void *large_block, size_t class)
{
    return (tail *)(void *)((char *)large_block + large_size(class)) - 1;
}

static void *block_of(tail *end, size_t class)
{
    return (char *)(end + 1) - large_size(class);
}

/* blocks and their links */

static inline void open_block(block *free_block)
{
    gt_unpoison(free_block, sizeof *free_block, true, watched);
}

static inline void close_block(block *free_block)
{
    gt_poison(free_block, sizeof *free_block, watched);
}

static inline void push(bin *to, block *free_block)
{
    open_block(free_block);
    free_block->next = to->first;
    close_block(free_block);
    to->first = free_block;
    to->count++;
}

static inline block *pop(bin *from)
{
    block *popped = from->first;
    open_block(popped);
    from->first = popped->next;
    close_block(popped);
    from->count--;
    return popped;
}

static slab *slab_of(block *small_block)
{
    return (slab *)(void *)((char *)small_block - (uintptr_t)small_block % SLAB);
}

static inline void count_live(int64_t change)
{
    if (LIKELY(mine.state == JOINED)) {
        int64_t live = atomic_load_explicit(&mine.live, memory_order_relaxed);
        atomic_store_explicit(&mine.live, live + change, memory_order_relaxed);
    } else {
        atomic_fetch_add_explicit(&pool.live_elsewhere, change, memory_order_relaxed);
    }
}

/* the central list; callers hold the mutex */

static void put_batch(size_t small_class, bin *batch)
{
    if (!batch->first)
        return;
    open_block(batch->first);
    batch->first->next_batch = pool.batches[small_class];
    batch->first->count = batch->count;
    close_block(batch->first);
    pool.batches[small_class] = batch->first;
    batch->first = NULL;
    batch->count = 0;
}

static bool get_batch(size_t small_class, bin *batch)
{
    block *first = pool.batches[small_class];
    if (!first)
        return false;
    open_block(first);
    pool.batches[small_class] = first->next_batch;
    batch->count = first->count;
    close_block(first);
    batch->first = first;
    return true;
}

/* Adds one block to a batch that the caller is filling, and the batch to the list when it is full. */
static void gather(size_t small_class, bin *batch, block *free_block)
{
    push(batch, free_block);
    if (batch->count == batch_size(small_class))
        put_batch(small_class, batch);
}

static void empty_bins(thread_cache *cache)
{
    for (size_t class = 0; class < SMALL_CLASSES; class ++) {
        bin batch = {0};
        while (cache->bins[class].first)
            gather(class, &batch, pop(&cache->bins[class]));
        put_batch(class, &batch);
    }
}

static void set_limits(thread_cache *cache, bool caching)
{
    for (size_t class = 0; class < SMALL_CLASSES; class ++)
        cache->bins[class].most = caching ? 2 * batch_size(class) : 0;
}

static void carve(slab *fresh, size_t small_class)
{
    size_t size = small_size(small_class);
    fresh->small_class = (uint32_t)small_class;
    fresh->blocks = (uint32_t)((SLAB - STEP) / size);
    fresh->next = pool.slabs;
    pool.slabs = fresh;
    char *start = (char *)fresh + STEP;
    gt_poison(start, SLAB - STEP, watched);
    bin batch = {0};
    for (size_t i = fresh->blocks; i-- > 0;)
        gather(small_class, &batch, (block *)(void *)(start + i * size));
    put_batch(small_class, &batch);
}

/* threads */

#ifdef GT_NO_THREADS

static bool arrive(void)
{
    watched = gt_poison_wants_valgrind();
    return true;
}

#else

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t at_thread_exit;
static bool has_key;

static void leave(void *cache_of_thread)
{
    thread_cache *cache = cache_of_thread;
    gt_mutex_lock(&pool.mutex);
    empty_bins(cache);
    set_limits(cache, false);
    *(cache->previous ? &cache->previous->next : &pool.threads) = cache->next;
    if (cache->next)
        cache->next->previous = cache->previous;
    atomic_fetch_add_explicit(&pool.live_elsewhere, atomic_load_explicit(&cache->live, memory_order_relaxed),
                              memory_order_relaxed);
    cache->state = ALONE;
    gt_mutex_unlock(&pool.mutex);
}

static void before_fork(void)
{
    gt_mutex_lock(&pool.mutex);
}

static void after_fork_in_parent(void)
{
    gt_mutex_unlock(&pool.mutex);
}

/* The other threads do not exist in the child. What they had in use still counts; what they had cached may have been
 * copied in the middle of a change, and is abandoned. */
static void after_fork_in_child(void)
{
    for (thread_cache *cache = pool.threads; cache; cache = cache->next)
        if (cache != &mine)
            atomic_fetch_add_explicit(&pool.live_elsewhere, atomic_load_explicit(&cache->live, memory_order_relaxed),
                                      memory_order_relaxed);
    mine.next = mine.previous = NULL;
    pool.threads = mine.state == JOINED ? &mine : NULL;
    gt_mutex_unlock(&pool.mutex);
}

static void start(void)
{
    watched = gt_poison_wants_valgrind();
    has_key = pthread_key_create(&at_thread_exit, leave) == 0;
    pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}

/* A host may unload the library while threads that used it live on; they must not call into it when they end. */
__attribute__((destructor)) static void forget_threads(void)
{
    if (has_key)
        pthread_key_delete(at_thread_exit);
    has_key = false;
}

/* Whether this thread's end will be heard of. */
static bool arrive(void)
{
    pthread_once(&once, start);
    return has_key && pthread_setspecific(at_thread_exit, &mine) == 0;
}

#endif

static void join(void)
{
    if (!arrive()) {
        mine.state = ALONE;
        return;
    }
    gt_mutex_lock(&pool.mutex);
    mine.next = pool.threads;
    if (mine.next)
        mine.next->previous = &mine;
    pool.threads = &mine;
    set_limits(&mine, !pool.direct);
    mine.state = JOINED;
    gt_mutex_unlock(&pool.mutex);
}

/* the slow ways */

static size_t rounded(size_t bytes)
{
    return (bytes + STEP - 1) / STEP * STEP;
}

static void *allocate_direct(size_t bytes)
{
    char *memory = gt_system_allocate(STEP, rounded(bytes));
    if (memory) {
        gt_poison(memory + bytes, rounded(bytes) - bytes, watched);
        count_live((int64_t)rounded(bytes));
    }
    return memory;
}

static void release_direct(void *memory, size_t bytes)
{
    gt_poison_check(memory, watched);
    gt_unpoison(memory, rounded(bytes), false, watched);
    count_live(-(int64_t)rounded(bytes));
    gt_system_release(memory, rounded(bytes));
}

/* Fills an empty bin from the central list, or from a new slab. */
static bool refill(size_t small_class, bin *empty)
{
    gt_mutex_lock(&pool.mutex);
    bool filled = get_batch(small_class, empty);
    gt_mutex_unlock(&pool.mutex);
    if (filled)
        return true;
    slab *fresh = gt_system_allocate(SLAB, SLAB);
    if (!fresh)
        return false;
    gt_mutex_lock(&pool.mutex);
    carve(fresh, small_class);
    get_batch(small_class, empty);
    gt_mutex_unlock(&pool.mutex);
    return true;
}

static void *allocate_small(size_t bytes)
{
    size_t class = (bytes - 1) / STEP;
    bin passing = {0};
    bin *from = mine.state == JOINED ? &mine.bins[class] : &passing;
    if (!from->first && !refill(class, from))
        return NULL;
    block *taken = pop(from);
    if (passing.first) {
        gt_mutex_lock(&pool.mutex);
        put_batch(class, &passing);
        gt_mutex_unlock(&pool.mutex);
    }
    gt_unpoison(taken, bytes, false, watched);
    count_live((int64_t)small_size(class));
    return taken;
}

static void *allocate_large(size_t bytes)
{
    size_t class = large_class(bytes);
    gt_mutex_lock(&pool.mutex);
    tail *end = pool.large[class];
    if (end)
        pool.large[class] = end->next;
    gt_mutex_unlock(&pool.mutex);
    void *taken = end ? block_of(end, class) : gt_system_allocate(STEP, large_size(class));
    if (!taken)
        return NULL;
    gt_poison(taken, large_size(class), watched);
    gt_unpoison(taken, bytes, false, watched);
    count_live((int64_t)large_size(class));
    return taken;
}

static void *allocate_cached(size_t bytes)
{
    return bytes <= SMALL ? allocate_small(bytes) : allocate_large(bytes);
}

static __attribute__((noinline)) void *allocate_slowly(size_t asked)
{
    size_t bytes = asked ? asked : 1;
    void *memory = NULL;
    if (mine.state == NEW)
        join();
    if (bytes <= LARGEST && pool.direct) {
        memory = allocate_direct(bytes);
    } else if (bytes <= LARGEST) {
        memory = allocate_cached(bytes);
        if (!memory) {
            gt_memory_trim();
            memory = allocate_cached(bytes);
        }
    }
    if (!memory)
        gt_fail(GT_ERR_MEMORY, "out of memory: %zu bytes asked for", asked);
    return memory;
}

static void release_large(void *released, size_t bytes)
{
    size_t class = large_class(bytes);
    tail *end = tail_of(released, class);
    gt_poison_check(released, watched);
    gt_poison(released, large_size(class), watched);
    gt_unpoison(end, sizeof *end, true, watched);
    count_live(-(int64_t)large_size(class));
    end->large_class = class;
    gt_mutex_lock(&pool.mutex);
    end->next = pool.large[class];
    pool.large[class] = end;
    gt_mutex_unlock(&pool.mutex);
}

/* Cuts the older half off a full bin, for the central list. */
static bin cut(bin *full)
{
    bin newer = {.most = full->most};
    for (uint32_t i = full->most / 2; i > 0; i--)
        push(&newer, pop(full));
    bin older = {.first = full->first, .count = full->count};
    *full = newer;
    return older;
}

static void release_small(void *released, size_t bytes)
{
    size_t class = (bytes - 1) / STEP;
    bin *to = &mine.bins[class];
    bin passing = {0};
    gt_poison_check(released, watched);
    gt_poison(released, small_size(class), watched);
    count_live(-(int64_t)small_size(class));
    if (to->most > 0 && to->count >= to->most)
        passing = cut(to);
    push(to->most > 0 ? to : &passing, released);
    if (!passing.first)
        return;
    gt_mutex_lock(&pool.mutex);
    put_batch(class, &passing);
    gt_mutex_unlock(&pool.mutex);
}

static __attribute__((noinline)) void release_slowly(void *memory, size_t asked)
{
    size_t bytes = asked ? asked : 1;
    if (!memory)
        return;
    if (mine.state == NEW)
        join();
    if (pool.direct)
        release_direct(memory, bytes);
    else if (bytes > SMALL)
        release_large(memory, bytes);
    else
        release_small(memory, bytes);
}

/* giving back */

/* Takes every block of a wholly free slab out of the central list, and those slabs out of theirs. */
static slab *detach_slabs(void)
{
    for (slab *each = pool.slabs; each; each = each->next)
        each->unused = 0;
    for (size_t class = 0; class < SMALL_CLASSES; class ++) {
        bin all = {0}, batch = {0}, kept = {0};
        while (get_batch(class, &batch))
            while (batch.count) {
                push(&all, pop(&batch));
                slab_of(all.first)->unused++;
            }
        while (all.first) {
            const slab *home = slab_of(all.first);
            block *free_block = pop(&all);
            if (home->unused < home->blocks)
                gather(class, &kept, free_block);
        }
        put_batch(class, &kept);
    }
    slab *detached = NULL;
    for (slab **link = &pool.slabs; *link;) {
        slab *each = *link;
        if (each->unused < each->blocks) {
            link = &each->next;
            continue;
        }
        *link = each->next;
        each->next = detached;
        detached = each;
    }
    return detached;
}

static tail *detach_large(void)
{
    tail *detached = NULL;
    for (size_t class = 0; class < LARGE_CLASSES; class ++)
        while (pool.large[class]) {
            tail *each = pool.large[class];
            pool.large[class] = each->next;
            each->next = detached;
            detached = each;
        }
    return detached;
}

static void give_back(slab *slabs, tail *blocks)
{
    while (slabs) {
        slab *each = slabs;
        slabs = each->next;
        gt_unpoison(each, SLAB, false, watched);
        gt_system_release(each, SLAB);
    }
    while (blocks) {
        size_t class = blocks->large_class;
        void *each = block_of(blocks, class);
        blocks = blocks->next;
        gt_unpoison(each, large_size(class), false, watched);
        gt_system_release(each, large_size(class));
    }
}

void gt_memory_trim(void)
{
    gt_mutex_lock(&pool.mutex);
    empty_bins(&mine);
    slab *slabs = detach_slabs();
    tail *blocks = detach_large();
    gt_mutex_unlock(&pool.mutex);
    give_back(slabs, blocks); /* the allocator is never called under the mutex: it may ask for the counters */
}

void gt_pool_restart(bool direct)
{
    gt_mutex_lock(&pool.mutex);
    for (thread_cache *cache = pool.threads; cache; cache = cache->next) {
        empty_bins(cache);
        set_limits(cache, !direct);
    }
    pool.direct = direct;
    gt_mutex_unlock(&pool.mutex);
    gt_memory_trim();
}

/* the fast ways */

size_t gt_memory_live(void)
{
    gt_mutex_lock(&pool.mutex);
    int64_t live = atomic_load_explicit(&pool.live_elsewhere, memory_order_relaxed);
    for (thread_cache *cache = pool.threads; cache; cache = cache->next)
        live += atomic_load_explicit(&cache->live, memory_order_relaxed);
    gt_mutex_unlock(&pool.mutex);
    return live > 0 ? (size_t)live : 0; /* a sum taken while others release may be a little short */
}

void *gt_pool_allocate(size_t bytes)
{
    if (LIKELY(bytes - 1 < SMALL)) { /* 0 wraps, and goes the slow way */
        bin *from = &mine.bins[(bytes - 1) / STEP];
        if (LIKELY(from->first != NULL)) {
            block *taken = pop(from);
            gt_unpoison(taken, bytes, false, watched);
            count_live((int64_t)rounded(bytes));
            return taken;
        }
    }
    return allocate_slowly(bytes);
}

void gt_pool_release(void *memory, size_t bytes)
{
    if (LIKELY(memory && bytes - 1 < SMALL)) {
        bin *to = &mine.bins[(bytes - 1) / STEP];
        if (LIKELY(to->count < to->most)) {
            gt_poison_check(memory, watched);
            gt_poison(memory, rounded(bytes), watched);
            push(to, memory);
            count_live(-(int64_t)rounded(bytes));
            return;
        }
    }
    release_slowly(memory, bytes);
}
