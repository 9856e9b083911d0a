/* Errands beside the driving: branch heads, commit statuses, statistics, the courses' numbers. */
#include "worker/heads.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/gitref.h"
#include "base/log.h"
#include "base/phrases.h"
#include "base/str.h"
#include "config.h"
#include "db/db.h"
#include "gitea/gitea.h"
#include "model/build_configs.h"
#include "model/builds.h"
#include "model/commit_statuses.h"
#include "model/course_counts.h"
#include "model/heads.h"
#include "model/settings.h"
#include "worker/gitea_cache.h"
#include "worker/statistics.h"
#include "worker/tasks.h"
#include "worker/worker.h"

enum { CHECKS = 64, CHECKED_MS = 30000, COUNTS_MS = 2000, ERRAND_ARENA = 8 << 20 };

struct check {
	struct errands *errands;
	int64_t build_id, project_id;
	int64_t done_ms; /* 0: under way */
};

struct errands {
	struct worker *worker;
	pthread_mutex_t lock;
	struct check checks[CHECKS];
	int polling, telling, rolling, counting; /* how many run */
	int64_t roll_ms, count_ms;		 /* when statistics and courses are looked at next */
};

struct errands *errands_new(struct worker *w)
{
	struct errands *e = calloc(1, sizeof *e);
	if (!e)
		return NULL;
	e->worker = w;
	pthread_mutex_init(&e->lock, NULL);
	return e;
}

void errands_free(struct errands *e)
{
	if (!e)
		return;
	pthread_mutex_destroy(&e->lock);
	free(e);
}

/* Reads a branch's head: by Gitea's API where a token is set, else by git with the project's key. */
static enum err read_head(struct worker *w, const struct gitea_lent *lent, struct arena *a, const struct build_config *c,
			  struct build_want *out, const char **why)
{
	struct repo_address address;
	*why = phrase_text(PHRASE_GIT_ADDRESS);
	if (!repo_address_parse(a, c->repo_url, w->config->repo_schemes, &address, why) || !git_branch_valid(c->branch))
		return ERR_INVALID;
	out->project_id = c->project_id;
	out->branch = c->branch;
	out->trigger = TRIGGER_POLL;
	/* A push that arrives while the server answers is newer than the answer. */
	out->guarded = true;
	out->seen_head = c->head_sha;
	struct gitea *gitea = strcmp(address.scheme, "file") ? gitea_lent_of(lent, &address) : NULL;
	if (gitea)
		return gitea_head(gitea, a, address.owner, address.name, c->branch, &out->commit_sha, &out->message, &out->author,
				  why);
	return git_head(a, c->repo_url, c->branch, build_config_deploy_key(w->keys, a, c), c->known_hosts, &out->commit_sha, why);
}

/* The head that was read is what is wanted; model_builds_want decides what that means. */
static enum err want(struct db *db, struct arena *a, const struct settings *s, const struct build_want *w)
{
	struct build_wanted got = { 0 };
	enum err e = db_begin(db);
	if (!e)
		e = model_builds_want(db, a, s, w, &got);
	if (!e)
		e = db_commit(db);
	if (e) {
		db_rollback(db);
		return e;
	}
	if (got.build_id || got.deployment_id) {
		if (got.outcome == WANT_BUILD_CREATED || got.outcome == WANT_REDEPLOYED)
			log_event(LOG_INFO, "head_found", LOG_NUM("project", w->project_id), LOG_STR("commit", w->commit_sha),
				  LOG_NUM("build", got.build_id), LOG_NUM("deployment", got.deployment_id));
		model_builds_notify(db, a);
	}
	return ERR_NONE;
}

