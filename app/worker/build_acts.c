/* What is done for a build until it ends, one step at a time, in a crew's thread. */
#include <stdio.h>
#include <string.h>

#include "../config.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/phrases.h"
#include "base/str.h"
#include "db/db.h"
#include "kube/kube.h"
#include "model/build_configs.h"
#include "model/builds.h"
#include "model/registries.h"
#include "model/settings.h"
#include "worker/build_act.h"
#include "worker/build_make.h"
#include "worker/failpoint.h"
#include "worker/job.h"
#include "worker/mask.h"
#include "worker/worker.h"

enum { SECOND = 1000000 };

int64_t build_act_now(void)
{
	return clock_ms() * 1000;
}

bool build_act_lost(struct build_run *run, enum err e)
{
	if (e == ERR_CONFLICT) {
		log_event(LOG_WARN, "build_lease_lost", LOG_NUM("build", run->id));
		run->lost_lease = true;
	}
	return e == ERR_CONFLICT;
}

void build_act_later(struct build_run *run)
{
	int64_t pause = 1 << (run->act_failures < 4 ? run->act_failures : 4);
	run->act_failures++;
	run->view.act_retry_us = build_act_now() + (pause < 15 ? pause : 15) * SECOND;
}

/* Says in the row what is waited for, when it says something else now. SAYS_NOTHING: it moves. */
static void say_waiting(struct act *x, const struct build_words *words)
{
	struct build_run *run = x->run;
	char detail[sizeof run->waiting];
	size_t n = words->detail ? str_utf8_cut(words->detail, strlen(words->detail), sizeof detail - 1) : 0;
	if (n)
		memcpy(detail, words->detail, n);
	detail[n] = '\0';
	if (run->waits == words->says && !strcmp(run->waiting, detail))
		return;
	enum err e = model_build_drive_waiting(x->db, x->arena, &run->lease, run->id, words);
	if (e) {
		build_act_lost(run, e);
		return;
	}
	run->waits = words->says;
	memcpy(run->waiting, detail, n + 1);
}

static void moves_on(struct build_run *run)
{
	run->waits = SAYS_NOTHING;
	run->waiting[0] = '\0';
}

void build_act_refused(struct act *x, enum err e, const struct kube_answer *answer, enum build_deed deed)
{
	static const struct {
		const char *what, *object;
		enum build_sentence refused, forbidden;
	} deeds[] = {
		[DEED_MAKE_SECRET] = { "Secret", "Secret", SAYS_REFUSED, SAYS_FORBIDS },
		[DEED_MAKE_JOB] = { "Job", "Job", SAYS_REFUSED, SAYS_FORBIDS },
		[DEED_READ_JOB] = { "reading of the Job", NULL, SAYS_REFUSED_READ, SAYS_FORBIDS_READ },
		[DEED_STOP_JOB] = { "stopping of the Job", NULL, SAYS_REFUSED_STOP, SAYS_FORBIDS_STOP },
		/* Of a build that has ended, of which nothing is said any more. */
		[DEED_DELETE_JOB] = { .what = "deletion of the Job" },
		[DEED_DELETE_SECRET] = { .what = "deletion of a Secret" },
	};
	struct build_run *run = x->run;
	const char *message = answer->message && *answer->message ? answer->message : err_name(e);
	log_event(LOG_WARN, "cluster_refused", LOG_NUM("build", run->id), LOG_STR("what", deeds[deed].what),
		  LOG_STR("error", err_name(e)), LOG_STR("message", message));
	if (e == ERR_INVALID && run->view.running) {
		struct build_end end = { .status = BUILD_FAILED, .reason = REASON_PLATFORM, .evidence = message };
		end.words = (struct build_words){ deeds[deed].refused, deeds[deed].object, message };
		build_end(x, &end);
		return;
	}
	build_act_later(run);
	struct build_words words = { SAYS_AWAY, NULL, *run->trouble ? run->trouble : message };
	if (!*run->trouble && e == ERR_FORBIDDEN)
		words = (struct build_words){ deeds[deed].forbidden, deeds[deed].object, message };
	if (run->view.running)
		say_waiting(x, &words);
}

