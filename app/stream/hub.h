/* Between the streams and the database: who watches what, what is to be read again, whom an answer wakes. The event loop's thread
 * only. */
#ifndef STREAM_HUB_H
#define STREAM_HUB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stream/client.h"
#include "stream/reader.h"
#include "stream/topic.h"

/* An array of build ids that no client watches but whose project may be watched. */
enum { STRANGERS_MAX = 256 };

struct hub {
	struct reader *reader;
	void (*wake)(struct client *c); /* has the server call client_fill soon */
	void (*drop)(struct client *c); /* has the server close the connection soon */
	struct topics topics;
	struct client *clients;
	uint64_t serial;
	bool flush_wanted; /* something is dirty: hub_flush is to be called some 30 ms later */
	bool states_asked, holders_asked;
	bool away; /* the database did not answer the last read */
	int64_t away_until_ms;
	int ticks;
	int64_t strangers[STRANGERS_MAX];
	size_t stranger_count;
	/* for the health page */
	size_t client_count;
	uint64_t opened, finished, stalled, reads, chunks;
};

/* What a stream is asked for, and by whom: ids of builds and projects; a log is of one build, behind chunk `after`. */
struct wish {
	const char *holder; /* shorter than STREAM_HOLDER_MAX; NULL: unknown */
	bool is_log;
	int64_t after;
	const int64_t *builds, *projects;
	size_t build_count, project_count;
};

/* Opens a stream for the connection; NULL: out of memory. Ended by hub_close, at any time. */
struct client *hub_open(struct hub *h, void *connection, const struct wish *wish);
void hub_close(struct hub *h, struct client *c);

/* Asks for chunks behind what this one client has. */
void hub_ask_for(struct hub *h, struct client *c);

/* Takes the reader's answers and wakes those whom they concern. */
void hub_answers(struct hub *h);

/* Asks for what is dirty: one read of all states, one of each log. */
void hub_flush(struct hub *h);

/* Once a second: heartbeats, clients that do not read, and the safety poll of what is under way. */
void hub_tick(struct hub *h);

#endif
