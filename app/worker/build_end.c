/* How a build ends: reason, status, archive, and what it leaves in the cluster. */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/phrases.h"
#include "db/db.h"
#include "kube/kube.h"
#include "model/log_chunks.h"
#include "worker/archive.h"
#include "worker/build_act.h"
#include "worker/classify.h"
#include "worker/failpoint.h"
#include "worker/job.h"
#include "worker/worker.h"

enum { SECOND = 1000000, TAIL = 16 << 10 };

void build_end(struct act *x, struct build_end *end)
{
	struct build_run *run = x->run;
	struct build_ended after;
	FAILPOINT("before_status_commit", run->id);
	enum err e = model_build_drive_finish(x->db, x->arena, &run->lease, x->settings, run->id, end, &after);
	if (build_act_lost(run, e))
		return;
	if (e) {
		log_event(LOG_WARN, "build_end_not_written", LOG_NUM("build", run->id), LOG_STR("error", err_name(e)));
		build_act_later(run);
		return;
	}
	FAILPOINT("status_committed", run->id);
	log_event(LOG_INFO, "build_ended", LOG_NUM("build", run->id), LOG_STR("status", build_status_name(end->status)),
		  LOG_STR("reason", end->reason ? build_reason_name(end->reason) : ""),
		  LOG_STR("message", build_words_message(x->arena, &end->words)), LOG_NUM("deployment", after.deployment_id),
		  LOG_NUM("retry", after.retry_id));
	run->view.running = false;
	run->view.archive_retry_us = 0;
	run->view.act_retry_us = 0;
	run->act_failures = 0;
}

void build_end_finish(struct act *x)
{
	struct build_run *run = x->run;
	const struct build_step *s = &run->step;
	struct build_end end = { .status = BUILD_FAILED, .reason = s->reason, .retry = s->infra, .log_complete = true };
	char digest[72];
	for (int c = 0; c < CONTAINER__MAX; c++) {
		enum log_state log = run->seen.logs[c];
		if (log == LOG_IDLE && logs_begun(run->logs, (enum build_container)c)) {
			const char *why = *run->why ? run->why : phrase_text(PHRASE_LOG_POD_GONE);
			logs_lose(run->logs, (enum build_container)c, phrase(x->arena, PHRASE_LOG_LOST, why));
			return; /* the end is written when that line is */
		}
		bool ran = run->seen.pod.containers[c].state >= CONTAINER_RUNNING ||
			   run->view.phase >= PHASE_CLONING + (enum build_phase)c;
		end.log_complete = end.log_complete && (log == LOG_COMPLETE || !ran);
	}
	switch (s->ending) {
	case ENDING_SUCCESS:
		build_digest_parse(run->seen.pod.containers[CONTAINER_PUSH].message, digest);
		end = (struct build_end){ .status = BUILD_SUCCESS, .digest = digest, .log_complete = end.log_complete };
		break;
	case ENDING_CANCELLED:
		end.status = BUILD_CANCELLED;
		end.words = (struct build_words){ .says = SAYS_STOPPED };
		break;
	case ENDING_REASON:
		end.words = (struct build_words){ s->says, NULL, s->why };
		end.evidence = s->why ? s->why : build_words_message(x->arena, &end.words);
		break;
	case ENDING_CONTAINER: {
		const char *tail;
		if (model_log_chunks_tail(x->db, x->arena, run->id, (int)s->container, TAIL, &tail)) {
			build_act_later(run);
			return;
		}
		struct verdict v = classify_failure(x->arena, &run->seen.pod, s->container, tail);
		end.reason = v.reason;
		end.words = v.words;
		end.evidence = v.evidence;
		end.retry = v.infra;
		break;
	}
	}
	build_end(x, &end);
}

void build_end_archive(struct act *x)
{
	struct build_run *run = x->run;
	struct log_archived done;
	enum err e = archive_build(x->worker->objects, x->db, x->arena, run->id, &done);
	if (!e) {
		FAILPOINT("archive_uploaded", run->id);
		e = model_build_drive_archived(x->db, x->arena, &run->lease, run->id, &done);
		if (build_act_lost(run, e))
			return;
	}
	if (!e) {
		log_event(LOG_INFO, "log_archived", LOG_NUM("build", run->id), LOG_NUM("bytes", done.bytes));
		run->view.archived = true;
		return;
	}
	int64_t again_us = 5 * SECOND;
	log_event(LOG_WARN, "log_not_archived", LOG_NUM("build", run->id), LOG_STR("error", err_name(e)));
	e = model_build_drive_archive_failed(x->db, x->arena, &run->lease, run->id, &again_us);
	build_act_lost(run, e);
	run->view.archive_retry_us = build_act_now() + again_us;
}

static enum err delete_secret(struct act *x, const char *name)
{
	struct kube_answer answer;
	enum err e = kube_delete(x->worker->kube, x->arena, KUBE_SECRET, x->ns, name, NULL, &answer);
	if (e)
		build_act_refused(x, e, &answer, DEED_DELETE_SECRET);
	return e;
}

void build_end_delete(struct act *x)
{
	struct build_run *run = x->run;
	struct kube_answer answer;
	const char *uid = *run->job_uid ? run->job_uid : run->seen.job.present ? run->seen.job.uid : NULL;
	FAILPOINT("before_job_delete", run->id);
	enum err e = kube_delete(x->worker->kube, x->arena, KUBE_JOB, x->ns, job_name(x->arena, run->id), uid, &answer);
	if (e && e != ERR_CONFLICT) {
		build_act_refused(x, e, &answer, DEED_DELETE_JOB);
		return;
	}
	if (delete_secret(x, job_git_secret(x->arena, run->id)) || delete_secret(x, job_registry_secret(x->arena, run->id)))
		return;
	e = model_build_drive_job_deleted(x->db, x->arena, &run->lease, run->id);
	run->over = !e;
	if (e && !build_act_lost(run, e))
		build_act_later(run);
}
