/* Workers: one row a process, whose heartbeat is the lease on everything that it drives. All lease time is the database's. */
#ifndef MODEL_WORKERS_H
#define MODEL_WORKERS_H

#include <stdint.h>

#include "base/err.h"

struct arena;
struct db;

/* Who drives: every write of a driver compares both. */
struct lease {
	int64_t worker_id, epoch;
};

/* Without a heartbeat for so long a worker counts as dead and its work is taken over. */
#define LEASE_SECONDS 20

/* A row for this process, with its first epoch. */
enum err model_workers_register(struct db *db, struct arena *a, const char *host, int pid, const char *version,
				struct lease *out) MUST_CHECK;

/* Says that the worker lives. ERR_CONFLICT: the lease ran out, or the row is another epoch's; renew it and drop everything. */
enum err model_workers_beat(struct db *db, struct arena *a, const struct lease *l) MUST_CHECK;

/* A new epoch for the same row: what the old one drove is free for anybody. */
enum err model_workers_renew(struct db *db, struct arena *a, struct lease *l) MUST_CHECK;

/* Gives everything that it drives free at once: an orderly stop. */
enum err model_workers_stop(struct db *db, struct arena *a, const struct lease *l) MUST_CHECK;

/* Removes rows of workers that ended more than a day ago and drive nothing. */
enum err model_workers_sweep(struct db *db, struct arena *a) MUST_CHECK;

#endif
