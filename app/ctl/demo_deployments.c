/* The made-up applications: each act on one, and how it stands behind it. */
#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/phrases.h"
#include "ctl/demo.h"
#include "model/projects.h"
#include "model/settings.h"

/* Whose image an act runs; NULL: none. *possible false: the act cannot be. */
static struct demo_build *image_of(const struct demo_project *p, const struct demo_order *o, bool *possible)
{
	bool gone = !p->wanted || !p->last || p->wanted->action == ACT_DELETE;
	*possible = true;
	switch (o->action) {
	case ACT_DEPLOY:
	case ACT_ROLLBACK:
		*possible = o->build && o->build->digest;
		return o->build;
	case ACT_RESTART:
	case ACT_START:
		*possible = !gone;
		return gone ? NULL : p->last->build;
	case ACT_STOP:
	case ACT_DELETE:
	case ACT_MOVE: /* the demo has one cluster */
	case DEPLOYMENT_ACTION__MAX:
		*possible = !gone;
		break;
	}
	return NULL;
}

static void note(struct demo *d, const struct demo_deployment *x)
{
	const struct demo_project *p = x->project;
	struct demo_line line = { .at = x->created, .who = x->by, .project = x->project };
	line.action = arena_printf(d->arena, "deployment.%s", deployment_action_name(x->action));
	line.detail = phrase(d->arena, deployment_action_phrase(x->action), x->by->name, p->name, p->student->name);
	demo_trail_line(d, &line);
}

/* The application from the act's end on: a failed one leaves the version before. */
static void settle(struct demo_project *p, struct demo_deployment *x)
{
	if (x->build && (x->state != DEPLOYMENT_FAILED || !p->last || p->last->state == DEPLOYMENT_FAILED))
		p->last = x;
	if (x->state == DEPLOYMENT_FAILED || x->state == DEPLOYMENT_DEPLOYING)
		return;
	if (p->standing) {
		p->standing->state = DEPLOYMENT_SUPERSEDED;
		p->standing->superseded_by = x;
		p->standing->superseded_at = x->finished;
	}
	p->standing = x->state == DEPLOYMENT_DELETED ? NULL : x;
	p->serving = x->state == DEPLOYMENT_RUNNING ? x : NULL;
}

/* How long it takes, and how it ends. */
static void end(struct demo_deployment *x, struct demo_random *r, const struct demo_order *o)
{
	bool down = o->action == ACT_STOP || o->action == ACT_DELETE;
	int64_t lo = down ? 2 : 7, hi = down ? 17 : 38;
	x->state = o->unfinished	     ? DEPLOYMENT_DEPLOYING
		   : o->trouble		     ? DEPLOYMENT_FAILED
		   : o->action == ACT_STOP   ? DEPLOYMENT_STOPPED
		   : o->action == ACT_DELETE ? DEPLOYMENT_DELETED
					     : DEPLOYMENT_RUNNING;
	if (o->trouble) {
		lo = o->trouble->seconds_lo;
		hi = o->trouble->seconds_hi;
	}
	x->trouble = o->trouble;
	x->applied = o->trouble && !o->trouble->applied ? 0 : x->started + demo_between(r, SECOND / 20, SECOND / 4);
	x->finished = x->started + demo_between(r, lo * SECOND, hi * SECOND);
}

struct demo_deployment *demo_deploy(struct demo *d, struct demo_project *p, struct demo_random *r, const struct demo_order *o)
{
	bool possible;
	struct demo_build *build = image_of(p, o, &possible);
	if (!possible)
		return NULL;
	struct demo_deployment *x = arena_alloc(d->arena, sizeof *x);
	*x = (struct demo_deployment){ .project = p, .build = build, .action = o->action, .trigger = o->trigger, .by = o->by };
	x->created = o->at;
	x->started = o->at + demo_between(r, SECOND / 100, SECOND);
	if (o->action == ACT_RESTART)
		p->restarted = x->created;
	x->restarted = p->restarted;
	end(x, r, o);
	if (o->overtakes) {
		o->overtakes->state = DEPLOYMENT_SUPERSEDED;
		o->overtakes->superseded_by = x;
		o->overtakes->superseded_at = o->overtakes->finished = x->started;
	}
	x->pattern = o->action == ACT_STOP ? p->pattern : o->action == ACT_DELETE ? NULL : x;
	p->pattern = x->pattern;
	settle(p, x);
	p->wanted = x;
	demo_add(d->arena, &d->deployments, x);
	if (x->by)
		note(d, x);
	return x;
}

