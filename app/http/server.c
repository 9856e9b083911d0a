/* FastCGI threads: accept, read, dispatch, answer, log. The only file that includes libfcgi. */
#include "http/server.h"

#include <errno.h>
#include <fcgiapp.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "config.h"
#include "db/db.h"
#include "fetch/fetch.h"
#include "http/router.h"
#include "http/supervisor.h"
#include "http/wire.h"

enum { ARENA_LIMIT = 256 << 20, DB_WAIT_MS = 250, DRAIN_S = 20, BODY_KEEP = 1 << 20 };

struct server {
	struct app *app;
	int listener;
	struct child_state *state;
	atomic_bool stopping;
	atomic_int started, failed;
};

struct worker {
	struct server *server;
	pthread_t thread;
	int index;
	struct arena *arena;
	struct request req;
	struct response res;
	struct buf head;
};

struct db *request_db(struct request *req)
{
	if (!req->db)
		req->db = db_acquire(req->app->pool, DB_WAIT_MS);
	return req->db;
}

static void give_back_db(struct request *req)
{
	db_release(req->db);
	req->db = NULL;
}

void request_release_db(struct request *req)
{
	if (!db_in_transaction(req->db))
		give_back_db(req);
}

struct handlers_use handlers_use(const struct child_state *all)
{
	struct handlers_use use = { 0 };
	for (int i = 0; all && i < CHILD_PLACES; i++) {
		use.processes += atomic_load(&all[i].ready);
		for (int t = 0; t < THREADS_MAX; t++)
			use.busy += atomic_load(&all[i].since[t]) != 0;
	}
	return use;
}

/* Reads exactly `len` bytes, and sees that no more follow. 0 or 400. */
static int read_body(FCGX_Stream *in, char *to, size_t len)
{
	for (size_t have = 0; have < len;) {
		int n = FCGX_GetStr(to + have, (int)(len - have), in);
		if (n <= 0)
			return 400;
		have += (size_t)n;
	}
	return FCGX_GetChar(in) == EOF ? 0 : 400;
}

/* Everything up to the handler, which router_run calls. Returns the status that is answered. */
static int serve(struct worker *w, FCGX_Request *fcgi)
{
	struct app *app = w->server->app;
	struct request *req = &w->req;
	struct response *res = &w->res;
	int status = request_head(req, app, w->arena, fcgi->envp);
	response_begin(res, req);
	log_set_request(req->id);
	if (status)
		return response_error(res, status, NULL);
	struct route_match found = router_match(app->routes, app->route_count, req);
	req->route = found.route;
	if (!(found.route && found.route->guards & ANY_HOST) && !host_allowed(app->config, req->host))
		return response_error(res, 421, NULL);
	if (!found.route && found.allow)
		response_header(res, "Allow", found.allow);
	if (!found.route)
		return response_error(res, found.allow ? 405 : 404, NULL);
	size_t len;
	status = request_body_length(req, found.route, &len);
	if (status)
		return response_error(res, status, NULL);
	char *body = arena_alloc(w->arena, len + 1);
	const char *why = NULL;
	status = read_body(fcgi->in, body, len);
	if (!status)
		status = request_body(req, found.route, body, len, &why);
	if (status)
		return response_error(res, status, why ? response_sentence(res, why) : NULL);
	return router_run(found.route, req, res);
}

static void answer(struct worker *w, FCGX_Request *fcgi, int status)
{
	struct response *res = &w->res;
	buf_reset(&w->head);
	response_head(res, status, &w->head);
	FCGX_PutStr(w->head.data, (int)w->head.len, fcgi->out);
	if (!w->req.head && res->body.len && status != 204 && status != 304)
		FCGX_PutStr(res->body.data, (int)res->body.len, fcgi->out);
}

