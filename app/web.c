/* portal-web: the supervisor of the handler processes, and with --child one of them. */
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "api/api.h"
#include "auth/password.h"
#include "auth/session.h"
#include "base/arena.h"
#include "base/gate.h"
#include "base/log.h"
#include "base/secret.h"
#include "config.h"
#include "db/db.h"
#include "fetch/fetch.h"
#include "gitea/gitea.h"
#include "http/server.h"
#include "http/supervisor.h"
#include "kube/kube.h"
#include "model/cluster_links.h"
#include "objects/objects.h"
#include "pages/page.h"
#include "routes.h"
#include "streams.h"
#include "view/view.h"

enum { START_ARENA = 64 << 20, STATEMENT_MS = 2000, HASHES_RUNNING = 2, CLUSTER_MS = 4000 };

#ifndef __has_feature
#define __has_feature(x) 0
#endif

/* Keys are in memory: no core file, no debugger of the same user. LeakSanitizer traces its own process, so it needs the right. */
static void hide_memory(void)
{
#if !defined(__SANITIZE_ADDRESS__) && !__has_feature(address_sanitizer)
	prctl(PR_SET_DUMPABLE, 0);
#endif
}

/* Who signs in holds a thread: at most half of them, so that the rest serve those who are in. nginx keeps the longer queue. */
static struct gate *open_gate(int threads)
{
	int places = threads / 2, running = places < HASHES_RUNNING ? 1 : HASHES_RUNNING;
	return gate_new(running, places > running ? places - running : 0);
}

/* Fills the application; what it opens lives as long as the process. False: the log says what is missing. */
static bool open_app(struct app *app, const struct config *c, struct arena *a)
{
	const char *why = "";
	fetch_init();
	*app = (struct app){
		.config = c,
		.pool = db_pool_new(c->database_url, "portal-web", c->db_connections, STATEMENT_MS),
		.keyring = keyring_new(c->secret_keys),
		.password_gate = open_gate(c->threads),
		.away_gate = gate_new(c->threads > 2 ? c->threads / 2 : 1, 0),
		.kube = kube_open(a, c->k8s_config_path, &why),
		.gitea = gitea_open(c->gitea_url, c->gitea_token, NULL),
		.routes = routes,
		.route_count = route_count,
		.streams = streams,
		.stream_count = stream_count,
		.hooks = { .guard = session_guard,
			   .idempotent = idempotency_run,
			   .shown_before = page_shown_before,
			   .error_page = page_error,
			   .string = view_catalogue },
	};
	app->api_description = api_description(a, app);
	app->kube_why = app->kube ? NULL : why;
	if (app->kube)
		kube_set_patience(app->kube, CLUSTER_MS);
	else
		log_event(LOG_WARN, "cluster_not_configured", LOG_STR("why", why));
	app->clusters = cluster_links_new(app->keyring, app->kube, app->kube_why, CLUSTER_MS, c->cluster_local);
	app->objects = objects_open(a, c, &why);
	if (!app->objects)
		log_event(LOG_WARN, "archive_not_configured", LOG_STR("why", why));
	if (!app->keyring)
		log_event(LOG_ERROR, "config_invalid",
			  LOG_STR("why", "SECRET_KEYS must be id:64 hex digits, further ones by commas"));
	return app->pool && app->keyring && app->clusters && app->password_gate && app->away_gate &&
	       view_init(c->data_dir) == ERR_NONE;
}

static int run_child(const struct config *c, const char *place)
{
	struct child_state *state = supervisor_child_state(place);
	static struct app app; /* set before the threads start */
	struct arena *a = arena_new(START_ARENA);
	if (!state || !a) {
		log_event(LOG_ERROR, "child_without_parent");
		return 2;
	}
	hide_memory();
	signal(SIGPIPE, SIG_IGN);
	bool opened = open_app(&app, c, a);
	app.handlers = supervisor_child_state("0");
	int status = opened ? server_run(&app, CHILD_LISTENER, state) : 1;
	view_free();
	db_pool_free(app.pool);
	keyring_free(app.keyring);
	arena_free(a);
	return status;
}

static int run_parent(const struct config *c)
{
	char program[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);
	if (n <= 0)
		return 1;
	program[n] = 0;
	if (!c->secure_cookies && strcmp(c->environment, "development")) {
		log_event(LOG_ERROR, "config_invalid", LOG_STR("why", "SECURE_COOKIES=0 is for ENVIRONMENT=development only"));
		return 2;
	}
	return supervisor_run(c, program);
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "--help")) {
		puts("portal-web serves the pages and the API over FastCGI. Its environment:");
		config_print();
		return 0;
	}
	if (argc == 2 && !strcmp(argv[1], "--routes")) {
		routes_print();
		return 0;
	}
	const struct config *c = config_load();
	if (!c)
		return 2;
	log_init("portal-web", c->log_level);
	if (argc == 3 && !strcmp(argv[1], "--child"))
		return run_child(c, argv[2]);
	if (argc == 1)
		return run_parent(c);
	fputs("usage: portal-web [--help | --routes]\n", stderr);
	return 2;
}
