/* The HTTP side: reads requests, keeps protocol faults, sends answers. One thread a listener serves all connections. */
#include "kubesim/http.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/str.h"
#include "kubesim/faults.h"
#include "kubesim/stats.h"
#include "kubesim/status.h"

const char *request_arg(const struct request *r, const char *name)
{
	return MHD_lookup_connection_value(r->connection, MHD_GET_ARGUMENT_KIND, name);
}

bool request_flag(const struct request *r, const char *name)
{
	const char *v = request_arg(r, name);
	return v && (!strcmp(v, "true") || !strcmp(v, "1"));
}

void answer_json(struct answer *a, int status, json_object *o)
{
	a->status = status;
	a->type = "application/json";
	buf_reset(&a->body);
	buf_puts(&a->body, json_object_to_json_string_ext(o, JSON_PLAIN));
	buf_puts(&a->body, "\n");
	json_object_put(o);
}

void answer_text(struct answer *a, int status, const char *type, const char *text)
{
	a->status = status;
	a->type = type;
	buf_reset(&a->body);
	buf_puts(&a->body, text);
}

/* A body whose connection breaks after some bytes. */
struct broken {
	char *bytes;
	size_t len;
};

static ssize_t read_broken(void *context, uint64_t at, char *out, size_t room)
{
	struct broken *b = context;
	if (at >= b->len)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	size_t n = b->len - at < room ? b->len - at : room;
	memcpy(out, b->bytes + at, n);
	return (ssize_t)n;
}

static void free_broken(void *context)
{
	struct broken *b = context;
	free(b->bytes);
	free(b);
}

static struct MHD_Response *broken_response(struct answer *a)
{
	struct broken *b = malloc(sizeof *b);
	if (!b)
		return NULL;
	size_t whole = a->body.len, cut = (size_t)a->cut_after;
	*b = (struct broken){ a->body.data, cut < whole ? cut : whole / 2 };
	a->body = (struct buf){ 0 };
	return MHD_create_response_from_callback(whole, 4096, read_broken, b, free_broken);
}

static enum MHD_Result send_answer(struct request *r, struct answer *a)
{
	struct MHD_Response *response;
	if (a->hang_up) {
		buf_free(&a->body);
		return MHD_NO;
	}
	if (a->stream) {
		world_lock(r->w);
		response = stream_open(r->w, a->stream, r->connection, a->type);
		world_unlock(r->w);
	} else if (a->cut_after >= 0) {
		response = broken_response(a);
	} else {
		response = MHD_create_response_from_buffer(a->body.len, a->body.data ? a->body.data : (char *)"",
							   a->body.data ? MHD_RESPMEM_MUST_FREE : MHD_RESPMEM_PERSISTENT);
	}
	if (!response)
		return MHD_NO;
	if (!a->stream)
		MHD_add_response_header(response, "Content-Type", a->type);
	MHD_add_response_header(response, "Cache-Control", "no-cache, private");
	if (a->header)
		MHD_add_response_header(response, a->header, a->value);
	enum MHD_Result queued = MHD_queue_response(r->connection, (unsigned)a->status, response);
	MHD_destroy_response(response);
	return queued;
}

static void end_stall(struct world *w, void *context)
{
	struct request *r = context;
	(void)w;
	MHD_resume_connection(r->connection);
}

static bool authorised(struct request *r)
{
	const char *wanted = r->w->options.token;
	const char *given = MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, "Authorization");
	if (!wanted)
		return true;
	return given && str_starts(given, "Bearer ") && strlen(given + 7) == strlen(wanted) &&
	       secret_equal(given + 7, wanted, strlen(wanted));
}

/* Faults that replace the answer. */
static bool replaced(struct request *r, struct answer *a)
{
	const char *resource = r->has_kind ? sim_kinds[r->kind].plural : "";
	if (sim_fault_for_request(r->w, FAULT_HTTP_429, r->verb, resource, r->ns)) {
		answer_text(a, 429, "text/plain; charset=utf-8", "Too many requests, please try again later.\n");
		a->header = "Retry-After";
		a->value = "1";
	} else if (sim_fault_for_request(r->w, FAULT_HTTP_500, r->verb, resource, r->ns)) {
		sim_status_answer(a, r->arena, 500, "InternalError", "Internal error occurred: etcdserver: request timed out",
				  NULL);
	} else if (sim_fault_for_request(r->w, FAULT_HTTP_503, r->verb, resource, r->ns)) {
		answer_text(a, 503, "text/html",
			    "<html>\n<head><title>503 Service Temporarily Unavailable</title></head>\n<body>\n"
			    "<center><h1>503 Service Temporarily Unavailable</h1></center>\n</body>\n</html>\n");
	} else if (sim_fault_for_request(r->w, FAULT_HTTP_410, r->verb, resource, r->ns)) {
		sim_status_answer(a, r->arena, 410, "Expired", "The resourceVersion for the provided watch is too old.", NULL);
	} else {
		return false;
	}
	return true;
}

static bool stall(struct request *r)
{
	const struct fault *f;
	if (r->stalled ||
	    !(f = sim_fault_for_request(r->w, FAULT_STALL, r->verb, r->has_kind ? sim_kinds[r->kind].plural : "", r->ns)))
		return false;
	r->stalled = true;
	r->timer = (struct timer){ .fire = end_stall, .context = r };
	timer_at(r->w, &r->timer, clock_ms() + (f->seconds > 0 ? f->seconds : 600) * 1000);
	MHD_suspend_connection(r->connection);
	return true;
}

