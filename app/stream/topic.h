/* What streams are about: one topic for each build or project that somebody watches, with its state and the newest lines of its
 * log. */
#ifndef STREAM_TOPIC_H
#define STREAM_TOPIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stream/reader.h"

struct client;
struct topic;

/* That a client watches a topic: in the client's array and in the topic's list. */
struct link {
	struct topic *topic;
	struct client *client;
	struct link *next, **where; /* in topic->links */
	unsigned sent;		    /* the version of the state that the client has */
};

struct topic {
	struct topic *next; /* in its bucket */
	bool is_project;
	int64_t id;
	uint64_t serial; /* tells it from an earlier one of the same id */
	struct link *links;

	/* state */
	struct event *state; /* NULL: not read yet */
	unsigned version;
	bool missing; /* there is no such row */
	bool ended, archived, settled;
	bool state_dirty, state_asked;

	/* log, of builds */
	int log_clients;
	int64_t base, head; /* the window holds all chunks in (base, head]; chunks behind head were not read yet */
	struct event *window, **window_end;
	size_t window_bytes, window_count;
	struct loglines lines[CONTAINERS]; /* where rendering stands at head */
	bool primed;
	bool log_dirty, log_asked;
	bool drained; /* ended, and nothing was found behind head after that */
	int64_t asked_ms;
};

enum { TOPIC_BUCKETS = 1024 };

struct topics {
	struct topic *bucket[TOPIC_BUCKETS];
	size_t count, projects;
	size_t window_bytes; /* of all */
	uint64_t serial;
};

/* Finds the topic, or makes it; NULL: out of memory. A new one is dirty and its log begins behind `after`. */
struct topic *topic_get(struct topics *all, bool is_project, int64_t id, int64_t after);

/* Finds it; NULL when nobody watches it. serial 0: any. */
struct topic *topic_find(struct topics *all, bool is_project, int64_t id, uint64_t serial);

/* Adds a watcher; takes it away, and the topic with its last one. */
void topic_link(struct topic *t, struct link *l);
void topic_unlink(struct topics *all, struct link *l);

/* Replaces the state; true when it says something new. Takes the event. */
bool topic_see(struct topic *t, struct event *state);

/* Appends events behind head (takes them), and drops what no longer fits: a client that lacks it reads it again by itself. */
void topic_append(struct topics *all, struct topic *t, struct event *events);

/* Drops what every client has, but a little for those who come next. */
void topic_prune(struct topics *all, struct topic *t);

/* The log begins again behind `after`: what was read is dropped. */
void topic_rewind(struct topics *all, struct topic *t, int64_t after);

#endif