static void log_request_line(const struct worker *w, int status, int64_t began)
{
	const struct request *req = &w->req;
	if (req->route && req->route->guards & NO_LOG && status < 500)
		return;
	log_event(status >= 500 ? LOG_WARN : LOG_INFO, "request", LOG_STR("method", req->head ? "HEAD" : req->method),
		  LOG_STR("route", req->route ? req->route->pattern : ""), LOG_NUM("status", status),
		  LOG_NUM("ms", clock_ms() - began), LOG_NUM("user_id", req->actor.id), LOG_STR("ip", req->ip));
}

static void serve_one(struct worker *w, FCGX_Request *fcgi)
{
	int64_t began = clock_ms();
	atomic_store(&w->server->state->since[w->index], began);
	int status = serve(w, fcgi);
	if (w->res.broken || w->res.body.failed || w->res.headers.failed) {
		response_begin(&w->res, &w->req);
		status = response_error(&w->res, 500, NULL);
	}
	give_back_db(&w->req);
	answer(w, fcgi, status);
	log_request_line(w, status, began);
	FCGX_Finish_r(fcgi);
	log_set_request(NULL);
	arena_reset(w->arena);
	if (w->res.body.size > BODY_KEEP)
		buf_free(&w->res.body);
	atomic_store(&w->server->state->since[w->index], 0);
}

static void *serve_thread(void *arg)
{
	struct worker *w = arg;
	struct server *s = w->server;
	FCGX_Request fcgi;
	w->arena = arena_new(ARENA_LIMIT);
	bool ready = w->arena && !FCGX_InitRequest(&fcgi, s->listener, 0);
	atomic_fetch_add(ready ? &s->started : &s->failed, 1);
	while (ready && !atomic_load(&s->stopping)) {
		/* The listener's receive time-out brings -EAGAIN once a second: that is when the flag is looked at. */
		int rc = FCGX_Accept_r(&fcgi);
		if (rc >= 0) {
			serve_one(w, &fcgi);
		} else if (rc != -EAGAIN && rc != -EINTR && !atomic_load(&s->stopping)) {
			log_event(LOG_ERROR, "accept_failed", LOG_NUM("code", rc));
			clock_sleep(100);
		}
	}
	response_end(&w->res);
	buf_free(&w->head);
	arena_free(w->arena);
	fetch_thread_end();
	return NULL;
}

/* Waits until every thread serves; false when one cannot. */
static bool all_started(struct server *s, int threads)
{
	while (atomic_load(&s->started) < threads) {
		if (atomic_load(&s->failed))
			return false;
		clock_sleep(5);
	}
	return true;
}

static void wait_for_signal(void)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	int signal_number;
	while (sigwait(&set, &signal_number))
		;
}

/* Joins the threads; after DRAIN_S the process ends without those that still work. */
static void drain(struct worker *workers, int count)
{
	struct timespec end;
	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += DRAIN_S;
	for (int i = 0; i < count; i++) {
		if (!pthread_timedjoin_np(workers[i].thread, NULL, &end))
			continue;
		log_event(LOG_WARN, "drain_incomplete", LOG_NUM("seconds", DRAIN_S));
		_exit(0);
	}
}

int server_run(struct app *app, int listener, struct child_state *state)
{
	int threads = app->config->threads;
	struct worker *workers = calloc((size_t)threads, sizeof *workers);
	struct server server = { .app = app, .listener = listener, .state = state };
	if (!workers || FCGX_Init())
		return 1;
	int made = 0;
	for (; made < threads; made++) {
		workers[made] = (struct worker){ .server = &server, .index = made };
		if (pthread_create(&workers[made].thread, NULL, serve_thread, &workers[made]))
			break;
	}
	if (made < threads || !all_started(&server, threads)) {
		log_event(LOG_ERROR, "threads_failed", LOG_NUM("made", made));
		_exit(1);
	}
	atomic_store(&state->ready, 1);
	log_event(LOG_INFO, "serving", LOG_NUM("threads", threads));
	wait_for_signal();
	atomic_store(&server.stopping, true);
	drain(workers, threads);
	free(workers);
	return 0;
}
