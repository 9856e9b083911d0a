/* Time zones from the system's files, without the process-wide TZ. */
#ifndef BASE_ZONE_H
#define BASE_ZONE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The offset from UTC in seconds that holds in that zone at that moment (seconds since 1970). False: no such zone.
 * A zone is read once (RFC 8536, /usr/share/zoneinfo) and kept. Any thread.
 */
bool zone_offset(const char *name, int64_t at, int *offset);

/* True for the name of a zone that this machine knows ("Asia/Shanghai"). Any thread. */
bool zone_known(const char *name);

/* The first second of a day ("2026-11-21", which is one) in that zone, plus so many days, in seconds since 1970; in UTC for a
 * zone that is not known. */
int64_t zone_day(const char *name, const char *date, int days);

/* The names of the zones that people live in, in order, as the system's list has them; the array ends in NULL. Any thread. */
const char *const *zone_names(void);

#endif
