/* The state of the system over the API. */
#include <autoconf.h> /* autoconf's: PACKAGE_VERSION */

#include <string.h>

#include "api/api.h"
#include "base/arena.h"
#include "http/app.h"
#include "model/gitea_servers.h"
#include "model/system.h"

SHAPE(shape_worker, "Worker", struct system_worker, MEMBER("id", SHAPE_INT64, struct system_worker, id),
      MEMBER("host", SHAPE_STRING, struct system_worker, host), MEMBER("pid", SHAPE_INT, struct system_worker, pid),
      MEMBER("version", SHAPE_STRING, struct system_worker, version),
      MEMBER("epoch", SHAPE_INT64, struct system_worker, epoch, .about = "of its lease"),
      MEMBER("alive", SHAPE_BOOL, struct system_worker, alive, .about = "its lease holds"),
      MEMBER("started_at", SHAPE_TIME, struct system_worker, started_at),
      MEMBER("heartbeat_at", SHAPE_TIME, struct system_worker, heartbeat_at),
      MEMBER("stopped_at", SHAPE_TIME, struct system_worker, stopped_at),
      MEMBER("builds", SHAPE_INT, struct system_worker, builds, .about = "that it drives"),
      MEMBER("deployments", SHAPE_INT, struct system_worker, deployments));
SHAPE(shape_wait, "Wait", struct system_wait,
      MEMBER("what", SHAPE_STRING, struct system_wait, what, .choices = "builds|deployments|archive"),
      MEMBER("why", SHAPE_STRING, struct system_wait, why), MEMBER("count", SHAPE_INT, struct system_wait, count),
      MEMBER("since", SHAPE_TIME, struct system_wait, since));
SHAPE(shape_reject, "WebhookReject", struct system_reject, MEMBER("received_at", SHAPE_TIME, struct system_reject, received_at),
      MEMBER("ip", SHAPE_STRING, struct system_reject, ip), MEMBER("repository", SHAPE_TEXT, struct system_reject, repository),
      MEMBER("reason", SHAPE_STRING, struct system_reject, reason));

struct api_trouble {
	const char *name, *title, *advice;
};
SHAPE(shape_trouble, "Trouble", struct api_trouble, MEMBER("name", SHAPE_STRING, struct api_trouble, name),
      MEMBER("title", SHAPE_STRING, struct api_trouble, title, .about = "in the language of the request"),
      MEMBER("advice", SHAPE_STRING, struct api_trouble, advice));

struct api_system {
	struct system_state s;
	const char *version;
	struct api_trouble troubles[TROUBLE__MAX];
	const struct api_trouble *trouble_rows;
	int trouble_count;
};
#define STATE(name, kind, ...) MEMBER(#name, kind, struct api_system, s.name, ##__VA_ARGS__)
SHAPE(shape_system, "System", struct api_system, MEMBER("version", SHAPE_STRING, struct api_system, version),
      STATE(schema, SHAPE_TEXT, .about = "the newest migration that was applied"), STATE(database_bytes, SHAPE_INT64),
      STATE(connections, SHAPE_INT, .about = "of the database server"), STATE(connections_max, SHAPE_INT),
      MEMBER("troubles", SHAPE_ROWS, struct api_system, trouble_rows, .of = &shape_trouble,
	     .count_at = AT(struct api_system, trouble_count)),
      STATE(running, SHAPE_INT, .about = "builds"), STATE(waiting, SHAPE_INT, .about = "builds"),
      STATE(waiting_age_s, SHAPE_SECONDS, .about = "of the oldest"), STATE(deploying, SHAPE_INT),
      STATE(deployments_waiting, SHAPE_INT), STATE(deployments_age_s, SHAPE_SECONDS, .about = "of the oldest"),
      STATE(unarchived, SHAPE_INT, .about = "ended builds whose log is not in the archive yet"),
      STATE(unarchived_age_s, SHAPE_SECONDS), STATE(untold, SHAPE_INT, .about = "builds whose state Gitea is to be told"),
      STATE(untold_age_s, SHAPE_SECONDS), STATE(branches, SHAPE_INT, .about = "that are looked at"),
      STATE(branches_failing, SHAPE_INT), STATE(registries, SHAPE_INT), STATE(admins, SHAPE_INT, .about = "who can sign in"),
      STATE(rejected, SHAPE_INT64, .about = "deliveries of webhooks that could not be verified, ever"),
      STATE(success_at, SHAPE_TIME), STATE(success_build, SHAPE_ID, .about = "the last successful build"),
      STATE(archived_at, SHAPE_TIME), STATE(head_at, SHAPE_TIME), STATE(delivery_at, SHAPE_TIME),
      MEMBER("workers", SHAPE_ROWS, struct api_system, s.workers, .of = &shape_worker,
	     .count_at = AT(struct api_system, s.worker_count)),
      MEMBER("waits", SHAPE_ROWS, struct api_system, s.waits, .of = &shape_wait, .count_at = AT(struct api_system, s.wait_count)),
      MEMBER("rejects", SHAPE_ROWS, struct api_system, s.rejects, .of = &shape_reject,
	     .count_at = AT(struct api_system, s.reject_count)));

/* GET /api/v1/system */
int api_system_show(struct request *req, struct response *res)
{
	struct api_system all = { .version = PACKAGE_VERSION };
	struct gitea_server *servers;
	enum system_trouble troubles[TROUBLE__MAX];
	int count;
	enum err e = model_system_read(request_db(req), req->arena, &all.s);
	if (!e)
		e = model_gitea_servers_list(request_db(req), req->arena, &servers, &count);
	if (e)
		return response_err(res, e, NULL);
	const struct app *app = req->app;
	const struct system_program p = { PACKAGE_VERSION, app->kube != NULL, app->objects != NULL, app->gitea || count };
	all.trouble_count = system_troubles(&all.s, &p, troubles);
	all.trouble_rows = all.troubles;
	for (int i = 0; i < all.trouble_count; i++) {
		const char *name = system_trouble_name(troubles[i]);
		all.troubles[i] = (struct api_trouble){ name, api_string(req, arena_printf(req->arena, "trouble.%s.title", name)),
							api_string(req, arena_printf(req->arena, "trouble.%s.advice", name)) };
	}
	for (int i = 0; i < all.s.wait_count; i++) {
		struct system_wait *w = &all.s.waits[i];
		const char *said = strcmp(w->what, "deployments") ? NULL : api_say(req, "dprogress", w->why, "", w->words);
		w->why = said ? said : w->why;
	}
	return api_row(res, 200, &shape_system, &all);
}
