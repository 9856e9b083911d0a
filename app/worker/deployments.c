/* The deployments that this worker drives: the driver's side. */
#include "worker/deployments.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "model/settings.h"
#include "worker/apps.h"
#include "worker/deployment_run.h"
#include "worker/failpoint.h"
#include "worker/links.h"
#include "worker/map.h"
#include "worker/tasks.h"
#include "worker/worker.h"

enum { SECOND = 1000000, LOOK_AGAIN = 2 * SECOND, SURVIVED = 2 * SECOND };

struct deployments {
	struct worker *worker;
	struct map runs;       /* by id */
	struct map of_project; /* the newest of each project */
	/* Acts that have ended; under the worker's lock. */
	struct deployment_run **done;
	size_t done_count, done_size;
};

static int64_t now_us(void)
{
	return clock_ms() * 1000;
}

struct deployments *deployments_new(struct worker *w)
{
	struct deployments *d = calloc(1, sizeof *d);
	if (d)
		d->worker = w;
	return d;
}

void deployments_free(struct deployments *d)
{
	struct deployment_run *run;
	if (!d)
		return;
	for (size_t at = 0; (run = map_next(&d->runs, &at));)
		free(run);
	map_free(&d->runs);
	map_free(&d->of_project);
	free(d->done);
	free(d);
}

int deployments_count(const struct deployments *d)
{
	return (int)d->runs.count;
}

static void add(struct deployments *d, const struct lease *l, const struct settings *s, const struct deployment_drive *row)
{
	int64_t now = now_us();
	struct deployment_run *run = calloc(1, sizeof *run), *older = map_get(&d->of_project, row->project_id);
	if (older)
		older->dropped = true; /* the claim has superseded it */
	if (!run)
		abort();
	*run = (struct deployment_run){ .id = row->id,
					.project_id = row->project_id,
					.cluster_id = row->cluster_id,
					.lease = *l,
					.worker = d->worker,
					.dirty = true,
					.adopted_us = now };
	run->view = (struct deploy_view){
		.id = row->id,
		.action = row->action,
		.applied = row->applied,
		.deadline_us = row->has_deadline ? now + row->deadline_in_us : 0,
		.unschedulable_us = settings_int(s, SETTING_UNSCHEDULABLE_TIMEOUT) * SECOND,
		.claims = row->claims,
	};
	map_put(&d->runs, row->id, run);
	map_put(&d->of_project, row->project_id, run);
}

void deployments_claim(struct deployments *d, struct db *db, struct arena *a, const struct lease *l, const struct settings *s)
{
	struct deployment_drive row;
	bool found = true;
	for (int i = 0; i < 1000 && found; i++) {
		/* The cluster's own limit of the roll-out comes first; ours is for when nothing is rolled out at all. */
		int64_t limit = settings_int(s, SETTING_DEPLOY_TIMEOUT) + 60;
		if (model_deployment_drive_claim(db, a, l, limit, &row, &found) || !found)
			return;
		log_event(LOG_INFO, "deployment_claimed", LOG_NUM("deployment", row.id), LOG_NUM("project", row.project_id));
		FAILPOINT("deployment_claimed", row.id);
		add(d, l, s, &row);
		deployments_step(d);
	}
}