static void act_make(struct act *x)
{
	struct build_run *run = x->run;
	struct made made = { 0 };
	struct kube_answer answer = { 0 };
	struct making m = { .kube = x->worker->kube,
			    .db = x->db,
			    .keys = x->worker->keys,
			    .settings = x->settings,
			    .ns = x->ns,
			    .schemes = x->worker->config->repo_schemes,
			    .build_id = run->id };
	enum err e = build_make(x->arena, &m, &made, &answer);
	if (e && made.fault.says) {
		struct build_end end = { .status = BUILD_FAILED, .reason = made.reason, .words = made.fault };
		build_end(x, &end);
		return;
	}
	if (e) {
		build_act_refused(x, e, &answer, made.deed);
		return;
	}
	e = model_build_drive_job(x->db, x->arena, &run->lease, run->id, made.job_uid,
				  settings_int(x->settings, SETTING_BUILD_TIMEOUT));
	if (build_act_lost(run, e))
		return;
	if (e) {
		build_act_later(run);
		return;
	}
	FAILPOINT("job_row_updated", run->id);
	log_event(LOG_INFO, "job_created", LOG_NUM("build", run->id), LOG_STR("uid", made.job_uid));
	snprintf(run->job_uid, sizeof run->job_uid, "%s", made.job_uid);
	run->view.job_made = true;
	run->view.deadline_us = build_act_now() + settings_int(x->settings, SETTING_BUILD_TIMEOUT) * SECOND;
	moves_on(run);
	run->act_failures = 0;
	build_make_owned(x->arena, &m, made.job_uid);
}

static void act_phase(struct act *x)
{
	struct build_run *run = x->run;
	enum err e = model_build_drive_phase(x->db, x->arena, &run->lease, run->id, run->step.phase);
	if (build_act_lost(run, e))
		return;
	if (e) {
		build_act_later(run);
		return;
	}
	run->view.phase = run->step.phase;
	run->view.claims = 1;
	moves_on(run);
}

static bool open_logs(struct act *x)
{
	struct build_run *run = x->run;
	if (run->logs)
		return true;
	struct build_config config;
	struct build build;
	struct registry registry = { 0 };
	struct mask *mask = mask_new();
	enum err e = mask ? model_builds_get(x->db, x->arena, run->id, &build) : ERR_UNAVAILABLE;
	if (!e)
		e = model_build_configs_get(x->db, x->arena, x->settings, run->project_id, &config);
	if (!e && build.registry_id)
		e = model_registries_get(x->db, x->arena, build.registry_id, &registry);
	if (e && e != ERR_NOT_FOUND) {
		mask_free(mask);
		build_act_later(run);
		return false;
	}
	struct keyring *keys = x->worker->keys;
	if (!e) {
		mask_add(mask, x->arena, build_config_deploy_key(keys, x->arena, &config));
		mask_add(mask, x->arena, build_config_webhook_secret(keys, x->arena, &config));
		mask_add(mask, x->arena, registry.id ? registry_push_password(keys, x->arena, &registry) : NULL);
		mask_add(mask, x->arena, registry.id ? registry_pull_password(keys, x->arena, &registry) : NULL);
	}
	run->logs = logs_open(x->worker->logs, x->db, &run->lease, run->id, x->ns, mask,
			      settings_int(x->settings, SETTING_LOG_LIMIT));
	if (!run->logs)
		build_act_later(run);
	return run->logs != NULL;
}

static void act_read_log(struct act *x)
{
	struct build_run *run = x->run;
	if (logs_fenced(run->logs)) {
		/* Another worker stores it, or our own write came through unseen: both are found out by beginning anew. */
		run->lost_lease = true;
		return;
	}
	if (open_logs(x))
		logs_read(run->logs, run->step.container, run->seen.pod.name, run->step.follow);
}

static void act_lose_log(struct act *x)
{
	if (open_logs(x))
		logs_lose(x->run->logs, x->run->step.container, phrase(x->arena, PHRASE_LOG_LOST, x->run->why));
}

