/* Memory that is given back all at once: one arena a request or a worker's tick. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

#include "base/err.h"

struct arena;

/*
 * Makes an arena that hands out at most `limit` bytes in all between two resets.
 * Returns NULL only when memory is out. The caller ends it with arena_free. One thread at a time.
 */
struct arena *arena_new(size_t limit);

/* Runs what was deferred (last first), gives the memory back and ends the arena. NULL is allowed. */
void arena_free(struct arena *a);

/* Runs what was deferred (last first) and makes the arena empty again; pointers into it are dead. */
void arena_reset(struct arena *a);

/*
 * Returns `size` zeroed bytes, aligned for any type, valid until the next reset.
 * Over the arena's limit or out of memory it ends the process: sizes are capped at the edge, so this is our own bug.
 */
void *arena_alloc(struct arena *a, size_t size) __attribute__((returns_nonnull));

/* Copies a string (NULL stays NULL) or `len` bytes with a NUL behind them into the arena. */
char *arena_strdup(struct arena *a, const char *s);
char *arena_memdup(struct arena *a, const void *bytes, size_t len);

/* The strings one behind the other: what a list makes in each row, in a fifth of printf's time. */
#define arena_join(a, ...) arena_join_((a), __VA_ARGS__, (char *)NULL)
char *arena_join_(struct arena *a, const char *first, ...) __attribute__((sentinel));

/* printf into the arena. */
char *arena_printf(struct arena *a, const char *format, ...) PRINTF_LIKE(2, 3);

/* Calls fn(ptr) at the next reset or at the end: ties what malloc owns to the arena. */
void arena_defer(struct arena *a, void (*fn)(void *), void *ptr);

#endif