static int by_id(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

void deployments_sweep(struct deployments *d, struct db *db, struct arena *a, const struct lease *l)
{
	struct deployment_drive *rows;
	struct deployment_run *run;
	struct settings *s;
	int64_t *held;
	int count = 0, held_count = 0;
	if (model_settings_load(db, a, &s) || model_deployment_drive_adopt(db, a, l, map_keys(&d->runs, a), &rows, &count))
		return;
	for (int i = 0; i < count; i++) {
		log_event(LOG_INFO, "deployment_taken_over", LOG_NUM("deployment", rows[i].id),
			  LOG_NUM("claims", rows[i].claims));
		add(d, l, s, &rows[i]);
	}
	if (!d->runs.count || model_deployment_drive_held(db, a, l, &held, &held_count))
		return;
	int64_t now = now_us();
	for (size_t at = 0; (run = map_next(&d->runs, &at));) {
		bool mine = bsearch(&run->id, held, (size_t)held_count, sizeof *held, by_id) != NULL;
		run->dirty = true;
		if (!mine)
			run->dropped = true; /* another worker took a newer one of the project */
		else if (!run->busy && run->view.claims > 1 && run->view.claims <= 3 && now - run->adopted_us > SURVIVED &&
			 !model_deployment_drive_settle(db, a, l, run->id))
			run->view.claims = 1;
	}
}

void deployments_touch(struct deployments *d, int64_t project_id)
{
	struct deployment_run *run = map_get(&d->of_project, project_id);
	if (run)
		run->dirty = true;
}

void deployments_done(struct deployment_run *run)
{
	struct deployments *d = run->worker->deployments;
	pthread_mutex_lock(&run->worker->lock);
	if (d->done_count == d->done_size) {
		d->done_size = d->done_size ? d->done_size * 2 : 64;
		d->done = realloc(d->done, d->done_size * sizeof *d->done);
		if (!d->done)
			abort();
	}
	d->done[d->done_count++] = run;
	run->worker->woken = true;
	pthread_cond_signal(&run->worker->wake);
	pthread_mutex_unlock(&run->worker->lock);
}

static void collect(struct deployments *d)
{
	pthread_mutex_lock(&d->worker->lock);
	for (size_t i = 0; i < d->done_count; i++) {
		struct deployment_run *run = d->done[i];
		run->busy = false;
		run->dirty = true;
		run->dropped = run->dropped || run->lost_lease || run->over;
	}
	d->done_count = 0;
	pthread_mutex_unlock(&d->worker->lock);
}

static void look(struct deployment_run *run)
{
	int64_t now = now_us();
	struct deploy_observed seen;
	run->dirty = false;
	run->due_us = now + LOOK_AGAIN;
	struct link *link = links_get(run->worker->links, run->cluster_id);
	link_app(link, run->project_id, &seen, run->trouble);
	links_put(run->worker->links, link);
	run->ready = seen.app.ready;
	enum deploy_stuck stuck = deploy_stuck(&seen);
	if (stuck != run->stuck || !run->view.stuck_us) {
		run->stuck = stuck;
		run->view.stuck_us = stuck == DEPLOY_STUCK_NOT ? 0 : now;
	}
	struct deploy_step s = decide_deployment(&run->view, &seen, now);
	bool same = s.code && !strcmp(run->step_code, s.code) && !strcmp(run->step_message, s.message ? s.message : "");
	/* Said already, and there is nothing that changes by itself to be looked at again. */
	if (s.act == DEPLOY_WAIT && (!s.code || (same && (!run->detail_us || now < run->detail_us))))
		return;
	snprintf(run->message, sizeof run->message, "%s", s.message ? s.message : "");
	snprintf(run->pod, sizeof run->pod, "%s", s.pod ? s.pod : "");
	s.message = s.message ? run->message : NULL;
	s.pod = s.pod ? run->pod : NULL;
	run->step = s;
	run->busy = true;
	tasks_add(run->worker->acts, deployment_act, run);
}

void deployments_step(struct deployments *d)
{
	struct deployment_run *run;
	collect(d);
	int64_t now = now_us();
	for (size_t at = 0; (run = map_next(&d->runs, &at));) {
		if (run->busy)
			continue;
		if (!run->dropped && (run->dirty || run->due_us <= now))
			look(run);
		if (run->dropped && !run->busy) {
			map_take(&d->runs, run->id);
			at = at ? at - 1 : 0;
			if (map_get(&d->of_project, run->project_id) == run)
				map_take(&d->of_project, run->project_id);
			/* From now on what is seen of the application counts again. */
			apps_look_again(d->worker->apps, run->project_id);
			free(run);
		}
	}
}

void deployments_drop(struct deployments *d)
{
	struct deployment_run *run;
	for (size_t at = 0; (run = map_next(&d->runs, &at));)
		run->dropped = true;
	deployments_step(d);
}
