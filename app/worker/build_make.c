/* Makes a build's Secrets and its Job in the cluster. */
#include "worker/build_make.h"

#include <string.h>

#include "base/arena.h"
#include "base/gitref.h"
#include "base/json.h"
#include "base/log.h"
#include "gitea/gitea.h"
#include "kube/kube.h"
#include "model/build_configs.h"
#include "model/registries.h"
#include "worker/failpoint.h"
#include "worker/job.h"
#include "worker/observe.h"

static enum err fault(struct made *made, enum build_reason reason, enum build_sentence says, const char *what)
{
	made->fault = (struct build_words){ says, what, NULL };
	made->reason = reason;
	return ERR_INVALID;
}

/* The rules of the edge once more: a row may be older than a rule. */
static enum err check(struct arena *a, const struct making *m, const struct build *b, struct made *made)
{
	struct repo_address address;
	const char *why;
	if (!b->repo_url || !repo_address_parse(a, b->repo_url, m->schemes, &address, &why))
		return fault(made, REASON_PLATFORM, SAYS_BAD_ADDRESS, NULL);
	if (!git_branch_valid(b->branch) || !git_sha_valid(b->commit_sha))
		return fault(made, REASON_GIT_REF, SAYS_BAD_REF, NULL);
	if (!b->dockerfile_path || !git_path_valid(b->dockerfile_path))
		return fault(made, REASON_DOCKERFILE, SAYS_BAD_DOCKERFILE_PATH, NULL);
	if (!b->context_path || (strcmp(b->context_path, ".") != 0 && !git_path_valid(b->context_path)))
		return fault(made, REASON_DOCKERFILE, SAYS_BAD_CONTEXT_PATH, NULL);
	return ERR_NONE;
}

/* An object of that name is there already: fine when it is this build's. */
static enum err adopt(struct arena *a, const struct making *m, enum kube_kind kind, const char *name, struct made *made,
		      struct kube_answer *answer)
{
	enum err e = kube_get(m->kube, a, kind, m->ns, name, answer);
	if (e)
		return e == ERR_NOT_FOUND ? ERR_UNAVAILABLE : e;
	if (observe_id(answer->object, LABEL_BUILD) != m->build_id)
		return fault(made, REASON_PLATFORM, SAYS_NAME_TAKEN, name);
	if (json_at(answer->object, "metadata.deletionTimestamp"))
		return ERR_UNAVAILABLE;
	return ERR_NONE;
}

static enum err create(struct arena *a, const struct making *m, enum kube_kind kind, const char *name, json_object *body,
		       struct made *made, struct kube_answer *answer)
{
	enum err e = kube_create(m->kube, a, kind, m->ns, body, answer);
	made->deed = kind == KUBE_JOB ? DEED_MAKE_JOB : DEED_MAKE_SECRET;
	return e == ERR_CONFLICT ? adopt(a, m, kind, name, made, answer) : e;
}

static enum err create_secrets(struct arena *a, const struct making *m, const struct build_config *c, const struct registry *r,
			       struct made *made, struct kube_answer *answer)
{
	const char *git = job_git_secret(a, m->build_id), *registry = job_registry_secret(a, m->build_id);
	enum err e =
		create(a, m, KUBE_SECRET, git,
		       job_git_secret_make(a, m->build_id, build_config_deploy_key(m->keys, a, c), c->known_hosts), made, answer);
	if (e)
		return e;
	return create(a, m, KUBE_SECRET, registry,
		      job_registry_secret_make(a, m->build_id, r->address, r->push_username,
					       registry_push_password(m->keys, a, r), r->ca_pem),
		      made, answer);
}

enum err build_make(struct arena *a, const struct making *m, struct made *made, struct kube_answer *answer)
{
	struct build b;
	struct build_config c;
	struct registry r;
	*answer = (struct kube_answer){ .message = "" };
	enum err e = model_builds_get(m->db, a, m->build_id, &b);
	if (!e)
		e = check(a, m, &b, made);
	if (!e)
		e = model_build_configs_get(m->db, a, m->settings, b.project_id, &c);
	if (!e)
		e = model_registries_get(m->db, a, b.registry_id, &r);
	if (e == ERR_NOT_FOUND)
		return fault(made, REASON_PLATFORM, SAYS_NO_CONFIGURATION, NULL);
	if (!e)
		e = create_secrets(a, m, &c, &r, made, answer);
	if (e)
		return e;
	struct build_job job = {
		.id = b.id,
		.repo_url = b.repo_url,
		.commit_sha = b.commit_sha,
		.branch = b.branch,
		.dockerfile_path = b.dockerfile_path,
		.context_path = b.context_path,
		.image = b.image_repo,
		.tag = b.image_tag,
		.extra_tag = b.extra_tag,
		.registry_address = r.address,
		.registry_plain = r.plain_http,
		.registry_ca = r.ca_pem && *r.ca_pem,
	};
	FAILPOINT("before_job_create", b.id);
	e = create(a, m, KUBE_JOB, job_name(a, b.id), job_make(a, &job, m->settings), made, answer);
	if (e)
		return e;
	FAILPOINT("after_job_create", b.id);
	made->job_uid = json_text(answer->object, "metadata.uid", NULL);
	return made->job_uid ? ERR_NONE : ERR_UNAVAILABLE;
}

void build_make_owned(struct arena *a, const struct making *m, const char *job_uid)
{
	const char *const names[] = { job_git_secret(a, m->build_id), job_registry_secret(a, m->build_id) };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct kube_answer answer;
		enum err e = kube_request(m->kube, a, "PATCH", kube_path(a, KUBE_SECRET, m->ns, names[i]), KUBE_MERGE_PATCH,
					  job_owner_patch(a, m->build_id, job_uid), &answer);
		if (e)
			log_event(LOG_INFO, "secret_not_owned", LOG_NUM("build", m->build_id),
				  LOG_STR("message", answer.message));
	}
}
