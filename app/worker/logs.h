/* Logs of running builds: streams on the event loop, one writer thread that masks and stores what they bring. */
#ifndef WORKER_LOGS_H
#define WORKER_LOGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "model/workers.h"
#include "worker/decide.h"

struct db;
struct db_pool;
struct fetch_loop;
struct kube;
struct logs;
struct log_set; /* the three logs of one build */
struct mask;

/* Starts the writer thread. `changed` is called with a build's id when the state of one of its logs changed; any thread, must not
 * block. NULL when the thread cannot be started. */
struct logs *logs_new(struct db_pool *pool, struct kube *k, struct fetch_loop *loop,
		      void (*changed)(void *context, int64_t build_id), void *context);

/* Stores what is there, for at most some seconds, and ends the thread. Every set must be closed and the loop must have ended. */
void logs_free(struct logs *l);

/*
 * Begins the logs of a build where the database has them. The mask's ownership passes. limit: bytes that are kept of the three
 * together. NULL: the database does not answer (the mask is freed).
 */
struct log_set *logs_open(struct logs *l, struct db *db, const struct lease *lease, int64_t build_id, const char *ns,
			  struct mask *mask, int64_t limit);

/* Ends its streams; what they have brought is stored still. The set is not to be used afterwards. */
void logs_close(struct log_set *s);

/* How far the three are; *retry_us: when an idle one may be read again (microseconds of clock_ms). */
void logs_states(struct log_set *s, enum log_state states[CONTAINER__MAX], int64_t retry_us[CONTAINER__MAX]);

/* Opens a stream of an idle log, from where it stands. */
void logs_read(struct log_set *s, enum build_container c, const char *pod, bool follow);

/* Ends the log by the line that says why the rest of it is lost (PHRASE_LOG_LOST). Reading until it is stored, then gone. */
void logs_lose(struct log_set *s, enum build_container c, const char *line);

/* Lines of this container were stored. */
bool logs_begun(struct log_set *s, enum build_container c);

/* The lease was lost: another worker stores this log. */
bool logs_fenced(struct log_set *s);

#endif
