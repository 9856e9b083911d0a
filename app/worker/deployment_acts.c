/* What is done for a deployment, one step at a time, in a crew's thread. */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "db/db.h"
#include "kube/kube.h"
#include "model/projects.h"
#include "model/registries.h"
#include "model/settings.h"
#include "worker/app_apply.h"
#include "worker/classify.h"
#include "worker/deployment_run.h"
#include "worker/failpoint.h"
#include "worker/links.h"
#include "worker/worker.h"

enum { SECOND = 1000000, VARIABLES = 512 };

struct act {
	struct deployment_run *run;
	struct worker *worker;
	struct arena *arena;
	struct db *db;
	struct settings *settings;
	struct link *link; /* the deployment's cluster; kube is not NULL */
};

static bool is_lost(struct deployment_run *run, enum err e)
{
	if (e == ERR_CONFLICT) {
		log_event(LOG_INFO, "deployment_lease_lost", LOG_NUM("deployment", run->id));
		run->lost_lease = true;
	}
	return e == ERR_CONFLICT;
}

/* Tries the act again later: 1 s, 2 s, 4 s, ... 15 s. */
static void later(struct deployment_run *run)
{
	int64_t pause = 1 << (run->act_failures < 4 ? run->act_failures : 4);
	run->act_failures++;
	run->view.act_retry_us = clock_ms() * 1000 + (pause < 15 ? pause : 15) * SECOND;
}

static void say_progress(struct act *x, const char *why)
{
	struct deployment_run *run = x->run;
	char text[sizeof run->progress];
	size_t n = why ? str_utf8_cut(why, strlen(why), sizeof text - 1) : 0;
	if (n)
		memcpy(text, why, n);
	text[n] = '\0';
	if (!strcmp(run->progress, text))
		return;
	enum err e = model_deployment_drive_progress(x->db, x->arena, &run->lease, run->id, n ? text : NULL);
	if (!e)
		memcpy(run->progress, text, n + 1);
	else
		is_lost(run, e);
}

static void end_deployment(struct act *x, const struct deployment_end *end)
{
	struct deployment_run *run = x->run;
	FAILPOINT("ready_before_commit", run->id);
	enum err e = model_deployment_drive_finish(x->db, x->arena, &run->lease, run->id, end);
	if (is_lost(run, e))
		return;
	if (e) {
		later(run);
		return;
	}
	log_event(LOG_INFO, "deployment_ended", LOG_NUM("deployment", run->id), LOG_NUM("project", run->project_id),
		  LOG_STR("state", deployment_state_name(end->state)), LOG_STR("reason", end->reason),
		  LOG_STR("message", end->message));
	run->over = true;
}

static void fail(struct act *x, const char *reason, const char *message, const char *evidence)
{
	struct deployment_end end = { .state = DEPLOYMENT_FAILED,
				      .reason = reason,
				      .message = message,
				      .evidence = evidence,
				      .ready = x->run->seen.app.ready };
	end_deployment(x, &end);
}

/* "KEY=VALUE" lines of the setting, then the project's own: a later name wins. */
static enum err add_variables(struct act *x, struct app_plan *p)
{
	struct app_variable *all = arena_alloc(x->arena, VARIABLES * sizeof *all);
	struct project_variable *own;
	int count = 0, own_count;
	for (const char *line = settings_text(x->settings, SETTING_SHARED_ENV); *line && count < VARIABLES;) {
		size_t len = strcspn(line, "\r\n");
		const char *equals = memchr(line, '=', len);
		if (equals && equals > line)
			all[count++] = (struct app_variable){
				arena_memdup(x->arena, line, (size_t)(equals - line)),
				arena_memdup(x->arena, equals + 1, len - (size_t)(equals - line) - 1),
			};
		line += len;
		line += strspn(line, "\r\n");
	}
	enum err e = model_projects_variables(x->db, x->arena, x->run->project_id, &own, &own_count);
	for (int i = 0; !e && i < own_count && count < VARIABLES; i++)
		all[count++] = (struct app_variable){ own[i].name, own[i].value };
	p->variables = all;
	p->variable_count = count;
	return e;
}

/* The registry whose address the image begins with, when it asks for a password; 0: none. */
static enum err find_registry(struct act *x, const char *image, int64_t *id)
{
	struct registry *all;
	int count;
	*id = 0;
	enum err e = model_registries_list(x->db, x->arena, &all, &count);
	for (int i = 0; !e && i < count; i++) {
		size_t len = strlen(all[i].address);
		if (!strncmp(image, all[i].address, len) && image[len] == '/' && all[i].pull_username)
			*id = all[i].id;
	}
	return e;
}

