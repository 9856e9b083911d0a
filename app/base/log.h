/* Structured logging: one JSON object a line on standard error. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

/* One field of a line. Use the LOG_* macros below to make one. */
struct log_field {
	const char *key;
	const char *text; /* NULL: the number is meant */
	long long number;
};

#define LOG_STR(k, s) ((struct log_field){ .key = (k), .text = (s) ? (s) : "" })
#define LOG_NUM(k, n) ((struct log_field){ .key = (k), .number = (long long)(n) })

/* Writes a line: time, level, program, event (snake_case), the thread's request id if set, then the fields. Any thread. */
#define log_event(level, event, ...)                                                                                             \
	log_event_((level), (event), (const struct log_field[]){ { 0 }, __VA_ARGS__ },                                           \
		   sizeof((const struct log_field[]){ { 0 }, __VA_ARGS__ }) / sizeof(struct log_field))
void log_event_(enum log_level level, const char *event, const struct log_field *fields, size_t count);

/* Names the program in every line and sets the lowest level written ("debug", "info", "warn", "error"). Before threads start. */
void log_init(const char *program, const char *level);

/* The id that ties this thread's lines to a request; copied (at most 63 bytes); NULL ends it. */
void log_set_request(const char *id);

#endif
