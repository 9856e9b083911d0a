/* The builds that this worker drives: the driver's side. */
#include "worker/builds.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "db/db.h"
#include "model/settings.h"
#include "worker/build_run.h"
#include "worker/cache.h"
#include "worker/failpoint.h"
#include "worker/heads.h"
#include "worker/map.h"
#include "worker/tasks.h"
#include "worker/worker.h"

enum { SECOND = 1000000, LOOK_AGAIN = 2 * SECOND, SURVIVED = 2 * SECOND, SURVIVED_ALONE = SECOND * 2 / 5 };

struct builds {
	struct worker *worker;
	struct map runs;	  /* by id */
	int64_t unschedulable_us; /* the setting, as it was at the last claim */
	/* Acts that have ended; under the worker's lock. */
	struct build_run **done;
	size_t done_count, done_size;
};

static int64_t now_us(void)
{
	return clock_ms() * 1000;
}

struct builds *builds_new(struct worker *w)
{
	struct builds *b = calloc(1, sizeof *b);
	if (b)
		b->worker = w;
	return b;
}

static void run_free(struct build_run *run)
{
	logs_close(run->logs);
	free(run);
}

void builds_free(struct builds *b)
{
	struct build_run *run;
	if (!b)
		return;
	for (size_t at = 0; (run = map_next(&b->runs, &at));)
		run_free(run);
	map_free(&b->runs);
	free(b->done);
	free(b);
}

int builds_count(const struct builds *b)
{
	return (int)b->runs.count;
}

static bool has_last_chance(const struct build_view *v)
{
	return v->running && v->claims == 3;
}

/* Rows say how long ago and how far ahead; from here on the monotonic clock counts. */
static struct build_run *add(struct builds *b, const struct lease *l, const struct build_drive *row)
{
	int64_t now = now_us();
	struct build_run *run = calloc(1, sizeof *run);
	if (!run)
		abort();
	*run = (struct build_run){ .id = row->id,
				   .project_id = row->project_id,
				   .lease = *l,
				   .worker = b->worker,
				   .dirty = true,
				   .cancel = row->cancel_requested,
				   .adopted_us = now };
	snprintf(run->job_uid, sizeof run->job_uid, "%s", row->job_uid);
	run->view = (struct build_view){
		.running = row->running,
		.phase = row->phase,
		.cancel_requested = row->cancel_requested,
		.job_made = *row->job_uid != '\0',
		.claimed_us = now - row->claimed_ago_us,
		.deadline_us = row->has_deadline ? now + row->deadline_in_us : 0,
		.claims = row->claims,
		.archived = row->archived,
		.job_deleted = row->job_deleted,
		.archive_retry_us = now + row->archive_in_us,
	};
	run->last_chance = has_last_chance(&run->view);
	map_put(&b->runs, row->id, run);
	return run;
}

void builds_claim(struct builds *b, struct db *db, struct arena *a, const struct lease *l, const struct settings *s)
{
	struct build_claim c;
	int limit = (int)settings_int(s, SETTING_BUILD_LIMIT);
	b->unschedulable_us = settings_int(s, SETTING_UNSCHEDULABLE_TIMEOUT) * SECOND;
	for (int i = 0; i < 1000; i++) {
		const char *checked, *waiting;
		heads_checked(b->worker->errands, a, &checked, &waiting);
		enum err e = model_build_drive_claim(db, a, l, limit, checked, waiting, &c);
		if (e || c.kind == CLAIM_NONE)
			return;
		if (c.kind == CLAIM_CHECK) {
			heads_check(b->worker->errands, c.id, c.project_id);
			continue;
		}
		log_event(LOG_INFO, "build_claimed", LOG_NUM("build", c.build.id), LOG_NUM("worker", l->worker_id));
		FAILPOINT("claim_committed", c.build.id);
		add(b, l, &c.build);
		/* At once: the next claim may take a while. */
		builds_step(b);
	}
}

/* Those whose driver lives on: what killed the one before was not them. True: one is on trial still. */
static bool settle_survivors(struct builds *b, struct db *db, struct arena *a, const struct lease *l)
{
	struct build_run *run;
	struct buf ids = { .cap = 1 << 20 };
	int64_t now = now_us();
	bool trial = false;
	for (size_t at = 0; (run = map_next(&b->runs, &at));) {
		if (!run->busy)
			run->last_chance = has_last_chance(&run->view);
		if (run->busy || run->view.claims < 2 || run->view.claims > 3 ||
		    now - run->adopted_us < (run->last_chance ? SURVIVED_ALONE : SURVIVED)) {
			trial = trial || run->last_chance;
			continue;
		}
		run->view.claims = 1;
		buf_printf(&ids, "%s%" PRId64, ids.len ? "," : "{", run->id);
	}
	if (ids.len) {
		buf_puts(&ids, "}");
		if (model_build_drive_settle(db, a, l, ids.data))
			log_event(LOG_WARN, "builds_not_settled", LOG_STR("ids", ids.data));
	}
	buf_free(&ids);
	return trial;
}