static enum err make_plan(struct act *x, const struct deployment_basis *b, struct app_plan *p)
{
	const struct settings *s = x->settings;
	*p = (struct app_plan){
		.project_id = x->run->project_id,
		.deployment_id = x->run->id,
		.image = b->image,
		.commit_sha = b->commit_sha,
		.replicas = b->replicas,
		.port = b->port,
		.health_path = b->health_path,
		.restarted_at = b->restarted_at,
		.cpu = settings_text(s, SETTING_APP_CPU),
		.memory = settings_text(s, SETTING_APP_MEMORY),
		.host = project_host(x->arena, s, x->link->base_domain, x->run->project_id),
		.ingress_class = *x->link->ingress_class ? x->link->ingress_class : settings_text(s, SETTING_INGRESS_CLASS),
		.cluster_issuer = settings_text(s, SETTING_CLUSTER_ISSUER),
		.deadline_seconds = settings_int(s, SETTING_DEPLOY_TIMEOUT),
	};
	enum err e = find_registry(x, p->image, &p->registry_id);
	return e ? e : add_variables(x, p);
}

/* The plan of this deployment: the one that is written down, or a new one, written down before anything is applied. */
static enum err plan(struct act *x, struct app_plan *p, bool *nothing)
{
	struct deployment_run *run = x->run;
	struct deployment_basis b;
	*nothing = false;
	enum err e = model_deployment_drive_basis(x->db, x->arena, &run->lease, run->id, &b);
	if (e)
		return e;
	if (b.snapshot && app_plan_parse(x->arena, b.snapshot, p))
		return ERR_NONE;
	if (run->view.action == ACT_STOP) {
		/* What runs stays as it is but for the number. */
		*nothing = !b.earlier || !app_plan_parse(x->arena, b.earlier, p);
		if (*nothing)
			return ERR_NONE;
		p->deployment_id = run->id;
		p->replicas = 0;
	} else if (!b.image) {
		*nothing = true;
		return ERR_NONE;
	} else {
		e = make_plan(x, &b, p);
	}
	return e ? e : model_deployment_drive_plan(x->db, x->arena, &run->lease, run->id, app_plan_text(x->arena, p));
}

/* The cluster did not do it: wait, or give up where it never will. */
static void refused(struct act *x, enum err e, const struct app_applied *applied, const struct kube_answer *answer)
{
	struct deployment_run *run = x->run;
	const char *message = answer->message && *answer->message ? answer->message : err_name(e);
	if (applied->overtaken) {
		run->lost_lease = true;
		return;
	}
	if (applied->fault) {
		fail(x, "REFUSED", applied->fault, NULL);
		return;
	}
	log_event(LOG_WARN, "cluster_refused", LOG_NUM("deployment", run->id), LOG_STR("what", applied->what),
		  LOG_STR("error", err_name(e)), LOG_STR("message", message));
	if (e == ERR_INVALID) {
		fail(x, "REFUSED", arena_printf(x->arena, "The cluster refused the %s.", applied->what), message);
		return;
	}
	bool late = run->view.deadline_us && clock_ms() * 1000 > run->view.deadline_us;
	if (late) {
		fail(x, strstr(message, "exceeded quota") ? "QUOTA" : "PLATFORM",
		     arena_printf(x->arena, "The %s could not be applied in time.", applied->what), message);
		return;
	}
	later(run);
	say_progress(x, e == ERR_FORBIDDEN
				? arena_printf(x->arena, "the cluster does not allow the %s: %s", applied->what, message)
			: *run->trouble ? run->trouble
					: arena_printf(x->arena, "the cluster does not answer: %s", message));
}

