/* A chain of blocks with a bump pointer; blocks but the first are freed at a reset. */
#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#define POISON(p, n) ASAN_POISON_MEMORY_REGION(p, n)
#define UNPOISON(p, n) ASAN_UNPOISON_MEMORY_REGION(p, n)
#define REDZONE 16 /* an unused gap behind each piece, so that an overrun shows */
#else
#define POISON(p, n) ((void)0)
#define UNPOISON(p, n) ((void)0)
#define REDZONE 0
#endif

enum { BLOCK = 16 * 1024 };

struct block {
	struct block *next;
	size_t size, used;
	alignas(max_align_t) unsigned char data[];
};

struct deferred {
	struct deferred *next;
	void (*fn)(void *);
	void *ptr;
};

struct arena {
	struct block *head; /* the block in use; the oldest one is last */
	struct deferred *deferred;
	size_t limit, total;
};

static struct block *block_new(size_t size)
{
	struct block *b = malloc(sizeof(*b) + size);
	if (b) {
		*b = (struct block){ .size = size };
		POISON(b->data, size);
	}
	return b;
}

struct arena *arena_new(size_t limit)
{
	struct arena *a = calloc(1, sizeof(*a));
	if (!a)
		return NULL;
	a->limit = limit;
	a->head = block_new(BLOCK);
	if (!a->head) {
		free(a);
		return NULL;
	}
	return a;
}

void arena_reset(struct arena *a)
{
	while (a->deferred) {
		struct deferred d = *a->deferred;
		a->deferred = d.next;
		d.fn(d.ptr);
	}
	while (a->head->next) {
		struct block *b = a->head;
		a->head = b->next;
		free(b);
	}
	a->head->used = 0;
	a->total = 0;
	POISON(a->head->data, a->head->size);
}

void arena_free(struct arena *a)
{
	if (!a)
		return;
	arena_reset(a);
	free(a->head);
	free(a);
}

static _Noreturn void out_of_arena(size_t size)
{
	fprintf(stderr, "{\"level\":\"fatal\",\"event\":\"arena_exhausted\",\"bytes\":%zu}\n", size);
	abort();
}

void *arena_alloc(struct arena *a, size_t size)
{
	size_t rounded = (size + REDZONE + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	if (rounded < size || a->total + rounded > a->limit)
		out_of_arena(size);
	if (a->head->size - a->head->used < rounded) {
		struct block *b = block_new(rounded > BLOCK ? rounded : BLOCK);
		if (!b)
			out_of_arena(size);
		b->next = a->head;
		a->head = b;
	}
	void *p = a->head->data + a->head->used;
	a->head->used += rounded;
	a->total += rounded;
	UNPOISON(p, size);
	memset(p, 0, size);
	return p;
}

char *arena_memdup(struct arena *a, const void *bytes, size_t len)
{
	char *copy = arena_alloc(a, len + 1);
	if (len)
		memcpy(copy, bytes, len);
	return copy;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return s ? arena_memdup(a, s, strlen(s)) : NULL;
}

char *arena_join_(struct arena *a, const char *first, ...)
{
	size_t length = 0;
	va_list args;
	va_start(args, first);
	for (const char *s = first; s; s = va_arg(args, const char *))
		length += strlen(s);
	va_end(args);
	char *joined = arena_alloc(a, length + 1), *end = joined;
	va_start(args, first);
	for (const char *s = first; s; s = va_arg(args, const char *))
		end = stpcpy(end, s);
	va_end(args);
	return joined;
}

char *arena_printf(struct arena *a, const char *format, ...)
{
	char shortly[256]; /* most texts are made in one go */
	va_list args;
	va_start(args, format);
	va_list again;
	va_copy(again, args);
	int n = vsnprintf(shortly, sizeof shortly, format, args);
	va_end(args);
	char *s;
	if (n < (int)sizeof shortly) {
		s = arena_memdup(a, shortly, n < 0 ? 0 : (size_t)n);
	} else {
		s = arena_alloc(a, (size_t)n + 1);
		vsnprintf(s, (size_t)n + 1, format, again);
	}
	va_end(again);
	return s;
}

void arena_defer(struct arena *a, void (*fn)(void *), void *ptr)
{
	struct deferred *d = arena_alloc(a, sizeof(*d));
	*d = (struct deferred){ .next = a->deferred, .fn = fn, .ptr = ptr };
	a->deferred = d;
}
