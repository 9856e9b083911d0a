/* What is done for a deployment, one step at a time, in a crew's thread. */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/phrases.h"
#include "db/db.h"
#include "kube/kube.h"
#include "model/registries.h"
#include "model/settings.h"
#include "registry/registry.h"
#include "worker/app_apply.h"
#include "worker/deployment_act.h"
#include "worker/deployment_plan.h"
#include "worker/links.h"
#include "worker/reasons.h"
#include "worker/worker.h"

enum { SECOND = 1000000, NOT_ALLOWED_TRIES = 6 };

bool act_lost(struct deployment_run *run, enum err e)
{
	if (e == ERR_CONFLICT) {
		log_event(LOG_INFO, "deployment_lease_lost", LOG_NUM("deployment", run->id));
		run->lost_lease = true;
	}
	return e == ERR_CONFLICT;
}

void act_later(struct deployment_run *run)
{
	int64_t pause = 1 << (run->act_failures < 4 ? run->act_failures : 4);
	run->act_failures++;
	run->view.act_retry_us = clock_ms() * 1000 + (pause < 15 ? pause : 15) * SECOND;
}

static void fail(struct act *x, const char *code, const char *message, const char *what)
{
	struct deploy_step s = { .state = DEPLOYMENT_FAILED, .code = code, .message = message };
	act_end(x, &s, what);
}

/* A new plan, written down. *fault: it cannot be made. */
static enum err new_plan(struct act *x, const struct deployment_basis *b, struct app_plan *p, const char **fault)
{
	struct deployment_run *run = x->run;
	const struct planning planning = { x->db, x->arena, x->worker->keys, x->settings, x->link, run->project_id, run->id };
	const char *content;
	enum err e = deployment_plan_make(&planning, b, p, &content, fault);
	return e ? e : deployment_plan_store(&planning, &run->lease, content, p);
}

/*
 * The plan of this deployment: the one that is written down, or a new one, written down before anything is applied. *nothing:
 * there is no version to plan with.
 */
static enum err plan(struct act *x, struct app_plan *p, bool *nothing, const char **fault)
{
	struct deployment_run *run = x->run;
	struct deployment_basis b;
	*nothing = false;
	*fault = NULL;
	enum err e = model_deployment_drive_basis(x->db, x->arena, &run->lease, run->id, &b);
	if (e)
		return e;
	if (b.snapshot && app_plan_parse(x->arena, b.snapshot, p))
		return ERR_NONE;
	if (run->view.action != ACT_STOP && b.image)
		return new_plan(x, &b, p, fault);
	/* What runs stays as it is but for the number. */
	*nothing = run->view.action != ACT_STOP || !b.earlier || !app_plan_parse(x->arena, b.earlier, p);
	if (*nothing)
		return ERR_NONE;
	p->deployment_id = run->id;
	p->replicas = 0;
	return model_deployment_drive_plan(x->db, x->arena, &run->lease, run->id, app_plan_text(x->arena, p));
}

/* What a refusal means: a code that ends the deployment now, or NULL: it is tried again. */
static const char *refusal(const struct deployment_run *run, enum err e, const char *message)
{
	const char *code = reason_of_refusal(message);
	bool late = run->view.deadline_us && clock_ms() * 1000 > run->view.deadline_us;
	if (e == ERR_INVALID || (e == ERR_FORBIDDEN && !strcmp(code, "ADMISSION")))
		return code;
	/* Rights may be on their way, as when a Role is applied a moment later. */
	if (e == ERR_FORBIDDEN && !strcmp(code, "NOT_ALLOWED") && run->act_failures >= NOT_ALLOWED_TRIES)
		return code;
	return !late ? NULL : e == ERR_FORBIDDEN ? code : e == ERR_UNAVAILABLE || e == ERR_TIMEOUT ? "CLUSTER_AWAY" : "PLATFORM";
}

/* The cluster did not do it: wait, or give up where it never will. */
static void refused(struct act *x, enum err e, const struct app_applied *applied, const struct kube_answer *answer)
{
	struct deployment_run *run = x->run;
	const char *message = answer->message && *answer->message ? answer->message : err_name(e);
	/* Where it is a later one of the portal's, this one has given way, and its end is not written. */
	if (applied->overtaken) {
		fail(x, "OVERTAKEN", NULL, applied->what);
		return;
	}
	if (applied->fault) {
		fail(x, "REFUSED", applied->fault, applied->what);
		return;
	}
	log_event(LOG_WARN, "cluster_refused", LOG_NUM("deployment", run->id), LOG_STR("what", applied->what),
		  LOG_STR("error", err_name(e)), LOG_STR("message", message));
	const char *code = refusal(run, e, message), *why = reason_of_refusal(message);
	if (code) {
		fail(x, code, message, applied->what);
		return;
	}
	act_later(run);
	bool spoke = e == ERR_FORBIDDEN;
	struct deploy_step s = { .code = !spoke						      ? "AWAY"
					 : strcmp(why, "QUOTA") && strcmp(why, "NOT_ALLOWED") ? "REFUSED"
											      : why,
				 .message = !spoke && *run->trouble ? run->trouble : message };
	act_say(x, &s, applied->what);
}

