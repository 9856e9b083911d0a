/* Time: a monotonic clock for limits, and the texts that users and protocols exchange. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* Milliseconds of the monotonic clock: for limits and pauses, never stored. */
int64_t clock_ms(void);

/* Microseconds since 1970 UTC of the wall clock. */
int64_t clock_now_us(void);

/* Writes RFC 3339 in UTC with microseconds, "2026-11-21T04:05:06.123456Z". `out` holds 32 bytes. */
void clock_format(int64_t us, char out[32]);

/* Reads RFC 3339 with 0 to 9 decimals and 'Z' or an offset; false when it is anything else. */
bool clock_parse(const char *text, int64_t *us);

/* Sleeps that many milliseconds. */
void clock_sleep(int64_t ms);

#endif
