/* The state of the system: what an admin opens first. Everything is from the database or this program's own memory. */
#include <autoconf.h> /* autoconf's: PACKAGE_VERSION */

#include <string.h>

#include "base/arena.h"
#include "config.h"
#include "db/db.h"
#include "http/app.h"
#include "http/server.h"
#include "model/gitea_servers.h"
#include "model/system.h"
#include "pages/admin.h"
#include "pages/frame.h"
#include "pages/page.h"
#include "pages/parts.h"

static void show_troubles(struct view *v, const struct system_state *s, const struct system_program *p)
{
	enum system_trouble troubles[TROUBLE__MAX];
	int count = system_troubles(s, p, troubles);
	for (int i = 0; i < count; i++) {
		struct view *row = view_row(v, "Troubles", i);
		const char *words = arena_printf(view_arena(v), "trouble.%s", system_trouble_name(troubles[i]));
		view_set(row, "title", frame_word(v, words, "title"));
		view_set(row, "advice", frame_word(v, words, "advice"));
		view_set_bool(row, "grave", troubles[i] < TROUBLE_REJECTS);
	}
}

static void show_workers(struct view *v, const struct system_state *s)
{
	for (int i = 0; i < s->worker_count; i++) {
		const struct system_worker *w = &s->workers[i];
		const char *state = w->alive ? "alive" : w->stopped_at ? "stopped" : "lost";
		struct view *row = view_row(v, "Workers", i);
		view_set_int(row, "id", w->id);
		view_set(row, "host", w->host);
		view_set_int(row, "pid", w->pid);
		view_set(row, "version", w->version);
		view_set_int(row, "epoch", w->epoch);
		view_set_int(row, "builds", w->builds);
		view_set_int(row, "deployments", w->deployments);
		view_set(row, "badge", w->alive ? "success" : w->stopped_at ? "stopped" : "failed");
		view_set(row, "word", frame_word(v, "worker_state", state));
		view_set_time(row, "started", w->started_at);
		view_set_time(row, "heartbeat", w->heartbeat_at);
	}
}

static void show_waits(struct view *v, const struct system_state *s)
{
	for (int i = 0; i < s->wait_count; i++) {
		struct view *row = view_row(v, "Waits", i);
		view_set(row, "what", frame_word(v, "wait", s->waits[i].what));
		if (strcmp(s->waits[i].what, "deployments") != 0)
			part_words(row, "why", s->waits[i].words, s->waits[i].why, false);
		else
			view_set(row, "why", part_say(v, "dprogress", s->waits[i].why, "", s->waits[i].words));
		view_set_int(row, "count", s->waits[i].count);
		view_set_time(row, "since", s->waits[i].since);
	}
}

static void show_rejects(struct view *v, const struct system_state *s)
{
	for (int i = 0; i < s->reject_count; i++) {
		struct view *row = view_row(v, "Rejects", i);
		view_set_time(row, "received", s->rejects[i].received_at);
		view_set(row, "ip", s->rejects[i].ip);
		view_set(row, "repository", s->rejects[i].repository);
		view_set(row, "reason", frame_word(v, "reject", s->rejects[i].reason));
	}
}

static void show_numbers(struct view *v, const struct system_state *s)
{
	view_set_int(v, "System.workers", s->workers_alive);
	view_set_int(v, "System.running", s->running);
	view_set_int(v, "System.waiting", s->waiting);
	view_set(v, "System.waiting_age", frame_duration(v, s->waiting_age_s));
	view_set_int(v, "System.deploying", s->deploying);
	view_set_int(v, "System.deployments_waiting", s->deployments_waiting);
	view_set(v, "System.deployments_age", frame_duration(v, s->deployments_age_s));
	view_set_int(v, "System.unarchived", s->unarchived);
	view_set(v, "System.unarchived_age", frame_duration(v, s->unarchived_age_s));
	view_set_int(v, "System.untold", s->untold);
	view_set(v, "System.untold_age", frame_duration(v, s->untold_age_s));
	view_set_int(v, "System.branches", s->branches);
	view_set_int(v, "System.branches_failing", s->branches_failing);
	view_set_int(v, "System.rejected", s->rejected);
	view_set_time(v, "System.success", s->success_at);
	view_set_int(v, "System.success_build", s->success_build);
	view_set_time(v, "System.archived", s->archived_at);
	view_set_time(v, "System.head", s->head_at);
	view_set_time(v, "System.delivery", s->delivery_at);
	view_set(v, "System.schema", s->schema);
	view_set_int(v, "System.megabytes", s->database_bytes >> 20);
	view_set_int(v, "System.connections", s->connections);
	view_set_int(v, "System.connections_max", s->connections_max);
}

/* This process, and its sisters. */
static void show_program(struct view *v, const struct app *app, const struct system_program *p)
{
	struct db_pool_state pool = db_pool_state(app->pool);
	struct handlers_use use = handlers_use(app->handlers);
	view_set(v, "Program.version", p->version);
	view_set_int(v, "Program.processes", use.processes);
	view_set_int(v, "Program.threads", (int64_t)use.processes * app->config->threads);
	view_set_int(v, "Program.busy", use.busy);
	view_set_int(v, "Program.pool_lent", pool.lent);
	view_set_int(v, "Program.pool_open", pool.open);
	view_set_int(v, "Program.pool_max", pool.max);
	view_set(v, "Program.archive", app->config->archive);
	view_set_bool(v, "Program.gitea", p->gitea);
	view_set(v, "Program.cluster_why", app->kube ? NULL : app->kube_why);
}

/* GET /admin */
int page_system(struct request *req, struct response *res)
{
	struct system_state s;
	struct gitea_server *servers;
	int count;
	enum err e = model_system_read(request_db(req), req->arena, &s);
	if (!e)
		e = model_gitea_servers_list(request_db(req), req->arena, &servers, &count);
	if (e)
		return response_err(res, e, NULL);
	const struct app *app = req->app;
	const struct system_program p = { PACKAGE_VERSION, app->kube != NULL, app->objects != NULL, app->gitea || count };
	struct view *v = page_view(req);
	admin_frame(v, req, ADMIN_SYSTEM, NULL);
	show_troubles(v, &s, &p);
	show_numbers(v, &s);
	show_program(v, app, &p);
	show_workers(v, &s);
	show_waits(v, &s);
	show_rejects(v, &s);
	return page_answer(res, 200, v, "system");
}
