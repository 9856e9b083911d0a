/* The one thread that talks to the database: listens for changes, and reads what the event loop asks for. */
#ifndef STREAM_READER_H
#define STREAM_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "http/stream_route.h"
#include "stream/event.h"
#include "view/loglines.h"

enum { CONTAINERS = 3 };

/* The state of a build or project, ready to send. */
struct seen {
	bool is_project;
	int64_t id, project_id;
	bool ended;    /* a build that has ended */
	bool archived; /* its chunks may be gone */
	bool settled;  /* a project where nothing is under way */
	int64_t last_seq;
	struct event *event; /* one reference; whoever takes it sets NULL */
};

/* A change that was notified. */
struct hint {
	enum hint_kind { HINT_LOG, HINT_BUILD, HINT_PROJECT } kind;
	int64_t id;
};

/* What is asked, and comes back answered. The event loop makes and frees it. */
struct work {
	struct work *next;
	enum work_kind { WORK_CHUNKS, WORK_STATES, WORK_HOLDERS, WORK_HINTS, WORK_LISTENING } kind;
	enum err err;

	/* WORK_CHUNKS: of build `id` behind `after`; topic and client say who asked (client 0: for all) */
	uint64_t topic, client;
	int64_t id, after;
	size_t max_bytes;
	bool prime, final;
	struct loglines lines[CONTAINERS]; /* in: where rendering stands; out: where it stands then */
	struct event *events;		   /* out: one a chunk, in order */
	bool more;			   /* out: the batch was full */

	/* WORK_STATES: lists "{1,2}"; freed with it */
	char *builds, *projects;
	struct seen *seen; /* out */
	size_t seen_count;

	/* WORK_HOLDERS: a list "{admin:0f3c,...}"; freed with it */
	char *holders;
	char (*gone)[STREAM_HOLDER_MAX]; /* out: those that do not count any more */
	size_t gone_count;

	/* WORK_HINTS: comes by itself. WORK_LISTENING too: changes may have been missed until now */
	struct hint *hints;
	size_t hint_count;
};

struct reader;

/* Starts the thread; `wake` is called in it whenever answers wait. NULL: it could not be started (logged). */
struct reader *reader_start(const char *conninfo, void (*wake)(void *), void *wake_arg);

/* Asks; any thread. Answers come from reader_take in the order of asking. */
void reader_ask(struct reader *r, struct work *w);

/* Takes all answers that wait, linked by `next`, first one first; NULL when there are none. */
struct work *reader_take(struct reader *r);

/* Ends the thread after the statement under way and frees what was left. */
void reader_stop(struct reader *r);

/* A new piece of work, all zero (NULL: out of memory); frees one with all that it still holds. */
struct work *work_new(enum work_kind kind);
void work_free(struct work *w);

#endif
