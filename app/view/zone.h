/* Time zones from the system's files, without the process-wide TZ. Private to the room. */
#ifndef VIEW_ZONE_H
#define VIEW_ZONE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The offset from UTC in seconds that holds in that zone at that moment (seconds since 1970). False: no such zone.
 * A zone is read once (RFC 8536, /usr/share/zoneinfo) and kept. Any thread.
 */
bool zone_offset(const char *name, int64_t at, int *offset);

#endif