static void act_apply(struct act *x, bool remove)
{
	struct deployment_run *run = x->run;
	struct applying ap = { x->link->kube, x->db, x->worker->keys, x->link->ns };
	struct app_applied applied = { .text = "" };
	struct kube_answer answer = { .message = "" };
	struct app_plan p;
	struct deployment_basis b;
	bool nothing = false;
	enum err e = remove ? model_deployment_drive_basis(x->db, x->arena, &run->lease, run->id, &b) : plan(x, &p, &nothing);
	if (is_lost(run, e))
		return;
	if (e) {
		later(run);
		return;
	}
	if (nothing) {
		struct deployment_end end = { .state = DEPLOYMENT_STOPPED };
		if (run->view.action == ACT_STOP)
			end_deployment(x, &end);
		else
			fail(x, "PLATFORM", "There is no image to run.", NULL);
		return;
	}
	e = remove ? app_remove(x->arena, &ap, run->project_id, 0, &applied, &answer)
		   : app_apply(x->arena, &ap, &p, &applied, &answer);
	if (e) {
		refused(x, e, &applied, &answer);
		return;
	}
	e = model_deployment_drive_applied(x->db, x->arena, &run->lease, run->id, remove ? NULL : applied.text);
	if (is_lost(run, e))
		return;
	if (e) {
		later(run);
		return;
	}
	log_event(LOG_INFO, remove ? "application_removed" : "application_applied", LOG_NUM("deployment", run->id),
		  LOG_NUM("project", run->project_id));
	run->view.applied = true;
	run->view.applied_us = clock_ms() * 1000;
	run->view.claims = 1;
	run->act_failures = 0;
	run->progress[0] = '\0';
}

/* What the kubelet says when it has no log is none. */
static bool is_log(const char *text)
{
	return *text && !str_starts(text, "failed to try resolving symlinks") &&
	       !str_starts(text, "unable to retrieve container logs");
}

/* The last lines of a container that ended; of its run before, where it has just been started again. */
static const char *last_lines(struct act *x, const char *pod)
{
	struct kube_answer answer;
	const char *path = kube_path(x->arena, KUBE_POD, x->link->ns, pod);
	for (int previous = 0; previous <= 1; previous++) {
		const char *one =
			arena_printf(x->arena, "%s/log?container=app&tailLines=20%s", path, previous ? "&previous=true" : "");
		if (!kube_request(x->link->kube, x->arena, "GET", one, NULL, NULL, &answer) && is_log(answer.message))
			return classify_last_lines(x->arena, answer.message, 20, 1900);
	}
	return NULL;
}

/* How the container of that pod ended last. */
static const char *last_end(struct act *x, const char *pod)
{
	for (int i = 0; pod && i < DEPLOY_PODS; i++) {
		const struct seen_pod *p = &x->run->seen.pods[i];
		const struct seen_container *c = &p->containers[0];
		if (!strcmp(p->name, pod) && c->restarts > 0)
			return arena_printf(x->arena, " The last time its exit code was %d.", c->last_exit_code);
	}
	return "";
}

static void act_finish(struct act *x)
{
	struct deployment_run *run = x->run;
	const struct deploy_step *s = &run->step;
	bool serves = s->state == DEPLOYMENT_RUNNING || s->state == DEPLOYMENT_FAILED;
	struct deployment_end end = { .state = s->state, .ready = serves ? run->seen.app.ready : 0 };
	if (s->state == DEPLOYMENT_FAILED) {
		end.reason = s->reason;
		end.message = arena_printf(x->arena, "%.400s%s", s->why ? s->why : "It did not work.", last_end(x, s->log_of));
		end.evidence = s->log_of ? last_lines(x, s->log_of) : s->why;
	}
	end_deployment(x, &end);
}

/* Its cluster cannot even be opened, or its row is gone: not for ever. */
static void wait_for_cluster(struct act *x)
{
	struct deployment_run *run = x->run;
	const char *why = x->link ? x->link->why : "Its cluster is not known to the portal any more.";
	if (run->view.deadline_us && clock_ms() * 1000 > run->view.deadline_us) {
		fail(x, "PLATFORM", "Its cluster could not be reached in time.", why);
		return;
	}
	later(run);
	say_progress(x, why);
}

void deployment_act(void *context, bool stopping)
{
	struct deployment_run *run = context;
	struct act x = { .run = run, .worker = run->worker };
	if (!stopping) {
		x.arena = arena_new(ACT_ARENA);
		x.db = db_acquire(run->worker->db, 2000);
		if (!x.arena || !x.db || model_settings_load(x.db, x.arena, &x.settings)) {
			later(run);
		} else if (!(x.link = links_get(run->worker->links, run->cluster_id)) || !x.link->kube) {
			wait_for_cluster(&x);
		} else {
			switch (run->step.act) {
			case DEPLOY_WAIT:
				say_progress(&x, run->step.why);
				break;
			case DEPLOY_APPLY:
				act_apply(&x, false);
				break;
			case DEPLOY_REMOVE:
				act_apply(&x, true);
				break;
			case DEPLOY_FINISH:
				act_finish(&x);
				break;
			}
		}
		links_put(run->worker->links, x.link);
		db_release(x.db);
		arena_free(x.arena);
	}
	deployments_done(run);
}