/* The newest earlier version that can be gone back to. */
static struct demo_build *earlier(const struct demo *d, const struct demo_project *p)
{
	for (int i = d->deployments.count - 1; i >= 0; i--) {
		const struct demo_deployment *x = d->deployments.items[i];
		if (x->project == p && x->state == DEPLOYMENT_SUPERSEDED && x->build && x->applied && p->last &&
		    x->build != p->last->build)
			return x->build;
	}
	return NULL;
}

static struct demo_person *actor(struct demo *d, const struct demo_project *p, struct demo_random *r)
{
	struct demo_person *student = p->student->account;
	return student && demo_chance(r, 72) ? student
	       : p->student->course->teacher ? p->student->course->teacher
					     : d->teachers[0];
}

static int64_t act(struct demo *d, struct demo_project *p, struct demo_random *r, struct demo_order *o)
{
	struct demo_deployment *x = demo_deploy(d, p, r, o);
	return x ? x->finished : o->at;
}

int64_t demo_deployments_acts(struct demo *d, struct demo_project *p, struct demo_random *r, int64_t at)
{
	struct demo_order o = { .trigger = DEPLOYMENT_MANUAL,
				.by = actor(d, p, r),
				.at = at + demo_between(r, MINUTE, 25 * MINUTE) };
	int kind = demo_below(r, 100);
	if (!p->serving)
		return at;
	if (kind < 45) {
		o.action = ACT_RESTART;
		o.unfinished = demo_chance(r, 20); /* clicked again while it rolls out */
		struct demo_deployment *x = demo_deploy(d, p, r, &o);
		if (!o.unfinished)
			return x->finished;
		o.unfinished = false;
		o.overtakes = x;
		o.at = x->started + demo_between(r, 3 * SECOND, 6 * SECOND);
		return act(d, p, r, &o);
	}
	if (kind < 70) {
		o.action = ACT_STOP;
		int64_t stopped = act(d, p, r, &o);
		o.action = ACT_START;
		o.at = stopped + demo_between(r, MINUTE, 90 * MINUTE);
		return act(d, p, r, &o);
	}
	o.action = kind < 88 ? ACT_ROLLBACK : ACT_DEPLOY;
	o.build = kind < 88 ? earlier(d, p) : p->last->build;
	return act(d, p, r, &o);
}

/* As the API server writes times. */
static const char *moment(struct arena *a, int64_t us)
{
	char text[32];
	if (!us)
		return NULL;
	clock_format(us, text);
	return arena_printf(a, "%.19sZ", text);
}

/* Those that were set at that time. */
static json_object *variables(struct arena *a, const struct demo_project *p, int64_t at)
{
	json_object *list = json_object_new_array();
	for (int i = 0; i < p->variable_count; i++) {
		const struct demo_variable *v = &p->variables[i];
		if (v->since <= at)
			json_object_array_add(list, json_object_get(json_build(a, "{'name':%s,'value':%s}", v->name, v->value)));
	}
	return list;
}

json_object *demo_deployment_snapshot(struct demo *d, const struct demo_deployment *x)
{
	struct arena *a = d->arena;
	const struct demo_project *p = x->project;
	const struct demo_deployment *like = x->pattern;
	const struct settings *s = d->settings;
	if (!like)
		return NULL;
	return json_build(
		a,
		"{'project_id':%d,'deployment_id':%d,'image':%s,'commit_sha':%s,'replicas':%d,'port':%d,"
		"'health_path':%s,'restarted_at':%s,'cpu':%s,'memory':%s,'disk':%s,'pod_security':%s,'host':%s,"
		"'ingress_class':%s,'cluster_issuer':%s,'deadline_seconds':%d,'registry_id':%d,'secret_id':null,'env':%o}",
		p->id, x->id, arena_printf(a, "%s@%s", p->image, like->build->digest), like->build->sha,
		(int64_t)(x->action == ACT_STOP ? 0 : 1), (int64_t)p->port, p->health_path, moment(a, like->restarted),
		settings_text(s, SETTING_APP_CPU), settings_text(s, SETTING_APP_MEMORY), settings_text(s, SETTING_APP_DISK),
		settings_text(s, SETTING_POD_SECURITY), project_host(a, s, NULL, p->id), settings_text(s, SETTING_INGRESS_CLASS),
		settings_text(s, SETTING_CLUSTER_ISSUER), settings_int(s, SETTING_DEPLOY_TIMEOUT), (int64_t)0,
		variables(a, p, like->created));
}
