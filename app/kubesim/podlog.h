/* A container's log: lines that were written down with the moment at which each appears, or lines that are computed on demand. */
#ifndef KUBESIM_PODLOG_H
#define KUBESIM_PODLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct world;

enum { PODLOG_LINE = 16 * 1024, PODLOG_KEEP = 20000 };

struct podlog_line {
	int64_t at_us;
	char *text;
	size_t len;
};

/* A log that is computed: `bytes` in all at `rate` bytes a second from `start_us` on; nothing of it is stored. */
struct podlog_generator {
	int64_t bytes, rate, start_us;
	bool ansi, invalid;
};

struct podlog {
	int refs;
	bool closed;	/* no line will be added */
	size_t dropped; /* lines that were taken away at the beginning */
	struct podlog_line *lines;
	size_t n, size;
	struct podlog_generator generator; /* behind the stored lines; bytes 0: none */
	size_t limit;			   /* generated lines that were reached when it was closed */
};

struct podlog *podlog_new(void);
void podlog_put(struct podlog *l);

/* Adds a line (without '\n') that appears at that moment, never before the line above it. Over PODLOG_KEEP the oldest go. */
void podlog_add(struct podlog *l, int64_t at_us, const char *text, size_t len);
void podlog_printf(struct podlog *l, int64_t at_us, const char *format, ...) PRINTF_LIKE(3, 4);
/* No more lines: what was to appear after that moment never does. */
void podlog_close(struct podlog *l, int64_t at_us);

/* The number of the line behind the last one that has appeared; numbers count from the container's start. */
size_t podlog_end(const struct podlog *l, int64_t now_us);
/* When line number i appears; INT64_MAX: there is none yet. */
int64_t podlog_due(const struct podlog *l, size_t i);
/* Line number i, which has appeared; `room` holds PODLOG_LINE bytes for computed ones. */
struct podlog_line podlog_line(const struct podlog *l, size_t i, char *room);
/* The number of the first line at or after a moment. */
size_t podlog_since(const struct podlog *l, int64_t at_us);

#endif
