/* The build queue: what runs, what waits for its turn, and about how long. */
#ifndef MODEL_QUEUE_H
#define MODEL_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "model/builds.h"

struct arena;
struct db;

/* What a build's usual time was learned from; the first that there is. */
enum queue_source {
	FROM_PROJECT, /* the median of the project's last 5 builds that succeeded or failed */
	FROM_COURSE,  /* of the course's among the last 500 of all, of the last 7 days */
	FROM_ALL,     /* of the last 50 of all */
	FROM_NOTHING, /* 60 s */
	QUEUE_SOURCE__MAX
};

/* Why a build waits. */
enum queue_hold {
	HOLD_NONE,    /* it runs */
	HOLD_TURN,    /* a place is free and its turn has come: it begins at once */
	HOLD_LIMIT,   /* for a free place */
	HOLD_PROJECT, /* for the build of its own project that runs */
	HOLD_CLUSTER, /* the cluster is away: build.waiting_for says more */
	HOLD_WORKER,  /* no portal-worker is there that could begin it */
	QUEUE_HOLD__MAX
};

/* "project", "course", "all", "nothing"; "turn", "limit", "project", "cluster", "worker", NULL for HOLD_NONE. Any thread. */
const char *queue_source_name(enum queue_source s);
const char *queue_hold_name(enum queue_hold h);

/* One live build as the estimate sees it. */
struct queue_entry {
	int64_t id, project_id, course_id;
	int64_t course_turn; /* when the course was last served, in any unit; one that never was: 0 */
	bool running;
	int64_t elapsed; /* of a running one: seconds since its start */
	int64_t usual;	 /* seconds */
	enum queue_source source;
	bool away, own; /* waits: the cluster is away; a build of its own project runs */
	/* What queue_estimate finds. */
	int position;	       /* in the order of their start, from 1; 0: it runs */
	int64_t expected_wait; /* seconds until its start; -1: it runs */
};

/*
 * When each waiting build begins, if all take their usual time: a running one ends after max(usual - elapsed, 10 s); whenever one
 * of `places` is free, the course that was served longest ago has its turn with its first build whose project has none running.
 * The waiting entries stand in the order in which they were asked for. Pure, but for scratch memory of the arena.
 */
void queue_estimate(struct arena *a, struct queue_entry *entries, int count, int places);

/* A live build with its place in the queue. */
struct queued {
	struct build build;
	int position;		/* 1 is next; 0: it runs */
	int64_t expected_wait;	/* seconds until it begins; -1: it runs, or nobody can say while cluster or workers are away */
	int64_t usual_duration; /* seconds */
	enum queue_source usual_source;
	enum queue_hold hold;
};

struct queue {
	struct queued *rows; /* running first, then waiting in the order of their turn; at most 200 */
	int count, running, waiting;
	int places; /* how many run at once: the setting build_limit */
};

/* The whole queue by two statements. */
enum err model_queue_read(struct db *db, struct arena *a, int places, struct queue *out) MUST_CHECK;

/* One waiting build's place; its .build holds the id alone. ERR_NOT_FOUND: it does not wait (any more). One statement. */
enum err model_queue_place(struct db *db, struct arena *a, int places, int64_t build_id, struct queued *out,
			   int *waiting) MUST_CHECK;

#endif