/* No version was ever applied whole: what there is of one goes, and the next start brings all of it. */
static void act_clear(struct act *x)
{
	struct deployment_run *run = x->run;
	struct applying ap = { x->link->kube, x->db, x->worker->keys, x->link->ns, x->link->id };
	struct deploy_step s = { .state = DEPLOYMENT_STOPPED };
	struct app_applied removed;
	struct kube_answer answer;
	enum err e = app_remove(x->arena, &ap, run->project_id, run->id, &removed, &answer);
	if (e || removed.overtaken)
		refused(x, e, &removed, &answer);
	else
		act_end(x, &s, NULL);
}

static void act_apply(struct act *x, bool remove)
{
	struct deployment_run *run = x->run;
	struct applying ap = { x->link->kube, x->db, x->worker->keys, x->link->ns, x->link->id };
	struct app_applied applied = { .text = "" };
	struct kube_answer answer = { .message = "" };
	struct app_plan p;
	struct deployment_basis b;
	const char *fault = NULL;
	bool nothing = false;
	enum err e =
		remove ? model_deployment_drive_basis(x->db, x->arena, &run->lease, run->id, &b) : plan(x, &p, &nothing, &fault);
	if (act_lost(run, e))
		return;
	if (!fault && nothing && run->view.action == ACT_STOP) {
		act_clear(x);
		return;
	}
	if (fault || nothing) {
		fail(x, "PLATFORM", fault ? fault : phrase_text(PHRASE_DEPLOY_NO_IMAGE), NULL);
		return;
	}
	if (e) {
		act_later(run);
		return;
	}
	e = remove ? app_remove(x->arena, &ap, run->project_id, 0, &applied, &answer)
		   : app_apply(x->arena, &ap, &p, &applied, &answer);
	if (e) {
		refused(x, e, &applied, &answer);
		return;
	}
	e = model_deployment_drive_applied(x->db, x->arena, &run->lease, run->id, remove ? NULL : applied.text);
	if (act_lost(run, e))
		return;
	if (e) {
		act_later(run);
		return;
	}
	log_event(LOG_INFO, remove ? "application_removed" : "application_applied", LOG_NUM("deployment", run->id),
		  LOG_NUM("project", run->project_id));
	run->view.applied = true;
	run->view.applied_us = clock_ms() * 1000;
	run->view.claims = 1;
	run->act_failures = 0;
}

/* A node's message about an image may be about another address than the registry's: the registry itself knows. */
static void act_ask_image(struct act *x)
{
	static const enum image_verdict verdicts[] = { [REGISTRY_IMAGE_THERE] = IMAGE_THERE,
						       [REGISTRY_IMAGE_MISSING] = IMAGE_MISSING,
						       [REGISTRY_IMAGE_DENIED] = IMAGE_DENIED,
						       [REGISTRY_IMAGE_UNKNOWN] = IMAGE_UNKNOWN };
	struct app_scene scene = act_scene(x);
	enum registry_image said = REGISTRY_IMAGE_UNKNOWN;
	if (scene.plan && model_registries_image(x->db, x->arena, x->worker->keys, scene.plan->image, &said))
		said = REGISTRY_IMAGE_UNKNOWN;
	log_event(LOG_INFO, "image_asked_for", LOG_NUM("deployment", x->run->id), LOG_NUM("verdict", said));
	x->run->view.image = verdicts[said];
}

/* Its cluster cannot even be opened, or its row is gone: not for ever. */
static void wait_for_cluster(struct act *x)
{
	struct deployment_run *run = x->run;
	const char *why = x->link ? x->link->why : phrase_text(PHRASE_CLUSTER_UNKNOWN);
	struct deploy_step s = { .code = "AWAY", .message = why };
	if (run->view.deadline_us && clock_ms() * 1000 > run->view.deadline_us) {
		fail(x, "CLUSTER_AWAY", why, NULL);
		return;
	}
	act_later(run);
	act_say(x, &s, NULL);
}

void deployment_act(void *context, bool stopping)
{
	struct deployment_run *run = context;
	struct act x = { .run = run, .worker = run->worker };
	if (!stopping) {
		x.arena = arena_new(ACT_ARENA);
		x.db = db_acquire(run->worker->db, 2000);
		if (!x.arena || !x.db || model_settings_load(x.db, x.arena, &x.settings)) {
			act_later(run);
		} else if (!(x.link = links_get(run->worker->links, run->cluster_id)) || !x.link->kube) {
			wait_for_cluster(&x);
		} else {
			switch (run->step.act) {
			case DEPLOY_WAIT:
				act_say(&x, &run->step, NULL);
				break;
			case DEPLOY_APPLY:
				act_apply(&x, false);
				break;
			case DEPLOY_REMOVE:
				act_apply(&x, true);
				break;
			case DEPLOY_ASK_IMAGE:
				act_ask_image(&x);
				break;
			case DEPLOY_FINISH:
				act_end(&x, &run->step, NULL);
				break;
			}
		}
		links_put(run->worker->links, x.link);
		db_release(x.db);
		arena_free(x.arena);
	}
	deployments_done(run);
}
