/* Acts of people: each is one transaction with its audit line, the same for a page's button and for the API. */
#ifndef MODEL_ACTS_H
#define MODEL_ACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "http/request.h"
#include "model/audit.h"
#include "model/build_configs.h"
#include "model/builds.h"
#include "model/deployments.h"
#include "model/projects.h"
#include "model/variables.h"

struct deploy_key;

/*
 * All of these: the caller has authorized req->actor on the project; the texts of *why are English sentences for people, the
 * arena's; nothing is kept unless ERR_NONE is returned.
 */

/* The audit line of an act that was done ("user.create" of "user 7"), for the other files of acts. As model_audit_write. */
enum err model_act_note(struct request *req, const char *action, struct audit_object object, const char *detail) MUST_CHECK;

/* Deploy, roll back, restart, start, stop or delete; fills in who asks. ERR_CONFLICT: out->refusal; the refusal is an audit line
 * too. */
enum err model_act_deploy(struct request *req, const struct project *p, struct deployment_ask *ask,
			  struct deployment_asked *out) MUST_CHECK;

/*
 * A new build of a commit (NULL: of the branch's head, which is read from the git server now; where that fails, the last known
 * one) on a branch (NULL: the configured one). ERR_NOT_FOUND: there is no such branch, or no head is known; ERR_INVALID: there is
 * no registry. *why is set then.
 */
enum err model_act_build(struct request *req, const struct project *p, const char *branch, const char *commit_sha,
			 int64_t *build_id, bool *created, const char **why) MUST_CHECK;

/* The catalogue's sentence for either of the two: "refused.no_head", "refused.no_registry". */
const char *model_act_build_refusal(enum err e);

/* Asks a build to stop. ERR_CONFLICT: it has ended. */
enum err model_act_cancel(struct request *req, const struct build *b) MUST_CHECK;

/* Stores a checked configuration over that version. As model_build_configs_save. */
enum err model_act_configure(struct request *req, const struct project *p, const struct build_config_input *in,
			     int version) MUST_CHECK;

/* A new project of a student, as model_projects_create. */
enum err model_act_project_create(struct request *req, int64_t student_id, const char *name, const char *repo_url, int64_t *id,
				  const char **why) MUST_CHECK;

/* A variable of the application, port and health path: each counts from the next deployment on. As model_variables_set and
 * model_projects_set_serving. */
enum err model_act_set_variable(struct request *req, const struct project *p, const char *name, const char *value, bool secret,
				int *version) MUST_CHECK;
enum err model_act_remove_variable(struct request *req, const struct project *p, const char *name) MUST_CHECK;
enum err model_act_set_serving(struct request *req, const struct project *p, int port, const char *health_path,
			       int version) MUST_CHECK;

/* Has what somebody changed behind the portal's back put right now. ERR_CONFLICT: nothing differs. */
enum err model_act_repair(struct request *req, const struct project *p) MUST_CHECK;

/* A new deploy key, a new webhook secret; see model_build_configs_new_key and _new_secret. */
enum err model_act_new_key(struct request *req, const struct project *p, struct deploy_key *out) MUST_CHECK;
enum err model_act_new_secret(struct request *req, const struct project *p, const char **secret) MUST_CHECK;

/* Installs deploy key and webhook in Gitea; see model_gitea_install. A failure is an audit line too. */
enum err model_act_install(struct request *req, const struct project *p, const char **why) MUST_CHECK;

#endif
