/* A mutex; in a build without threads (GRADTAPE_THREADS=OFF) there is nothing to lock. */
#ifndef GT_MUTEX_H
#define GT_MUTEX_H

#ifdef GT_NO_THREADS

typedef struct gt_mutex {
    char unused;
} gt_mutex;
#define GT_MUTEX_INITIALIZER                                                                                           \
    {                                                                                                                  \
        0                                                                                                              \
    }

static inline void gt_mutex_lock(gt_mutex *mutex)
{
    (void)mutex;
}

static inline void gt_mutex_unlock(gt_mutex *mutex)
{
    (void)mutex;
}

#else

#include <pthread.h>

typedef pthread_mutex_t gt_mutex;
#define GT_MUTEX_INITIALIZER PTHREAD_MUTEX_INITIALIZER

static inline void gt_mutex_lock(gt_mutex *mutex)
{
    pthread_mutex_lock(mutex);
}

static inline void gt_mutex_unlock(gt_mutex *mutex)
{
    pthread_mutex_unlock(mutex);
}

#endif

#endif
