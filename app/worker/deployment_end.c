/* How a deployment ends: with what the cluster and the application have to say about it. */
#include "base/arena.h"
#include "base/log.h"
#include "kube/kube.h"
#include "worker/app_apply.h"
#include "worker/deployment_act.h"
#include "worker/failpoint.h"
#include "worker/links.h"
#include "worker/worker.h"

struct app_scene act_scene(struct act *x)
{
	struct app_plan *plan = arena_alloc(x->arena, sizeof *plan);
	struct deployment_basis b;
	enum err e = model_deployment_drive_basis(x->db, x->arena, &x->run->lease, x->run->id, &b);
	bool known = !e && b.snapshot && app_plan_parse(x->arena, b.snapshot, plan);
	return (struct app_scene){ .kube = x->link ? x->link->kube : NULL,
				   .arena = x->arena,
				   .db = x->db,
				   .keys = x->worker->keys,
				   .ns = x->link ? x->link->ns : "",
				   .project_id = x->run->project_id,
				   .plan = known ? plan : NULL };
}

/* Secrets of versions that are gone for good. What fails here is done at the next end. */
static void drop_secrets(struct act *x)
{
	struct kube_answer answer = { .message = "" };
	struct applying ap = { x->link->kube, x->db, x->worker->keys, x->link->ns, x->link->id };
	enum err e = app_drop_secrets(x->arena, &ap, x->run->project_id, 0, &answer);
	if (e)
		log_event(LOG_WARN, "secrets_not_dropped", LOG_NUM("project", x->run->project_id), LOG_STR("error", err_name(e)),
			  LOG_STR("message", answer.message));
}

void act_end(struct act *x, const struct deploy_step *s, const char *what)
{
	struct deployment_run *run = x->run;
	bool serves = s->state == DEPLOYMENT_RUNNING || s->state == DEPLOYMENT_FAILED;
	struct deployment_end end = { .state = s->state, .ready = serves ? run->ready : 0 };
	if (s->state == DEPLOYMENT_FAILED) {
		struct app_scene scene = act_scene(x);
		struct app_findings found;
		app_examine(&scene, s, what, &found);
		end.reason = found.code;
		end.details = found.details;
		end.message = found.message;
		end.evidence = found.evidence;
	}
	FAILPOINT("ready_before_commit", run->id);
	enum err e = model_deployment_drive_finish(x->db, x->arena, &run->lease, run->id, &end);
	if (act_lost(run, e))
		return;
	if (e) {
		act_later(run);
		return;
	}
	log_event(LOG_INFO, "deployment_ended", LOG_NUM("deployment", run->id), LOG_NUM("project", run->project_id),
		  LOG_STR("state", deployment_state_name(end.state)), LOG_STR("reason", end.reason),
		  LOG_STR("message", end.message));
	run->over = true;
	if (s->state != DEPLOYMENT_FAILED)
		drop_secrets(x);
}