bool builds_sweep(struct builds *b, struct db *db, struct arena *a, const struct lease *l)
{
	struct build_drive *rows;
	struct build_run *run;
	int count = 0;
	bool trial = settle_survivors(b, db, a, l);
	if (model_build_drive_cancel_waiting(db, a) || model_build_drive_adopt(db, a, l, map_keys(&b->runs, a), &rows, &count))
		return false;
	for (int i = 0; i < count; i++) {
		log_event(LOG_INFO, "build_taken_over", LOG_NUM("build", rows[i].id), LOG_NUM("claims", rows[i].claims));
		trial = add(b, l, &rows[i])->last_chance || trial;
	}
	for (size_t at = 0; (run = map_next(&b->runs, &at));)
		run->dirty = true;
	return trial;
}

void builds_cancels(struct builds *b, struct db *db, struct arena *a, const struct lease *l)
{
	int64_t *ids;
	int count = 0;
	if (!b->runs.count || model_build_drive_cancels(db, a, l, &ids, &count))
		return;
	for (int i = 0; i < count; i++) {
		struct build_run *run = map_get(&b->runs, ids[i]);
		if (run && !run->cancel)
			run->cancel = run->dirty = true;
	}
}

void builds_done(struct build_run *run)
{
	struct builds *b = run->worker->builds;
	pthread_mutex_lock(&run->worker->lock);
	if (b->done_count == b->done_size) {
		b->done_size = b->done_size ? b->done_size * 2 : 64;
		b->done = realloc(b->done, b->done_size * sizeof *b->done);
		if (!b->done)
			abort();
	}
	b->done[b->done_count++] = run;
	run->worker->woken = true;
	pthread_cond_signal(&run->worker->wake);
	pthread_mutex_unlock(&run->worker->lock);
}

static void collect(struct builds *b)
{
	int64_t ids[256];
	size_t n;
	pthread_mutex_lock(&b->worker->lock);
	for (size_t i = 0; i < b->done_count; i++) {
		b->done[i]->busy = false;
		b->done[i]->dirty = true;
		b->done[i]->dropped = b->done[i]->dropped || b->done[i]->lost_lease || b->done[i]->over;
	}
	b->done_count = 0;
	pthread_mutex_unlock(&b->worker->lock);
	while ((n = cache_take_builds(b->worker->cache, ids, 256)))
		for (size_t i = 0; i < n; i++) {
			struct build_run *run = map_get(&b->runs, ids[i]);
			if (run)
				run->dirty = true;
		}
}

/* What only the driver's memory knows: since when it is stuck, ended, without its Job. */
static void remember(struct build_run *run, int64_t now)
{
	struct build_view *v = &run->view;
	enum stuck stuck = build_stuck(&run->seen);
	if (stuck != run->stuck || !v->stuck_us) {
		run->stuck = stuck;
		v->stuck_us = stuck == STUCK_NOT ? 0 : now;
		v->events_read = false;
	}
	bool ended = run->seen.pod.present && (run->seen.pod.phase == POD_SUCCEEDED || run->seen.pod.phase == POD_FAILED ||
					       run->seen.pod.containers[CONTAINER_PUSH].state == CONTAINER_ENDED);
	if (ended && !v->end_us)
		v->end_us = now;
	if (run->seen.job.present)
		v->job_missing = false;
	/* Why the Job makes no pod is asked again every ten seconds. */
	if (stuck == STUCK_NO_POD && v->events_read && now - v->act_retry_us > 10 * SECOND)
		v->events_read = false;
	v->event = *run->event ? run->event : NULL;
	v->cancel_requested = run->cancel;
	v->unschedulable_us = run->worker->builds->unschedulable_us;
}

static bool says_the_same(const struct build_run *run, const struct build_step *s)
{
	return run->waits == s->says && !strcmp(run->waiting, s->why ? s->why : "");
}

static void look(struct build_run *run)
{
	int64_t now = now_us();
	run->dirty = false;
	run->due_us = now + LOOK_AGAIN;
	cache_build(run->worker->cache, run->id, &run->seen, run->trouble);
	logs_states(run->logs, run->seen.logs, run->seen.log_retry_us);
	remember(run, now);
	struct build_step s = decide_build(&run->view, &run->seen, now);
	if (s.act == BUILD_FORGET) {
		run->dropped = true;
		return;
	}
	for (int c = 0; c < CONTAINER__MAX; c++)
		if (run->seen.logs[c] == LOG_IDLE && run->seen.log_retry_us[c] > now && run->seen.log_retry_us[c] < run->due_us)
			run->due_us = run->seen.log_retry_us[c];
	/* Of a build that has ended the row says why its log is not archived: that stays. */
	if (s.act == BUILD_WAIT && (!run->view.running || says_the_same(run, &s)))
		return;
	snprintf(run->why, sizeof run->why, "%s", s.why ? s.why : "");
	s.why = s.why ? run->why : NULL;
	run->step = s;
	run->busy = true;
	tasks_add(s.act == BUILD_ARCHIVE ? run->worker->slow : run->worker->acts, build_act, run);
}

void builds_step(struct builds *b)
{
	struct build_run *run;
	collect(b);
	int64_t now = now_us();
	for (size_t at = 0; (run = map_next(&b->runs, &at));) {
		if (run->busy)
			continue;
		if (!run->dropped && (run->dirty || run->due_us <= now))
			look(run);
		if (run->dropped && !run->busy) {
			map_take(&b->runs, run->id);
			at = at ? at - 1 : 0;
			run_free(run);
		}
	}
}

void builds_drop(struct builds *b)
{
	struct build_run *run;
	for (size_t at = 0; (run = map_next(&b->runs, &at));)
		run->dropped = true;
	builds_step(b);
}
