/* Secrets taken out of a stream of bytes before anybody stores or sees it. */
#ifndef WORKER_MASK_H
#define WORKER_MASK_H

#include <stddef.h>

#include "base/buf.h"

struct arena;
struct mask; /* a set of patterns; read-only once made, then any thread */

/* NULL when memory is out. */
struct mask *mask_new(void);
void mask_free(struct mask *m);

/*
 * Adds a secret: as it is (each line of it), as URL, as JSON text, and as Base64 at each of the three offsets. Texts below 8
 * bytes are not masked: that would hide ordinary words. NULL is allowed. `a` is scratch.
 */
void mask_add(struct mask *m, struct arena *a, const char *secret);

/*
 * Appends `bytes` to `out` with every secret replaced by "***". What may be the beginning of a secret stays in `carry` until the
 * next call; a pattern holds no line end, so after one nothing stays. len 0 flushes what stayed.
 */
void mask_run(const struct mask *m, struct buf *carry, const char *bytes, size_t len, struct buf *out);

#endif
