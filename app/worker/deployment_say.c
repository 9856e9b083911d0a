/* What a deployment waits for, as a code and its values; the pages word it. */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/str.h"
#include "worker/deployment_act.h"
#include "worker/reasons.h"

enum { SECOND = 1000000, EVENTS_AGAIN = 3 * SECOND, LOG_AGAIN = 10 * SECOND, SAID_BYTES = 400 };

static void add_cut(struct act *x, json_object *o, const char *name, const char *text)
{
	if (text && *text)
		json_add_text(o, name, arena_memdup(x->arena, text, str_utf8_cut(text, strlen(text), SAID_BYTES)));
}

/* The image is being fetched, or something is in the way of it: only events tell. */
static void look_at_events(struct act *x, const struct app_scene *scene, struct deploy_step *s, json_object *o)
{
	struct app_events events;
	app_pod_events(scene, s->pod, &events);
	if (events.pulling_us) {
		s->code = "PULLING";
		s->since_us = events.pulling_us;
	} else {
		add_cut(x, o, "message", events.trouble);
	}
	x->run->detail_us = clock_ms() * 1000 + EVENTS_AGAIN;
}

static void look_at_log(struct act *x, const struct app_scene *scene, const struct deploy_step *s, json_object *o)
{
	add_cut(x, o, "line", app_last_lines(scene, s->pod, 1));
	x->run->detail_us = clock_ms() * 1000 + LOG_AGAIN;
}

static json_object *values_of(struct act *x, struct deploy_step *s, const char *what)
{
	struct app_scene scene = act_scene(x);
	struct reason_quota quota;
	json_object *o = json_own(x->arena, json_object_new_object());
	x->run->detail_us = 0;
	if (what)
		json_add_text(o, "what", what);
	if (scene.plan)
		json_add_int(o, "port", scene.plan->port);
	add_cut(x, o, "message", s->message);
	if (!strcmp(s->code, "QUOTA") && reason_quota_parse(s->message, &quota)) {
		json_add_text(o, "quota", quota.name);
		json_add_text(o, "resource", quota.resource);
		json_add_text(o, "used", quota.used);
		json_add_text(o, "limit", quota.limit);
	}
	if (!strcmp(s->code, "STARTING_AGAIN"))
		json_add_int(o, "exit_code", s->exit_code);
	if (s->pod && !strcmp(s->code, "CREATING"))
		look_at_events(x, &scene, s, o);
	else if (s->pod)
		look_at_log(x, &scene, s, o);
	return o;
}

void act_say(struct act *x, const struct deploy_step *step, const char *what)
{
	struct deployment_run *run = x->run;
	struct deploy_step s = *step;
	const char *values = json_object_to_json_string_ext(values_of(x, &s, what), JSON_PLAIN);
	snprintf(run->step_code, sizeof run->step_code, "%s", step->code);
	snprintf(run->step_message, sizeof run->step_message, "%s", step->message ? step->message : "");
	if (!strcmp(run->said_code, s.code) && !strcmp(run->said_values, values))
		return;
	enum err e = model_deployment_drive_progress(x->db, x->arena, &run->lease, run->id, s.code, values, s.since_us);
	if (act_lost(run, e) || e)
		return;
	snprintf(run->said_code, sizeof run->said_code, "%s", s.code);
	snprintf(run->said_values, sizeof run->said_values, "%s", values);
}