static void look_at_head(struct worker *w, struct db *db, struct arena *a, const struct settings *s, int64_t project_id)
{
	struct build_config c;
	struct build_want head = { 0 };
	const char *why = NULL;
	if (model_build_configs_get(db, a, s, project_id, &c))
		return;
	struct gitea_lent *lent = gitea_cache_lend(w->giteas, db, a, w->keys);
	enum err e = read_head(w, lent, a, &c, &head, &why);
	gitea_cache_return(w->giteas, lent);
	if (!e)
		e = want(db, a, s, &head);
	bool again = e == ERR_UNAVAILABLE || e == ERR_TIMEOUT || e == ERR_TOO_MANY;
	if (e && !again)
		log_event(LOG_INFO, "head_not_read", LOG_NUM("project", project_id), LOG_STR("error", err_name(e)),
			  LOG_STR("why", why));
	if (model_heads_seen(db, a, project_id, e ? why ? why : err_name(e) : NULL, again))
		log_event(LOG_WARN, "head_not_noted", LOG_NUM("project", project_id));
}

static void check_task(void *context, bool stopping)
{
	struct check *c = context;
	struct worker *w = c->errands->worker;
	struct arena *a = stopping ? NULL : arena_new(ERRAND_ARENA);
	struct db *db = a ? db_acquire(w->db, 2000) : NULL;
	struct settings *s;
	if (db && !model_settings_load(db, a, &s))
		look_at_head(w, db, a, s, c->project_id);
	db_release(db);
	arena_free(a);
	pthread_mutex_lock(&c->errands->lock);
	c->done_ms = clock_ms();
	pthread_mutex_unlock(&c->errands->lock);
	worker_wake(w, true);
}

void heads_check(struct errands *e, int64_t build_id, int64_t project_id)
{
	struct check *free_one = NULL;
	pthread_mutex_lock(&e->lock);
	for (int i = 0; i < CHECKS; i++) {
		struct check *c = &e->checks[i];
		if (!c->build_id || (c->done_ms && clock_ms() - c->done_ms > CHECKED_MS))
			free_one = c;
	}
	if (free_one)
		*free_one = (struct check){ .errands = e, .build_id = build_id, .project_id = project_id };
	pthread_mutex_unlock(&e->lock);
	if (free_one)
		tasks_add(e->worker->slow, check_task, free_one);
}

void heads_checked(struct errands *e, struct arena *a, const char **checked, const char **waiting)
{
	struct buf done = { .cap = 1 << 16 }, under_way = { .cap = 1 << 16 };
	int64_t now = clock_ms();
	pthread_mutex_lock(&e->lock);
	for (int i = 0; i < CHECKS; i++) {
		const struct check *c = &e->checks[i];
		struct buf *b = c->done_ms ? &done : &under_way;
		if (c->build_id && (!c->done_ms || now - c->done_ms <= CHECKED_MS))
			buf_printf(b, "%s%" PRId64, b->len ? "," : "{", c->build_id);
	}
	pthread_mutex_unlock(&e->lock);
	*checked = arena_printf(a, "%s}", done.len ? done.data : "{");
	*waiting = arena_printf(a, "%s}", under_way.len ? under_way.data : "{");
	buf_free(&done);
	buf_free(&under_way);
}

/* One errand after another until none is due. */
static void run_errand(struct errands *e, bool stopping, bool (*one)(struct worker *w, struct db *db, struct arena *a),
		       int *running)
{
	struct arena *a = stopping ? NULL : arena_new(ERRAND_ARENA);
	struct db *db = a ? db_acquire(e->worker->db, 2000) : NULL;
	for (int i = 0; i < 20 && db && one(e->worker, db, a); i++)
		arena_reset(a);
	db_release(db);
	arena_free(a);
	pthread_mutex_lock(&e->lock);
	--*running;
	pthread_mutex_unlock(&e->lock);
}

static bool poll_one(struct worker *w, struct db *db, struct arena *a)
{
	struct settings *s;
	struct head head;
	/* Also where no branch is due: whether there is anybody to be told of builds is known by this. */
	gitea_cache_return(w->giteas, gitea_cache_lend(w->giteas, db, a, w->keys));
	if (model_settings_load(db, a, &s) || model_heads_next(db, a, settings_int(s, SETTING_HEAD_POLL_INTERVAL), &head))
		return false;
	look_at_head(w, db, a, s, head.project_id);
	return true;
}

