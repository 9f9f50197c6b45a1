/* Settings, random numbers, findings. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine.h"

std::recursive_mutex simt_lock;

namespace
{

struct settings {
    simt_order order = SIMT_IN_ORDER;
    uint64_t random = 0x9e3779b97f4a7c15;
    bool deferred = false;
    bool abort_at_once = false;
};

simt_order order_named(const char *name)
{
    const char *const names[] = {"in-order", "reverse", "random", "warp"};
    for (int i = 0; name && i < 4; i++)
        if (strcmp(names[i], name) == 0)
            return (simt_order)i;
    return SIMT_IN_ORDER;
}

settings &current()
{
    static settings set = [] {
        settings from_environment;
        const char *seed = simt_environment("SIMT_SEED");
        from_environment.order = order_named(simt_environment("SIMT_ORDER"));
        from_environment.deferred = simt_environment("SIMT_DEFER") != nullptr;
        from_environment.abort_at_once = simt_environment("SIMT_ABORT") != nullptr;
        if (seed)
            from_environment.random ^= strtoull(seed, nullptr, 0) * 0xbf58476d1ce4e5b9;
        return from_environment;
    }();
    return set;
}

enum { MOST_PRINTED = 20 };
unsigned long long findings;
char last_finding[1024];

} // namespace

const char *simt_environment(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : nullptr;
}

simt_order simt_current_order()
{
    return current().order;
}

bool simt_is_deferred()
{
    return current().deferred;
}

/* xorshift64*: Vigna, 2016. */
unsigned simt_random(unsigned bound)
{
    uint64_t &state = current().random;
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return (unsigned)((state * 0x2545f4914f6cdd1d) >> 33) % bound;
}

void simt_set_order(simt_order order, unsigned long long seed)
{
    const simt_guard guard(simt_lock);
    current().order = order;
    current().random = 0x9e3779b97f4a7c15 ^ (seed * 0xbf58476d1ce4e5b9);
}

void simt_set_deferred(bool deferred)
{
    const simt_guard guard(simt_lock);
    simt_wait_for_all();
    current().deferred = deferred;
}

void simt_find(const char *format, ...)
{
    char what[768];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    if (simt_now.kernel)
        snprintf(last_finding, sizeof last_finding, "%.200s, block %u, thread %d: %s", simt_now.kernel, simt_now.block,
                 simt_now.thread, what);
    else
        snprintf(last_finding, sizeof last_finding, "%s", what);
    if (findings++ < MOST_PRINTED)
        fprintf(stderr, "simt: %s\n", last_finding);
    if (current().abort_at_once)
        abort();
}

unsigned long long simt_findings(void)
{
    const simt_guard guard(simt_lock);
    return findings;
}

const char *simt_last_finding(void)
{
    return last_finding;
}

void simt_forget_findings(void)
{
    const simt_guard guard(simt_lock);
    findings = 0;
    last_finding[0] = '\0';
}
