/* A growing byte buffer with a cap. */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST = 256, DEFAULT_CAP = 1 << 30 };

static bool reserve(struct buf *b, size_t more)
{
	size_t cap = b->cap ? b->cap : DEFAULT_CAP;
	if (b->failed || more > cap || b->len > cap - more) {
		b->failed = true;
		return false;
	}
	size_t need = b->len + more + 1;
	if (need <= b->size)
		return true;
	size_t size = b->size ? b->size : FIRST;
	while (size < need)
		size *= 2;
	char *data = realloc(b->data, size);
	if (!data) {
		b->failed = true;
		return false;
	}
	b->data = data;
	b->size = size;
	return true;
}

void buf_add(struct buf *b, const void *bytes, size_t len)
{
	if (!reserve(b, len))
		return;
	if (len)
		memcpy(b->data + b->len, bytes, len);
	b->len += len;
	b->data[b->len] = 0;
}

void buf_puts(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void buf_printf(struct buf *b, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	va_list again;
	va_copy(again, args);
	size_t room = b->data ? b->size - b->len : 0; /* where it fits, one pass is enough */
	int n = vsnprintf(room ? b->data + b->len : NULL, room, format, args);
	va_end(args);
	if (n >= 0 && reserve(b, (size_t)n)) {
		if ((size_t)n >= room)
			vsnprintf(b->data + b->len, (size_t)n + 1, format, again);
		b->len += (size_t)n;
	} else if (room) {
		b->data[b->len] = 0;
	}
	va_end(again);
}

void buf_consume(struct buf *b, size_t n)
{
	if (!n)
		return;
	memmove(b->data, b->data + n, b->len - n + 1);
	b->len -= n;
}

void buf_reset(struct buf *b)
{
	b->len = 0;
	b->failed = false;
	if (b->data)
		b->data[0] = 0;
}

void buf_free(struct buf *b)
{
	free(b->data);
	b->data = NULL;
	b->len = b->size = 0;
	b->failed = false;
}

void buf_html(struct buf *b, const char *s, size_t len)
{
	size_t from = 0;
	for (size_t i = 0; i < len; i++) {
		const char *escaped = s[i] == '&'    ? "&amp;"
				      : s[i] == '<'  ? "&lt;"
				      : s[i] == '>'  ? "&gt;"
				      : s[i] == '"'  ? "&quot;"
				      : s[i] == '\'' ? "&#39;"
						     : NULL;
		if (!escaped)
			continue;
		buf_add(b, s + from, i - from);
		buf_puts(b, escaped);
		from = i + 1;
	}
	buf_add(b, s + from, len - from);
}
