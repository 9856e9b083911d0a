/* Single requests that block: one curl handle a thread, which keeps its connections for the next request. */
#include "fetch/fetch.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>

#include "base/arena.h"
#include "base/phrases.h"
#include "fetch/handle.h"

enum { DEFAULT_TIMEOUT_MS = 10000, DEFAULT_CAP = 8 << 20, STALL_S = 30, OPEN_FILES = 65536 };

static _Thread_local CURL *thread_handle;

struct transfer {
	CURL *easy;
	const struct fetch_request *request;
	struct buf body;
	bool gave_up;
};

void fetch_init(void)
{
	/* libcurl under NOSIGNAL leaves SIGPIPE of TLS writes to the program. */
	signal(SIGPIPE, SIG_IGN);
	/* Each stream is a descriptor: take what the system allows. */
	struct rlimit files;
	if (!getrlimit(RLIMIT_NOFILE, &files) && files.rlim_cur < OPEN_FILES) {
		files.rlim_cur = files.rlim_max < OPEN_FILES ? files.rlim_max : OPEN_FILES;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	curl_global_init(CURL_GLOBAL_DEFAULT);
}

void fetch_cleanup(void)
{
	fetch_thread_end();
	curl_global_cleanup();
}

void fetch_thread_end(void)
{
	curl_easy_cleanup(thread_handle);
	thread_handle = NULL;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *context)
{
	struct transfer *t = context;
	size_t len = size * count;
	long status = 0;
	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	if (t->request->write && status / 100 == 2) {
		t->gave_up = !t->request->write(t->request->context, bytes, len);
		return t->gave_up ? 0 : len;
	}
	buf_add(&t->body, bytes, len);
	return t->body.failed ? 0 : len;
}

static size_t give_body(char *out, size_t size, size_t count, void *context)
{
	struct transfer *t = context;
	size_t n = t->request->read(t->request->context, out, size * count);
	if (n <= size * count)
		return n;
	t->gave_up = true;
	return CURL_READFUNC_ABORT;
}

static bool has_header(const struct fetch_request *r, const char *name)
{
	size_t len = strlen(name);
	for (size_t i = 0; r->headers && r->headers[i]; i++)
		if (!strncasecmp(r->headers[i], name, len) && r->headers[i][len] == ':')
			return true;
	return false;
}

/* Method and body. A method that usually has a body says that it has none, since some servers ask for a length. */
static bool set_method(struct transfer *t, struct handle_parts *parts)
{
	const struct fetch_request *r = t->request;
	CURL *easy = t->easy;
	bool ok = true;
	if (!strcmp(r->method, "HEAD")) {
		curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
	} else if (r->read) {
		curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
		curl_easy_setopt(easy, CURLOPT_READFUNCTION, give_body);
		curl_easy_setopt(easy, CURLOPT_READDATA, t);
		curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)r->body_len);
		/* A kept connection may be dead, and a stream cannot be read a second time. */
		curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
	} else if (r->body || (strcmp(r->method, "GET") && strcmp(r->method, "DELETE"))) {
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)(r->body ? r->body_len : 0));
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS, r->body ? r->body : "");
		if (!has_header(r, "Content-Type"))
			ok = handle_add_header(parts, "Content-Type:");
	}
	curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, r->method);
	handle_set_headers(easy, parts);
	return ok;
}

static const char *header(struct arena *a, CURL *easy, const char *name)
{
	struct curl_header *h;
	return curl_easy_header(easy, name, 0, CURLH_HEADER, -1, &h) == CURLHE_OK ? arena_strdup(a, h->value) : "";
}

static const char *all_headers(struct arena *a, CURL *easy, const char *name)
{
	struct curl_header *h;
	const char *text = "";
	for (size_t i = 0; curl_easy_header(easy, name, i, CURLH_HEADER, -1, &h) == CURLHE_OK; i++)
		text = arena_printf(a, "%s%s%s", text, i ? ", " : "", h->value);
	return text;
}