static void poll_task(void *context, bool stopping)
{
	struct errands *e = context;
	run_errand(e, stopping, poll_one, &e->polling);
}

/* Words that Gitea knows, and the line beside them. */
static const char *gitea_state(const struct commit_status *c, struct arena *a, const char **line)
{
	const char *text = c->message ? c->message : "";
	*line = arena_memdup(a, text, str_utf8_cut(text, strlen(text), 140));
	if (!strcmp(c->status, "success")) {
		*line = c->duration >= 0 ? arena_printf(a, "Built in %" PRId64 " s", c->duration) : "Built";
		return "success";
	}
	if (!strcmp(c->status, "failed"))
		return "failure";
	if (!strcmp(c->status, "cancelled"))
		return "error";
	*line = "The build runs";
	return "pending";
}

/* Tells the repository's server; where there is none, there is nobody to be told. */
static enum err tell(struct worker *w, struct db *db, struct arena *a, const struct commit_status *c, const char **why)
{
	struct repo_address address;
	const char *line, *state = gitea_state(c, a, &line);
	if (!c->repo_url || !repo_address_parse(a, c->repo_url, w->config->repo_schemes, &address, why) ||
	    !strcmp(address.scheme, "file"))
		return ERR_NONE;
	const char *url = arena_printf(a, "%s/builds/%" PRId64, w->config->portal_url, c->build_id);
	struct gitea_lent *lent = gitea_cache_lend(w->giteas, db, a, w->keys);
	struct gitea *gitea = gitea_lent_of(lent, &address);
	enum err e = gitea ? gitea_status(gitea, a, address.owner, address.name, c->commit_sha, state, url, "hydrosim/build",
					  line, why)
			   : ERR_NONE;
	gitea_cache_return(w->giteas, lent);
	return e;
}

static bool tell_one(struct worker *w, struct db *db, struct arena *a)
{
	struct commit_status c;
	const char *why = "";
	if (model_commit_statuses_next(db, a, &c))
		return false;
	if (tell(w, db, a, &c, &why)) {
		log_event(LOG_INFO, "commit_status_not_told", LOG_NUM("build", c.build_id), LOG_STR("why", why));
		return true;
	}
	return !model_commit_statuses_told(db, a, c.build_id, c.status);
}

static void tell_task(void *context, bool stopping)
{
	struct errands *e = context;
	run_errand(e, stopping, tell_one, &e->telling);
}

static void roll_task(void *context, bool stopping)
{
	struct errands *e = context;
	run_errand(e, stopping, statistics_roll, &e->rolling);
}

static bool count_courses(struct worker *w, struct db *db, struct arena *a)
{
	(void)w; /* all that it needs is in the database */
	enum err e = model_course_counts_keep(db, a);
	if (e)
		log_event(LOG_WARN, "courses_not_counted", LOG_STR("error", err_name(e)));
	return false;
}

static void count_task(void *context, bool stopping)
{
	struct errands *e = context;
	run_errand(e, stopping, count_courses, &e->counting);
}

/* Whether an errand that is done once in a while is due. Under the lock. */
static bool is_due(int *running, int64_t *next_ms, int64_t pause_ms)
{
	int64_t now = clock_ms();
	if (*running || now < *next_ms)
		return false;
	*running = 1;
	*next_ms = now + pause_ms;
	return true;
}

void errands_kick(struct errands *e)
{
	pthread_mutex_lock(&e->lock);
	bool poll = e->polling < 2, tell = gitea_cache_any(e->worker->giteas) && !e->telling;
	bool roll = is_due(&e->rolling, &e->roll_ms, STATISTICS_MS), count = is_due(&e->counting, &e->count_ms, COUNTS_MS);
	e->polling += poll;
	e->telling += tell;
	pthread_mutex_unlock(&e->lock);
	if (roll)
		tasks_add(e->worker->slow, roll_task, e);
	if (count)
		tasks_add(e->worker->slow, count_task, e);
	if (poll)
		tasks_add(e->worker->slow, poll_task, e);
	if (tell)
		tasks_add(e->worker->slow, tell_task, e);
}
