/* portal-kubesim: a simulated Kubernetes API server. Reads its options, starts its threads, ends them in order. */
#include <errno.h>
#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/str.h"
#include "kubesim/http.h"
#include "kubesim/source.h"
#include "kubesim/state.h"
#include "kubesim/world.h"

struct command {
	struct sim_options world;
	const char *bind, *port_file, *ingress_port_file, *kubeconfig, *log_level;
	int port, ingress_port;
};

static const char usage[] = "portal-kubesim [options]\n"
			    "  --bind ADDRESS            IPv4 address of both ports (127.0.0.1)\n"
			    "  --port N                  port of the API; 0: a free one (0)\n"
			    "  --port-file FILE          writes the API's port there\n"
			    "  --ingress-port N          port that answers for applications by their Host; 0: a free one (0)\n"
			    "  --ingress-port-file FILE  writes that port there\n"
			    "  --kubeconfig FILE         writes a kubeconfig for the API there\n"
			    "  --state-dir DIR           keeps the world there over restarts\n"
			    "  --speed N                 simulated seconds are divided by it (1)\n"
			    "  --token TOKEN             the bearer token that requests must carry\n"
			    "  --allow-remote            clone from any address, not from file:// alone\n"
			    "  --log-level LEVEL         debug, info, warn or error (info)\n";

/* One option: what it takes, and where it goes. */
struct row {
	const char *name;
	enum { TAKES_TEXT, TAKES_NUMBER, TAKES_NOTHING } takes;
	void *to; /* const char **, int *, bool * */
	int min, max;
};

static bool store(const struct row *row, const char *value)
{
	int64_t n;
	if (row->takes == TAKES_TEXT) {
		*(const char **)row->to = value;
	} else if (row->takes == TAKES_NOTHING) {
		*(bool *)row->to = true;
	} else if (str_to_int(value, row->min, row->max, &n)) {
		*(int *)row->to = (int)n;
	} else {
		fprintf(stderr, "portal-kubesim: --%s %s is not a number from %d to %d\n", row->name, value, row->min, row->max);
		return false;
	}
	return true;
}

/* -1: go on; otherwise the exit code. */
static int read_options(int argc, char **argv, struct command *c)
{
	bool help = false;
	const struct row rows[] = {
		{ "allow-remote", TAKES_NOTHING, &c->world.allow_remote, 0, 0 },
		{ "bind", TAKES_TEXT, &c->bind, 0, 0 },
		{ "help", TAKES_NOTHING, &help, 0, 0 },
		{ "ingress-port", TAKES_NUMBER, &c->ingress_port, 0, 65535 },
		{ "ingress-port-file", TAKES_TEXT, &c->ingress_port_file, 0, 0 },
		{ "kubeconfig", TAKES_TEXT, &c->kubeconfig, 0, 0 },
		{ "log-level", TAKES_TEXT, &c->log_level, 0, 0 },
		{ "port", TAKES_NUMBER, &c->port, 0, 65535 },
		{ "port-file", TAKES_TEXT, &c->port_file, 0, 0 },
		{ "speed", TAKES_NUMBER, &c->world.speed, 1, 10000 },
		{ "state-dir", TAKES_TEXT, &c->world.state_dir, 0, 0 },
		{ "token", TAKES_TEXT, &c->world.token, 0, 0 },
	};
	enum { ROWS = sizeof rows / sizeof *rows };
	struct option options[ROWS + 1] = { 0 };
	for (int i = 0; i < ROWS; i++)
		options[i] = (struct option){ rows[i].name, rows[i].takes != TAKES_NOTHING, NULL, i + 1 };
	for (int o; (o = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		if (o < 1 || o > ROWS) {
			fputs(usage, stderr);
			return 2;
		}
		if (!store(&rows[o - 1], optarg))
			return 2;
	}
	if (help || optind < argc)
		fputs(usage, help ? stdout : stderr);
	return help ? 0 : optind < argc ? 2 : -1;
}

/* Readers wait for these files: each appears whole. */
static bool write_file(const char *path, const char *text)
{
	char fresh[4096];
	if (!path)
		return true;
	snprintf(fresh, sizeof fresh, "%s.new", path);
	FILE *f = fopen(fresh, "we");
	bool fine = f && fputs(text, f) >= 0;
	if (f && fclose(f))
		fine = false;
	if (!fine || rename(fresh, path)) {
		log_event(LOG_ERROR, "file_not_written", LOG_STR("path", path), LOG_STR("error", strerror(errno)));
		return false;
	}
	return true;
}

static bool announce(const struct command *c, int port, int ingress_port)
{
	struct buf kubeconfig = { 0 };
	char text[16], ingress[16];
	const char *host = strcmp(c->bind, "0.0.0.0") ? c->bind : "127.0.0.1";
	snprintf(text, sizeof text, "%d\n", port);
	snprintf(ingress, sizeof ingress, "%d\n", ingress_port);
	buf_printf(&kubeconfig,
		   "apiVersion: v1\nkind: Config\nclusters:\n- name: kubesim\n  cluster:\n    server: http://%s:%d\n"
		   "contexts:\n- name: kubesim\n  context:\n    cluster: kubesim\n    user: kubesim\n    namespace: "
		   "hydrosim-students\n"
		   "current-context: kubesim\nusers:\n- name: kubesim\n  user:\n    token: %s\n",
		   host, port, c->world.token ? c->world.token : "simulated");
	bool fine = write_file(c->ingress_port_file, ingress) && write_file(c->kubeconfig, kubeconfig.data) &&
		    write_file(c->port_file, text);
	buf_free(&kubeconfig);
	printf("api http://%s:%d\ningress http://%s:%d\n", host, port, host, ingress_port);
	fflush(stdout);
	return fine;
}

static void *tick(void *world)
{
	world_run(world);
	return NULL;
}

static int serve(const struct command *c, const sigset_t *signals)
{
	struct listener api = { .port = 0 }, ingress = { .port = 0 };
	struct world *w = world_new(&c->world);
	pthread_t ticker;
	int signal_number, code = 1;
	struct sources *sources = NULL;
	if (!state_load(w) || !(sources = sources_start(w)) || pthread_create(&ticker, NULL, tick, w)) {
		log_event(LOG_ERROR, "start_failed");
		return 1;
	}
	if (listener_api(&api, w, c->bind, c->port) && listener_ingress(&ingress, w, c->bind, c->ingress_port) &&
	    announce(c, api.port, ingress.port)) {
		world_lock(w);
		state_keep(w);
		world_unlock(w);
		log_event(LOG_INFO, "serving", LOG_NUM("port", api.port), LOG_NUM("ingress_port", ingress.port));
		sigwait(signals, &signal_number);
		log_event(LOG_INFO, "stopping", LOG_NUM("signal", signal_number));
		code = 0;
	}
	listener_release(w);
	listener_stop(&ingress);
	listener_stop(&api);
	world_stop(w);
	pthread_join(ticker, NULL);
	sources_stop(sources);
	state_save(w);
	world_free(w);
	return code;
}

int main(int argc, char **argv)
{
	struct command c = { .bind = "127.0.0.1", .log_level = "info", .world = { .speed = 1 } };
	sigset_t signals;
	int code = read_options(argc, argv, &c);
	if (code >= 0)
		return code;
	log_init("portal-kubesim", c.log_level);
	/* Threads inherit the mask, so that the signals come to sigwait alone. */
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	signal(SIGPIPE, SIG_IGN);
	return serve(&c, &signals);
}
