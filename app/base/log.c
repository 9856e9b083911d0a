/* Structured logging: one write(2) a line, so that lines of many threads and processes stay whole. */
#include "base/log.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LINE = 4096 };

static const char *program = "portal";
static enum log_level lowest = LOG_INFO;
static _Thread_local char request[64];

static const char *const names[] = { "debug", "info", "warn", "error" };

struct line {
	char text[LINE];
	size_t len;
};

static void put(struct line *l, const char *s, size_t n)
{
	/* Room is kept for the closing characters, so a long value is cut, never the line's shape. */
	if (n > LINE - 8 - l->len)
		n = LINE - 8 - l->len;
	memcpy(l->text + l->len, s, n);
	l->len += n;
}

static void put_escaped(struct line *l, const char *s)
{
	for (; *s && l->len < LINE - 16; s++) {
		unsigned char c = (unsigned char)*s;
		char code[8];
		if (c == '"' || c == '\\') {
			code[0] = '\\';
			code[1] = (char)c;
			put(l, code, 2);
		} else if (c < 0x20 || c == 0x7f) {
			put(l, code, (size_t)snprintf(code, sizeof code, "\\u%04x", c));
		} else {
			put(l, s, 1);
		}
	}
}

static void put_pair(struct line *l, const char *key, const char *value)
{
	put(l, ",\"", 2);
	put_escaped(l, key);
	put(l, "\":\"", 3);
	put_escaped(l, value);
	put(l, "\"", 1);
}

void log_event_(enum log_level level, const char *event, const struct log_field *fields, size_t count)
{
	if (level < lowest)
		return;
	struct line l = { .len = 0 };
	struct timespec now;
	struct tm tm;
	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	char stamp[40];
	size_t n = strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(stamp + n, sizeof stamp - n, ".%03ldZ", now.tv_nsec / 1000000);
	put(&l, "{\"time\":\"", 9);
	put(&l, stamp, strlen(stamp));
	put(&l, "\"", 1);
	put_pair(&l, "level", names[level]);
	put_pair(&l, "program", program);
	put_pair(&l, "event", event);
	if (request[0])
		put_pair(&l, "request_id", request);
	for (size_t i = 1; i < count; i++) {
		if (fields[i].text) {
			put_pair(&l, fields[i].key, fields[i].text);
			continue;
		}
		char number[32];
		put(&l, ",\"", 2);
		put_escaped(&l, fields[i].key);
		put(&l, "\":", 2);
		put(&l, number, (size_t)snprintf(number, sizeof number, "%lld", fields[i].number));
	}
	memcpy(l.text + l.len, "}\n", 2);
	l.len += 2;
	/* A full disk or a closed pipe must never stop the work: the result is not looked at. */
	ssize_t ignored = write(STDERR_FILENO, l.text, l.len);
	(void)ignored;
}

void log_init(const char *name, const char *level)
{
	program = name;
	for (size_t i = 0; level && i < sizeof names / sizeof *names; i++)
		if (!strcmp(level, names[i]))
			lowest = (enum log_level)i;
}

void log_set_request(const char *id)
{
	snprintf(request, sizeof request, "%s", id ? id : "");
}