/* false: the request waits and will be asked again. */
static bool answer_request(struct request *r, struct answer *a)
{
	bool control = str_starts(r->path, "/_sim/");
	if (control) {
		sim_control_answer(r, a);
		return true;
	}
	if (clock_ms() < r->w->outage_until_ms) {
		a->hang_up = true;
		return true;
	}
	if (stall(r))
		return false;
	sim_stats_request(r->w, r->verb, r->has_kind ? sim_kinds[r->kind].plural : "", r->sub);
	if (!authorised(r)) {
		sim_status_answer(a, r->arena, 401, "Unauthorized", "Unauthorized", NULL);
		return true;
	}
	if (replaced(r, a))
		return true;
	if (r->body.failed)
		sim_status_answer(a, r->arena, 413, "RequestEntityTooLarge", "Request entity too large: limit is 3145728", NULL);
	else if (r->has_kind)
		sim_api_answer(r, a);
	else
		sim_discovery_answer(r, a);
	const char *resource = r->has_kind ? sim_kinds[r->kind].plural : "";
	const struct fault *f = a->stream ? NULL : sim_fault_for_request(r->w, FAULT_CUT, r->verb, resource, r->ns);
	if (f)
		a->cut_after = f->bytes;
	if (!a->stream && sim_fault_for_request(r->w, FAULT_DROP_ANSWER, r->verb, resource, r->ns))
		a->hang_up = true;
	return true;
}

static enum MHD_Result handle(void *context, struct MHD_Connection *c, const char *path, const char *method, const char *version,
			      const char *bytes, size_t *len, void **state)
{
	struct world *w = context;
	struct request *r = *state;
	struct answer a = { .status = 500, .type = "application/json", .cut_after = -1 };
	(void)version;
	if (!r) {
		r = calloc(1, sizeof *r);
		if (!r || !(r->arena = arena_new(64 << 20))) {
			free(r);
			return MHD_NO;
		}
		r->w = w;
		r->connection = c;
		r->body.cap = BODY_MAX;
		r->method = arena_strdup(r->arena, method);
		r->path = arena_strdup(r->arena, path);
		*state = r;
		return MHD_YES;
	}
	if (*len) {
		buf_add(&r->body, bytes, *len);
		*len = 0;
		return MHD_YES;
	}
	sim_route(r);
	world_lock(w);
	bool answered = answer_request(r, &a);
	world_unlock(w);
	return answered ? send_answer(r, &a) : MHD_YES;
}

static void completed(void *context, struct MHD_Connection *c, void **state, enum MHD_RequestTerminationCode code)
{
	struct world *w = context;
	struct request *r = *state;
	(void)c;
	(void)code;
	if (!r)
		return;
	world_lock(w);
	timer_stop(w, &r->timer);
	world_unlock(w);
	buf_free(&r->body);
	arena_free(r->arena);
	free(r);
	*state = NULL;
}

static enum MHD_Result handle_ingress(void *context, struct MHD_Connection *c, const char *path, const char *method,
				      const char *version, const char *bytes, size_t *len, void **state)
{
	struct world *w = context;
	struct request r = { .w = w, .connection = c };
	struct answer a = { .status = 500, .type = "text/html; charset=utf-8", .cut_after = -1 };
	static int seen;
	(void)version;
	(void)bytes;
	if (!*state) {
		*state = &seen;
		return MHD_YES;
	}
	if (*len) {
		*len = 0;
		return MHD_YES;
	}
	const char *host = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Host");
	world_lock(w);
	sim_ingress_answer(w, host ? host : "", method, path, &a);
	world_unlock(w);
	return send_answer(&r, &a);
}

static bool listen_at(struct listener *l, const char *bind, int port, unsigned flags, MHD_AccessHandlerCallback handler,
		      MHD_RequestCompletedCallback done, struct world *w)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	if (inet_pton(AF_INET, bind, &address.sin_addr) != 1) {
		log_event(LOG_ERROR, "bind_address_invalid", LOG_STR("address", bind));
		return false;
	}
	l->daemon = MHD_start_daemon(flags, 0, NULL, NULL, handler, w, MHD_OPTION_SOCK_ADDR, &address,
				     MHD_OPTION_CONNECTION_LIMIT, 8000u, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)32768,
				     MHD_OPTION_LISTEN_BACKLOG_SIZE, 1024u, MHD_OPTION_NOTIFY_COMPLETED, done, w, MHD_OPTION_END);
	if (!l->daemon) {
		log_event(LOG_ERROR, "listen_failed", LOG_STR("address", bind), LOG_NUM("port", port));
		return false;
	}
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(l->daemon, MHD_DAEMON_INFO_BIND_PORT);
	l->port = info ? info->port : port;
	return true;
}

bool listener_api(struct listener *l, struct world *w, const char *bind, int port)
{
	return listen_at(l, bind, port, MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, handle, completed, w);
}

bool listener_ingress(struct listener *l, struct world *w, const char *bind, int port)
{
	return listen_at(l, bind, port, MHD_USE_EPOLL_INTERNAL_THREAD, handle_ingress, NULL, w);
}

void listener_release(struct world *w)
{
	world_lock(w);
	w->outage_until_ms = INT64_MAX;
	stream_end_all(w, STREAM_CUT);
	for (size_t i = 1; i <= w->timers;) {
		struct timer *t = w->heap[i];
		if (t->fire != end_stall) {
			i++;
			continue;
		}
		timer_stop(w, t); /* another one takes its place, maybe one that was passed */
		end_stall(w, t->context);
		i = 1;
	}
	world_unlock(w);
}

void listener_stop(struct listener *l)
{
	if (l->daemon)
		MHD_stop_daemon(l->daemon);
	l->daemon = NULL;
}