static enum fetch_reached reached(CURL *easy, int status)
{
	long made = 1, port = 0;
	curl_off_t name = 0, tls = 0;
	curl_easy_getinfo(easy, CURLINFO_NUM_CONNECTS, &made);
	curl_easy_getinfo(easy, CURLINFO_LOCAL_PORT, &port);
	curl_easy_getinfo(easy, CURLINFO_NAMELOOKUP_TIME_T, &name);
	curl_easy_getinfo(easy, CURLINFO_APPCONNECT_TIME_T, &tls);
	if (status)
		return FETCH_REACHED_ANSWER;
	if (port > 0)
		return tls || !made ? FETCH_REACHED_TLS : FETCH_REACHED_SERVER; /* a kept one was secured before */
	return name ? FETCH_REACHED_ADDRESS : FETCH_REACHED_NOTHING;
}

/* The body stays in its own memory: an arena's limit is for what the caller makes. */
static void keep_body(struct arena *a, struct transfer *t, struct fetch_response *out)
{
	out->body = "";
	if (!t->body.data)
		return;
	arena_defer(a, free, t->body.data);
	out->body = t->body.data;
	out->body_len = t->body.len;
}

static void take_answer(struct arena *a, CURL *easy, struct fetch_response *out)
{
	long status = 0;
	curl_off_t length = -1;
	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
	out->status = (int)status;
	out->content_length = length;
	out->content_type = header(a, easy, "Content-Type");
	out->etag = header(a, easy, "ETag");
	out->date = header(a, easy, "Date");
	out->content_range = header(a, easy, "Content-Range");
	out->digest = header(a, easy, "Docker-Content-Digest");
	out->authenticate = all_headers(a, easy, "WWW-Authenticate");
	out->location = header(a, easy, "Location");
	out->reached = reached(easy, (int)status);
	out->retry_after_ms = handle_retry_after(easy);
}

static enum err perform(struct arena *a, struct transfer *t, struct fetch_response *out)
{
	char text[CURL_ERROR_SIZE] = "";
	curl_easy_setopt(t->easy, CURLOPT_ERRORBUFFER, text);
	CURLcode code = curl_easy_perform(t->easy);
	take_answer(a, t->easy, out);
	curl_easy_setopt(t->easy, CURLOPT_ERRORBUFFER, NULL);
	if (t->gave_up) {
		out->error = phrase_text(PHRASE_FETCH_GIVEN_UP);
		return ERR_GONE;
	}
	if (t->body.failed) {
		out->error = phrase_text(PHRASE_FETCH_LARGE);
		return ERR_TOO_LARGE;
	}
	if (code)
		out->error = arena_strdup(a, *text ? text : curl_easy_strerror(code));
	return handle_error(t->easy, code);
}

enum err fetch(struct arena *a, const struct fetch_peer *peer, const struct fetch_request *request,
	       struct fetch_response *response)
{
	*response = (struct fetch_response){ .body = "",
					     .content_type = "",
					     .etag = "",
					     .date = "",
					     .content_range = "",
					     .digest = "",
					     .authenticate = "",
					     .location = "",
					     .content_length = -1,
					     .error = "" };
	if (!thread_handle)
		thread_handle = curl_easy_init();
	if (!thread_handle)
		return ERR_INTERNAL;
	struct transfer t = { .easy = thread_handle, .request = request };
	t.body.cap = request->response_cap ? request->response_cap : DEFAULT_CAP;
	struct handle_parts parts = { 0 };
	enum err e = ERR_INTERNAL;
	curl_easy_reset(t.easy);
	if (handle_prepare(t.easy, peer, request->path, request->headers, &parts) && set_method(&t, &parts)) {
		long limit = request->timeout_ms ? request->timeout_ms : DEFAULT_TIMEOUT_MS;
		curl_easy_setopt(t.easy, CURLOPT_TIMEOUT_MS, limit);
		curl_easy_setopt(t.easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
		curl_easy_setopt(t.easy, CURLOPT_LOW_SPEED_TIME, (long)STALL_S);
		curl_easy_setopt(t.easy, CURLOPT_WRITEFUNCTION, take_body);
		curl_easy_setopt(t.easy, CURLOPT_WRITEDATA, &t);
		e = perform(a, &t, response);
	} else {
		response->error = phrase_text(PHRASE_FETCH_ADDRESS);
	}
	keep_body(a, &t, response);
	/* The handle outlives the lists and the request that it points to. */
	curl_easy_reset(t.easy);
	handle_parts_free(&parts);
	return e;
}
