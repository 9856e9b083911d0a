/* The table of live streams (Server-Sent Events): portal-stream sends them, OpenAPI and the page /api are written from it. */
#ifndef STREAMS_H
#define STREAMS_H

#include <stddef.h>

#include "http/stream_route.h"

extern const struct stream_route streams[];
extern const size_t stream_count;

#endif
