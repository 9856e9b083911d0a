/* portal-stream's HTTP side: libwebsockets' event loop on a Unix socket. */
#include "stream/server.h"

#include <errno.h>
#include <inttypes.h>
#include <libwebsockets.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "base/str.h"
#include "config.h"
#include "stream/hub.h"
#include "stream/request.h"
#include "stream/terminal.h"
#include "stream/terminal_socket.h"

enum {
	STREAMS_MAX = 8192,
	PIECE = 16 << 10, /* bytes of one write */
	FLUSH_MS = 30,	  /* changes of so long are read together */
	ARGUMENT = 4096,  /* bytes of one argument: a hundred ids fit */
};

/* What libwebsockets keeps for each connection. */
struct connection {
	struct client *client; /* NULL: no stream */
	bool doomed;
	int body_len;
	char body[512]; /* of an answer that is no stream */
};

struct server {
	struct hub hub;
	struct lws_context *lws;
	struct terminals *terminals;
	struct lws_protocols protocols[3];
	lws_sorted_usec_list_t tick, flush;
	bool flush_armed;
	bool called; /* something was done since the loop waited */
	unsigned char piece[LWS_PRE + PIECE];
};

static struct server *server_of(struct lws_context *context)
{
	return lws_context_user(context);
}

/* ---- timers and wake-ups ---- */

static void arm_flush(struct server *s);

static void on_flush(lws_sorted_usec_list_t *sul)
{
	struct server *s = lws_container_of(sul, struct server, flush);
	s->called = true;
	s->flush_armed = false;
	hub_flush(&s->hub);
	arm_flush(s);
}

static void arm_flush(struct server *s)
{
	if (s->flush_armed || !s->hub.flush_wanted)
		return;
	s->flush_armed = true;
	lws_sul_schedule(s->lws, 0, &s->flush, on_flush, FLUSH_MS * LWS_US_PER_MS);
}

static void on_tick(lws_sorted_usec_list_t *sul)
{
	struct server *s = lws_container_of(sul, struct server, tick);
	s->called = true;
	lws_sul_schedule(s->lws, 0, &s->tick, on_tick, LWS_US_PER_SEC);
	hub_tick(&s->hub);
	arm_flush(s);
}

/* From the reader's thread. */
static void wake_loop(void *context)
{
	struct server *s = context;
	lws_cancel_service(s->lws);
}

static void wake_client(struct client *c)
{
	lws_callback_on_writable(c->connection);
}

