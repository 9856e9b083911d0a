/* A growing byte buffer with a cap. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* `data` is never NULL after the first append and always has a NUL behind `len` bytes. */
struct buf {
	char *data;
	size_t len, size;
	size_t cap;  /* at most this many bytes; 0: 1 GiB */
	bool failed; /* an append was refused: over the cap or out of memory. Sticky until buf_reset */
};

/* Appends bytes, a string, or printf output. Refuses the whole append over the cap; then `failed` is set. */
void buf_add(struct buf *b, const void *bytes, size_t len);
void buf_puts(struct buf *b, const char *s);
void buf_printf(struct buf *b, const char *format, ...) PRINTF_LIKE(2, 3);

/* Removes the first n bytes (n <= len). */
void buf_consume(struct buf *b, size_t n);

/* Makes it empty and keeps the memory; gives the memory back. */
void buf_reset(struct buf *b);
void buf_free(struct buf *b);

/* Appends s with the five HTML characters escaped. For text and quoted attributes. */
void buf_html(struct buf *b, const char *s, size_t len);

#endif
