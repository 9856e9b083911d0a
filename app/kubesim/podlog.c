/* A container's log: stored lines with their moments, or computed ones. */
#include "kubesim/podlog.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

enum { COMPUTED = 100 }; /* bytes of a computed line with its '\n' */

static void *need(void *p)
{
	if (!p) {
		log_event(LOG_ERROR, "out_of_memory");
		abort();
	}
	return p;
}

struct podlog *podlog_new(void)
{
	struct podlog *l = need(calloc(1, sizeof *l));
	l->refs = 1;
	return l;
}

void podlog_put(struct podlog *l)
{
	if (!l || --l->refs)
		return;
	for (size_t i = 0; i < l->n; i++)
		free(l->lines[i].text);
	free(l->lines);
	free(l);
}

static void drop_oldest(struct podlog *l)
{
	size_t many = PODLOG_KEEP / 4;
	for (size_t i = 0; i < many; i++)
		free(l->lines[i].text);
	l->n -= many;
	l->dropped += many;
	memmove(l->lines, l->lines + many, l->n * sizeof *l->lines);
}

void podlog_add(struct podlog *l, int64_t at_us, const char *text, size_t len)
{
	if (l->closed)
		return;
	if (l->n >= PODLOG_KEEP)
		drop_oldest(l);
	if (l->n == l->size)
		l->lines = need(realloc(l->lines, (l->size = l->size ? l->size * 2 : 32) * sizeof *l->lines));
	if (l->n && at_us <= l->lines[l->n - 1].at_us)
		at_us = l->lines[l->n - 1].at_us + 1;
	char *copy = need(malloc(len + 1));
	memcpy(copy, text, len);
	copy[len] = 0;
	l->lines[l->n++] = (struct podlog_line){ at_us, copy, len };
}

void podlog_printf(struct podlog *l, int64_t at_us, const char *format, ...)
{
	char line[PODLOG_LINE];
	va_list args;
	va_start(args, format);
	int n = vsnprintf(line, sizeof line, format, args);
	va_end(args);
	podlog_add(l, at_us, line, n < 0 ? 0 : (size_t)n < sizeof line ? (size_t)n : sizeof line - 1);
}

static size_t computed(const struct podlog *l)
{
	return (size_t)((l->generator.bytes + COMPUTED - 1) / COMPUTED);
}

static int64_t computed_due(const struct podlog *l, size_t i)
{
	return l->generator.start_us + (int64_t)((double)i * COMPUTED * 1e6 / (double)l->generator.rate);
}

static size_t computed_end(const struct podlog *l, int64_t now_us)
{
	const struct podlog_generator *g = &l->generator;
	if (!g->bytes || now_us < g->start_us)
		return 0;
	size_t all = computed(l), n = (size_t)((double)(now_us - g->start_us) * (double)g->rate / (COMPUTED * 1e6)) + 1;
	while (n > 0 && n <= all && computed_due(l, n - 1) > now_us) /* the two roundings may differ by one */
		n--;
	if (l->closed && n > l->limit)
		n = l->limit;
	return n < all ? n : all;
}

void podlog_close(struct podlog *l, int64_t at_us)
{
	if (l->closed)
		return;
	while (l->n && l->lines[l->n - 1].at_us > at_us)
		free(l->lines[--l->n].text);
	l->limit = computed_end(l, at_us);
	l->closed = true;
}

size_t podlog_end(const struct podlog *l, int64_t now_us)
{
	size_t low = 0, high = l->n;
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (l->lines[middle].at_us <= now_us)
			low = middle + 1;
		else
			high = middle;
	}
	return l->dropped + low + (low == l->n ? computed_end(l, now_us) : 0);
}

int64_t podlog_due(const struct podlog *l, size_t i)
{
	if (i < l->dropped)
		return 0;
	i -= l->dropped;
	if (i < l->n)
		return l->lines[i].at_us;
	i -= l->n;
	return i < computed(l) && (!l->closed || i < l->limit) ? computed_due(l, i) : INT64_MAX;
}

/* The text depends on the number alone, so that a line is the same whenever it is asked for. */
static struct podlog_line compute(const struct podlog *l, size_t i, char *room)
{
	const struct podlog_generator *g = &l->generator;
	static const char filler[] =
		"the quick brown fox jumps over the lazy dog and builds another layer of the image while it runs ";
	int n = snprintf(room, COMPUTED, "%s%09zu%s ", g->ansi && i % 10 == 0 ? "\033[32m" : "", i,
			 g->ansi && i % 10 == 0 ? "\033[0m" : "");
	for (size_t k = i % 7; n < COMPUTED - 1; k++)
		room[n++] = filler[k % (sizeof filler - 1)];
	if (g->invalid && i % 25 == 0)
		memcpy(room + 60, "\xff\xfe\xc3\x28", 4);
	return (struct podlog_line){ computed_due(l, i), room, COMPUTED - 1 };
}

struct podlog_line podlog_line(const struct podlog *l, size_t i, char *room)
{
	if (i < l->dropped)
		return (struct podlog_line){ 0, (char *)"", 0 };
	i -= l->dropped;
	return i < l->n ? l->lines[i] : compute(l, i - l->n, room);
}

size_t podlog_since(const struct podlog *l, int64_t at_us)
{
	size_t low = l->dropped, high = l->dropped + l->n + computed(l);
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (podlog_due(l, middle) < at_us)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}