/* Closes a stream. */
static void drop_client(struct client *c)
{
	struct connection *connection = lws_wsi_user(c->connection);
	connection->doomed = true;
	lws_set_timeout(c->connection, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
}

/*
 * libwebsockets reads nothing of a stream: that its peer has gone, or says more, would wake the loop without end until the next
 * write. Such streams are closed.
 */
static void drop_readable(struct server *s)
{
	char byte;
	for (struct client *c = s->hub.clients, *next; c; c = next) {
		next = c->next;
		if (recv(lws_get_socket_fd(c->connection), &byte, sizeof byte, MSG_PEEK | MSG_DONTWAIT) >= 0 || errno != EAGAIN)
			drop_client(c);
	}
}

/* ---- answers ---- */

static long resident_kb(void)
{
	long pages = 0;
	FILE *f = fopen("/proc/self/statm", "re");
	if (f && fscanf(f, "%*d %ld", &pages) != 1)
		pages = 0;
	if (f)
		fclose(f);
	return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static int health(struct server *s, struct connection *c)
{
	const struct hub *h = &s->hub;
	c->body_len =
		snprintf(c->body, sizeof c->body,
			 "{\"status\":\"%s\",\"streams\":%zu,\"opened\":%" PRIu64 ",\"finished\":%" PRIu64 ",\"dropped\":%" PRIu64
			 ",\"topics\":%zu,\"log_bytes\":%zu,\"reads\":%" PRIu64 ",\"chunks\":%" PRIu64 ",\"memory_kb\":%ld}\n",
			 h->away ? "degraded" : "ok", h->client_count, h->opened, h->finished, h->stalled, h->topics.count,
			 h->topics.window_bytes, h->reads, h->chunks, resident_kb());
	return 200;
}

static bool add_headers(struct lws *wsi, unsigned status, const char *type, lws_filepos_t length, unsigned char **p,
			unsigned char *end)
{
	static const unsigned char no[] = "no", no_store[] = "no-store";
	return !lws_add_http_common_headers(wsi, status, type, length, p, end) &&
	       !lws_add_http_header_by_name(wsi, (const unsigned char *)"cache-control:", no_store, sizeof no_store - 1, p,
					    end) &&
	       !lws_add_http_header_by_name(wsi, (const unsigned char *)"x-accel-buffering:", no, sizeof no - 1, p, end);
}

static int send_headers(struct lws *wsi, unsigned status, const char *type, lws_filepos_t length)
{
	unsigned char buffer[LWS_PRE + 1024], *start = buffer + LWS_PRE, *p = start, *end = buffer + sizeof buffer - 1;
	if (!add_headers(wsi, status, type, length, &p, end) || lws_finalize_write_http_header(wsi, start, &p, end))
		return -1;
	lws_callback_on_writable(wsi);
	return 0;
}

static int answer_plain(struct lws *wsi, struct connection *c, int status)
{
	if (status != 200)
		c->body_len = snprintf(c->body, sizeof c->body, "{\"title\":\"%s\",\"status\":%d}\n",
				       status == 404   ? "Not Found"
				       : status == 405 ? "Method Not Allowed"
				       : status == 503 ? "Too many streams"
						       : "Bad Request",
				       status);
	return send_headers(wsi, (unsigned)status, status == 200 ? "application/json" : "application/problem+json",
			    (lws_filepos_t)c->body_len);
}

/* ---- requests ---- */

static const char *argument(struct lws *wsi, const char *name, char *out)
{
	return lws_get_urlarg_by_name(wsi, name, out, ARGUMENT);
}

static const char *last_event_id(struct lws *wsi, char *out)
{
	static const char name[] = "last-event-id:";
	int n = lws_hdr_custom_copy(wsi, out, ARGUMENT, name, sizeof name - 1);
	return n < 0 ? NULL : out;
}

/* Who was let in, as nginx was told by portal-web; NULL: not said, or nothing that it says. */
static const char *holder(struct lws *wsi, char out[STREAM_HOLDER_MAX])
{
	static const char name[] = "x-portal-holder:";
	int n = lws_hdr_custom_copy(wsi, out, STREAM_HOLDER_MAX, name, sizeof name - 1);
	return n > 0 && str_only(out, "abcdefghijklmnopqrstuvwxyz0123456789:") ? out : NULL;
}

static int parse(struct lws *wsi, const char *path, struct stream_request *r)
{
	char after[ARGUMENT], builds[ARGUMENT], projects[ARGUMENT], last[ARGUMENT];
	if (lws_hdr_total_length(wsi, WSI_TOKEN_GET_URI) <= 0)
		return 405;
	return stream_request_parse(r, path, last_event_id(wsi, last), argument(wsi, "after=", after),
				    argument(wsi, "builds=", builds), argument(wsi, "projects=", projects));
}

static int on_request(struct server *s, struct lws *wsi, struct connection *c, const char *path)
{
	struct stream_request r;
	char who[STREAM_HOLDER_MAX];
	*c = (struct connection){ 0 };
	int status = parse(wsi, path, &r);
	if (status == 200 && r.kind == STREAM_HEALTH)
		status = health(s, c);
	if (status == 200 && r.kind == STREAM_WATCH && s->hub.client_count >= STREAMS_MAX)
		status = 503;
	if (status != 200 || r.kind == STREAM_HEALTH)
		return answer_plain(wsi, c, status);
	r.wish.holder = holder(wsi, who);
	c->client = hub_open(&s->hub, wsi, &r.wish);
	if (!c->client || send_headers(wsi, 200, "text/event-stream", LWS_ILLEGAL_HTTP_CONTENT_LEN))
		return -1;
	lws_http_headers_detach(wsi);
	lws_set_timeout(wsi, NO_PENDING_TIMEOUT, 0);
	arm_flush(s);
	return 0;
}

static int on_writable(struct server *s, struct lws *wsi, struct connection *c)
{
	unsigned char *out = s->piece + LWS_PRE;
	if (c->doomed)
		return -1;
	if (c->client) {
		if (client_is_done(c->client)) {
			s->hub.finished++;
			return -1; /* all is out: only what the kernel holds is on its way */
		}
		size_t n = client_fill(&s->hub, c->client, (char *)out, PIECE);
		arm_flush(s);
		if (!n)
			return 0;
		lws_callback_on_writable(wsi);
		return lws_write(wsi, out, n, LWS_WRITE_HTTP) < 0 ? -1 : 0;
	}
	if (!c->body_len)
		return 0;
	memcpy(out, c->body, (size_t)c->body_len);
	int written = lws_write(wsi, out, (size_t)c->body_len, LWS_WRITE_HTTP_FINAL);
	c->body_len = 0;
	return written < 0 || lws_http_transaction_completed(wsi) ? -1 : 0;
}

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	struct connection *c = user;
	server_of(lws_get_context(wsi))->called = true;
	switch ((int)reason) {
	case LWS_CALLBACK_HTTP:
		return on_request(server_of(lws_get_context(wsi)), wsi, c, in);
	case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
		return -1; /* streams are no WebSockets */
	case LWS_CALLBACK_HTTP_WRITEABLE:
		return c ? on_writable(server_of(lws_get_context(wsi)), wsi, c) : 0;
	case LWS_CALLBACK_CLOSED_HTTP:
	case LWS_CALLBACK_HTTP_DROP_PROTOCOL:
		if (c && c->client) {
			hub_close(&server_of(lws_get_context(wsi))->hub, c->client);
			c->client = NULL;
		}
		return 0;
	case LWS_CALLBACK_EVENT_WAIT_CANCELLED: {
		struct server *s = server_of(lws_get_context(wsi));
		if (s->hub.reader)
			hub_answers(&s->hub);
		arm_flush(s);
		return 0;
	}
	default:
		return lws_callback_http_dummy(wsi, reason, user, in, len);
	}
}

/* ---- start and stop ---- */

static void lws_says(int level, const char *line)
{
	char text[256];
	const char *message = text;
	snprintf(text, sizeof text, "%.*s", (int)strcspn(line, "\n"), line);
	log_event(level == LLL_ERR ? LOG_ERROR : LOG_WARN, "libwebsockets", LOG_STR("message", message));
}

static void raise_file_limit(void)
{
	struct rlimit l;
	if (getrlimit(RLIMIT_NOFILE, &l))
		return;
	l.rlim_cur = l.rlim_max < STREAMS_MAX + 256 ? l.rlim_max : STREAMS_MAX + 256;
	setrlimit(RLIMIT_NOFILE, &l);
}

static struct lws_context *open_context(struct server *s, const char *path)
{
	s->protocols[0] = (struct lws_protocols){ .name = "http",
						  .callback = on_event,
						  .per_session_data_size = sizeof(struct connection) };
	s->protocols[1] = terminal_protocol(s->terminals);
	lws_set_log_level(LLL_ERR | LLL_WARN, lws_says);
	struct lws_context_creation_info info = {
		.options = LWS_SERVER_OPTION_UNIX_SOCK | LWS_SERVER_OPTION_DISABLE_IPV6,
		.iface = path,
		.protocols = s->protocols,
		.gid = (gid_t)-1,
		.uid = (uid_t)-1,
		.server_string = "portal-stream",
		.max_http_header_data = 8192,
		.max_http_header_pool = 256,
		.user = s,
	};
	return lws_create_context(&info);
}

enum err stream_serve(const struct config *config, const volatile sig_atomic_t *stop)
{
	struct server *s = calloc(1, sizeof(*s));
	if (!s)
		return ERR_UNAVAILABLE;
	raise_file_limit();
	s->hub.wake = wake_client;
	s->hub.drop = drop_client;
	s->terminals = terminals_new(config, wake_loop, s);
	s->lws = s->terminals ? open_context(s, config->stream_socket) : NULL;
	if (s->lws)
		s->hub.reader = reader_start(config->database_url, wake_loop, s);
	enum err e = s->lws && s->hub.reader ? ERR_NONE : ERR_UNAVAILABLE;
	if (!e) {
		log_event(LOG_INFO, "stream_serving", LOG_STR("socket", config->stream_socket));
		lws_sul_schedule(s->lws, 0, &s->tick, on_tick, LWS_US_PER_SEC);
		/* A signal ends the wait, or the next tick does. */
		while (!*stop && lws_service(s->lws, 0) >= 0) {
			if (!s->called)
				drop_readable(s);
			s->called = false;
		}
		log_event(LOG_INFO, "stream_stopping", LOG_NUM("streams", s->hub.client_count));
	}
	/* First the threads that wake the loop, then the loop: closing it closes the streams, and lets the seats go. */
	reader_stop(s->hub.reader);
	s->hub.reader = NULL;
	terminals_stop(s->terminals);
	if (s->lws)
		lws_context_destroy(s->lws);
	terminals_free(s->terminals);
	free(s);
	return e;
}