static void act_confirm_job(struct act *x)
{
	struct build_run *run = x->run;
	struct kube_answer answer;
	enum err e = kube_get(x->worker->kube, x->arena, KUBE_JOB, x->ns, job_name(x->arena, run->id), &answer);
	struct seen_job job;
	if (e == ERR_NOT_FOUND || (!e && (!observe_job(answer.object, &job) || strcmp(job.uid, run->job_uid) != 0)))
		run->view.job_missing = true;
	else if (e)
		build_act_refused(x, e, &answer, DEED_READ_JOB);
	else
		run->view.act_retry_us = build_act_now() + SECOND; /* the watch will show it */
}

static void act_read_events(struct act *x)
{
	struct build_run *run = x->run;
	struct kube_answer answer;
	const char *path = arena_printf(x->arena, "%s?fieldSelector=involvedObject.uid%%3D%s&limit=50",
					kube_path(x->arena, KUBE_EVENT, x->ns, NULL), run->job_uid);
	enum err e = kube_request(x->worker->kube, x->arena, "GET", path, NULL, NULL, &answer);
	run->view.events_read = true;
	run->view.act_retry_us = build_act_now();
	if (e) {
		log_event(LOG_INFO, "events_not_read", LOG_NUM("build", run->id), LOG_STR("message", answer.message));
		return;
	}
	run->event[0] = '\0';
	json_object *items = NULL;
	if (answer.object)
		json_object_object_get_ex(answer.object, "items", &items);
	for (size_t i = 0; items && json_object_is_type(items, json_type_array) && i < json_object_array_length(items); i++) {
		json_object *event = json_object_array_get_idx(items, i);
		const char *message = json_text(event, "message", "");
		if (strcmp(json_text(event, "reason", ""), "FailedCreate") != 0)
			continue;
		size_t n = str_utf8_cut(message, strlen(message), sizeof run->event - 1);
		memcpy(run->event, message, n);
		run->event[n] = '\0';
	}
}

static void act_stop(struct act *x)
{
	struct build_run *run = x->run;
	struct kube_answer answer;
	const char *uid = *run->job_uid ? run->job_uid : run->seen.job.present ? run->seen.job.uid : NULL;
	enum err e = kube_delete(x->worker->kube, x->arena, KUBE_JOB, x->ns, job_name(x->arena, run->id), uid, &answer);
	if (e && e != ERR_CONFLICT) {
		build_act_refused(x, e, &answer, DEED_STOP_JOB);
		return;
	}
	log_event(LOG_INFO, "job_stopped", LOG_NUM("build", run->id));
	run->view.stop_us = build_act_now();
	run->act_failures = 0;
}

static void do_step(struct act *x)
{
	switch (x->run->step.act) {
	case BUILD_WAIT:
		say_waiting(x, &(struct build_words){ x->run->step.says, NULL, x->run->step.why });
		break;
	case BUILD_MAKE:
		act_make(x);
		break;
	case BUILD_PHASE:
		act_phase(x);
		break;
	case BUILD_READ_LOG:
		act_read_log(x);
		break;
	case BUILD_LOSE_LOG:
		act_lose_log(x);
		break;
	case BUILD_CONFIRM_JOB:
		act_confirm_job(x);
		break;
	case BUILD_READ_EVENTS:
		act_read_events(x);
		break;
	case BUILD_STOP:
		act_stop(x);
		break;
	case BUILD_FINISH:
		build_end_finish(x);
		break;
	case BUILD_ARCHIVE:
		build_end_archive(x);
		break;
	case BUILD_DELETE:
		build_end_delete(x);
		break;
	case BUILD_FORGET:
		break;
	}
}

void build_act(void *context, bool stopping)
{
	struct build_run *run = context;
	struct act x = { .run = run, .worker = run->worker };
	if (!stopping) {
		x.arena = arena_new(ACT_ARENA);
		x.db = db_acquire(run->worker->db, 2000);
		if (!x.arena || !x.db || model_settings_load(x.db, x.arena, &x.settings)) {
			build_act_later(run);
		} else {
			x.ns = settings_text(x.settings, SETTING_BUILD_NAMESPACE);
			do_step(&x);
		}
		db_release(x.db);
		arena_free(x.arena);
	}
	builds_done(run);
}
