/* Keeping a list and a watch of one collection going on the loop: pages, events, bookmarks, doubt, and pauses. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/phrases.h"
#include "base/str.h"
#include "kube/answer.h"
#include "kube/client.h"
#include "kube/lines.h"

enum {
	PARSE_ARENA = 8 << 20,
	LINE_CAP = 4 << 20,
	KEEP_BUFFER = 64 * 1024,
	PAGE = 250,
	PAGES_MAX = 1000, /* a list of more has no end */
	LIST_MS = 60000,
	LIST_IDLE_MS = 30000,
	WATCH_S = 300,
	WATCH_MIN_S = 2,
	GRACE_MS = 5000, /* how much later than asked the server may end a watch */
	SHORT_MS = 1000, /* a watch that ends sooner is a failure */
	FIRST_PAUSE_MS = 800,
	LONGEST_PAUSE_MS = 30000,
};

enum phase { PHASE_LIST, PHASE_WATCH };

struct kube_watch {
	struct fetch_loop *loop;
	struct kube *k;
	char *path;	/* of the collection */
	char *selector; /* "&labelSelector=..." or "" */
	int relist_ms;
	struct kube_watch_handler handler;
	void *context;

	pthread_mutex_t lock; /* recursive; held during every callback, so that none runs after kube_watch_stop */
	int depth;
	bool stopped, waiting;	     /* waiting: a call of `go_on` is to come */
	struct fetch_stream *stream; /* at most one of these two is there; when neither, the loop has ended */

	enum phase phase;
	char *version;	    /* where the watch goes on; NULL: list */
	char *from;	    /* the next page */
	int pages;	    /* of the list until now */
	struct buf body;    /* a page of a list, or what came instead of a list or a watch */
	struct lines lines; /* of the watch */
	struct arena *arena;
	int status, retry_after_ms;
	int64_t began, list_due;
	int failures; /* in a row */
	bool troubled, renewed, expired;
	char doubt[256]; /* why this watch cannot be believed any more; "" it can */
};

static void watch_free(struct kube_watch *w)
{
	buf_free(&w->body);
	lines_free(&w->lines);
	arena_free(w->arena);
	pthread_mutex_destroy(&w->lock);
	free(w->version);
	free(w->from);
	free(w->selector);
	free(w->path);
	free(w);
}

static void enter(struct kube_watch *w)
{
	pthread_mutex_lock(&w->lock);
	w->depth++;
}

/* The last one out of a stopped watch gives its memory back. */
static void leave(struct kube_watch *w)
{
	bool last = --w->depth == 0 && w->stopped && !w->stream && !w->waiting;
	pthread_mutex_unlock(&w->lock);
	if (last)
		watch_free(w);
}

static void set_text(char **at, const char *s)
{
	free(*at);
	*at = s && *s ? strdup(s) : NULL;
}

/* Callbacks of a stopped watch are over, also when one of them stopped it. */
static void tell_object(struct kube_watch *w, json_object *object, bool deleted)
{
	if (!w->stopped && object && w->handler.object)
		w->handler.object(w->context, object, deleted);
}

static void tell_list(struct kube_watch *w, void (*fn)(void *context))
{
	if (!w->stopped && fn)
		fn(w->context);
}

static void tell_trouble(struct kube_watch *w, const char *message)
{
	if (message)
		log_event(LOG_WARN, "kube_watch_trouble", LOG_STR("path", w->path), LOG_STR("message", message),
			  LOG_NUM("failures", w->failures));
	if (!message && !w->troubled)
		return;
	w->troubled = message != NULL;
	if (!w->stopped && w->handler.trouble)
		w->handler.trouble(w->context, message);
}

static void go_on(void *context, bool ended);

static void later(struct kube_watch *w, int ms)
{
	if (w->stopped)
		return;
	w->waiting = true;
	fetch_loop_after(w->loop, ms, go_on, w);
}

/* What was read is not held through a pause: six watches of a hostile cluster would hold as much each. */
static void drop_answer(struct kube_watch *w)
{
	buf_reset(&w->body);
	if (w->body.size > KEEP_BUFFER)
		buf_free(&w->body);
	w->body.cap = ANSWER_CAP;
	arena_reset(w->arena);
}

/* One failure more: a pause that grows, and a word to people when it was not the first one or will not pass by itself. */
static void failed(struct kube_watch *w, const char *message, bool lasting)
{
	int pause = health_jitter(health_pause(FIRST_PAUSE_MS, LONGEST_PAUSE_MS, w->failures));
	w->failures++;
	if (lasting || w->failures > 1)
		tell_trouble(w, message);
	later(w, pause > w->retry_after_ms ? pause : w->retry_after_ms);
	drop_answer(w);
}

static const struct fetch_handler handler;

static void open_stream(struct kube_watch *w, const char *path, int idle_ms, int total_ms)
{
	w->status = w->retry_after_ms = 0;
	w->expired = false;
	w->doubt[0] = 0;
	lines_reset(&w->lines);
	w->began = clock_ms();
	w->stream = client_stream(w->loop, w->k, path, idle_ms, total_ms, &handler, w);
	drop_answer(w);
	if (!w->stream)
		failed(w, phrase_text(PHRASE_CLUSTER_MEMORY), true);
}

static void open_list(struct kube_watch *w)
{
	const char *from = w->from ? str_url_encode(w->arena, w->from, false) : "";
	w->phase = PHASE_LIST;
	open_stream(w, arena_printf(w->arena, "%s?limit=%d%s%s%s", w->path, PAGE, w->selector, *from ? "&continue=" : "", from),
		    LIST_IDLE_MS, LIST_MS);
}

/* The server ends the watch when the next list is due. */
static void open_watch(struct kube_watch *w)
{
	int64_t left = (w->list_due - clock_ms()) / 1000;
	int seconds = health_jitter(WATCH_S);
	if (left < seconds)
		seconds = left < WATCH_MIN_S ? WATCH_MIN_S : (int)left;
	int limit = seconds * 1000 + GRACE_MS;
	w->phase = PHASE_WATCH;
	open_stream(w,
		    arena_printf(w->arena, "%s?watch=1&allowWatchBookmarks=true&resourceVersion=%s&timeoutSeconds=%d%s", w->path,
				 str_url_encode(w->arena, w->version, false), seconds, w->selector),
		    limit, limit + GRACE_MS);
}

static void next_step(struct kube_watch *w)
{
	if (w->stopped)
		return;
	if (w->version && clock_ms() < w->list_due - WATCH_MIN_S * 1000)
		open_watch(w);
	else
		open_list(w);
}

static void go_on(void *context, bool ended)
{
	struct kube_watch *w = context;
	enter(w);
	w->waiting = false;
	if (!ended)
		next_step(w);
	leave(w);
}

static void head(void *context, int status, int retry_after_ms)
{
	struct kube_watch *w = context;
	enter(w);
	w->status = status;
	w->retry_after_ms = retry_after_ms;
	if (status == 200 && w->phase == PHASE_WATCH)
		tell_trouble(w, NULL);
	leave(w);
}

/* The rest of this watch is not read: what is there is found out by a list. */
static void distrust(struct kube_watch *w, const char *why)
{
	size_t n = str_utf8_cut(why, strlen(why), sizeof w->doubt - 1);
	memcpy(w->doubt, why, n);
	w->doubt[n] = 0;
	fetch_stream_cancel(w->loop, w->stream);
}

static void take_error_event(struct kube_watch *w, json_object *status)
{
	const char *reason = json_text(status, "reason", "");
	w->expired = json_int(status, "code", 0) == 410 || !strcmp(reason, "Expired") || !strcmp(reason, "Gone");
	distrust(w, json_text(status, "message", phrase_text(PHRASE_CLUSTER_WATCH_ERROR)));
}

static void take_event(struct kube_watch *w, char *line, size_t len)
{
	json_object *event = answer_parse(w->arena, line, len, NULL);
	const char *type = json_text(event, "type", "");
	json_object *object = json_at(event, "object");
	const char *version = json_text(object, "metadata.resourceVersion", "");
	if (!strcmp(type, "ERROR")) {
		take_error_event(w, object);
	} else if (!*version) {
		distrust(w, phrase_text(PHRASE_CLUSTER_NO_EVENT));
	} else {
		bool deleted = !strcmp(type, "DELETED");
		if (strcmp(type, "BOOKMARK"))
			tell_object(w, object, deleted);
		set_text(&w->version, version);
	}
	arena_reset(w->arena);
}

static void take_lines(struct kube_watch *w, const char *bytes, size_t len)
{
	size_t length;
	char *line;
	if (!lines_add(&w->lines, bytes, len, LINE_CAP)) {
		distrust(w, phrase_text(PHRASE_CLUSTER_LARGE_EVENT));
		return;
	}
	while (!w->stopped && !*w->doubt && (line = lines_next(&w->lines, &length)))
		if (length)
			take_event(w, line, length);
}

static bool data(void *context, const char *bytes, size_t len)
{
	struct kube_watch *w = context;
	enter(w);
	if (w->stopped || *w->doubt) {
		; /* the stream is about to end */
	} else if (w->phase == PHASE_WATCH && w->status == 200) {
		take_lines(w, bytes, len);
	} else {
		buf_add(&w->body, bytes, len);
		if (w->body.failed)
			distrust(w, phrase_text(PHRASE_CLUSTER_LARGE_ANSWER));
	}
	leave(w);
	return true;
}

/* An answer that is neither a list nor a watch. A refusal that concerns the place in the history ends with a list. */
static void refused(struct kube_watch *w)
{
	struct kube_answer answer;
	buf_puts(&w->body, "");
	enum err e = answer_read(w->arena, w->status, "application/json", w->body.data, w->body.len, &answer);
	bool passing = e == ERR_TOO_MANY || e == ERR_UNAVAILABLE;
	if (e == ERR_TOO_MANY)
		health_hold(&w->k->health, clock_ms(), w->retry_after_ms);
	set_text(&w->from, NULL);
	if (!passing)
		set_text(&w->version, NULL);
	if (e == ERR_UNAUTHORIZED && !w->renewed && token_renew(&w->k->token)) {
		w->renewed = true;
		next_step(w);
	} else if (e == ERR_GONE && !w->failures) {
		w->failures = 1; /* the next one waits */
		next_step(w);
	} else {
		failed(w, answer.message, !passing);
	}
}

static void list_complete(struct kube_watch *w, json_object *list)
{
	set_text(&w->version, json_text(list, "metadata.resourceVersion", ""));
	w->list_due = w->relist_ms ? clock_ms() + health_jitter(w->relist_ms) : INT64_MAX;
	w->renewed = false;
	tell_list(w, w->handler.list_end);
	if (w->version)
		next_step(w);
	else
		failed(w, phrase_text(PHRASE_CLUSTER_NO_VERSION), true);
}

static void list_done(struct kube_watch *w)
{
	bool first = !w->from;
	json_object *items = NULL;
	const char *why = "";
	buf_puts(&w->body, "");
	json_object *list = answer_parse(w->arena, w->body.data, w->body.len, &why);
	if (!json_object_object_get_ex(list, "items", &items)) { /* the key is there also where it is null */
		set_text(&w->from, NULL);
		failed(w, phrase(w->arena, PHRASE_CLUSTER_NO_LIST, why ? why : phrase_text(PHRASE_CLUSTER_NO_ITEMS)), false);
		return;
	}
	if (first)
		tell_list(w, w->handler.list_begin);
	for (size_t i = 0; i < json_len(list, "items"); i++)
		tell_object(w, json_object_array_get_idx(items, i), false);
	set_text(&w->from, json_text(list, "metadata.continue", ""));
	w->pages = first ? 1 : w->pages + 1;
	if (w->stopped)
		return;
	if (w->from && w->pages >= PAGES_MAX) {
		set_text(&w->from, NULL);
		failed(w, phrase_text(PHRASE_CLUSTER_ENDLESS), true);
	} else if (w->from) {
		open_list(w);
	} else {
		list_complete(w, list);
	}
}

static void watch_done(struct kube_watch *w, enum err e, const char *error)
{
	bool lived = clock_ms() - w->began >= SHORT_MS; /* whatever it told: a broken cluster tells much, again and again */
	if (*w->doubt) {
		set_text(&w->version, NULL);
		if (lived)
			w->failures = 0;
		if (w->expired && !w->failures++)
			next_step(w);
		else
			failed(w, w->doubt, false);
		return;
	}
	if (lived)
		w->failures = 0;
	if (e == ERR_NONE && !lines_open(&w->lines)) {
		if (lived)
			next_step(w);
		else
			failed(w, phrase_text(PHRASE_CLUSTER_ENDS), false);
	} else if (e == ERR_TIMEOUT && lived) { /* silent, or half open: nobody knows what was missed */
		set_text(&w->version, NULL);
		next_step(w);
	} else { /* cut: what was told so far is whole lines */
		failed(w, e == ERR_NONE ? phrase_text(PHRASE_CLUSTER_CUT) : error, false);
	}
}

static void done(void *context, enum err e, const char *error)
{
	struct kube_watch *w = context;
	enter(w);
	w->stream = NULL;
	if (w->stopped) {
		leave(w);
		return;
	}
	if (e == ERR_NONE && w->status != 200) {
		refused(w);
	} else if (w->phase == PHASE_WATCH) {
		watch_done(w, e, error);
	} else if (e == ERR_NONE) {
		list_done(w);
	} else {
		set_text(&w->from, NULL);
		failed(w, *w->doubt ? w->doubt : error, false);
	}
	leave(w);
}

static const struct fetch_handler handler = { .head = head, .data = data, .done = done };

static bool prepare(struct kube_watch *w, enum kube_kind kind, const char *ns, const char *selector)
{
	w->arena = arena_new(PARSE_ARENA);
	if (!w->arena)
		return false;
	w->path = strdup(kube_path(w->arena, kind, ns, NULL));
	bool any = selector && *selector;
	w->selector = strdup(any ? arena_printf(w->arena, "&labelSelector=%s", str_url_encode(w->arena, selector, false)) : "");
	arena_reset(w->arena);
	return w->path && w->selector;
}

struct kube_watch *kube_watch_start(struct fetch_loop *loop, struct kube *k, enum kube_kind kind, const char *ns,
				    const char *selector, int relist_ms, const struct kube_watch_handler *h, void *context)
{
	struct kube_watch *w = calloc(1, sizeof(*w));
	if (!w)
		return NULL;
	*w = (struct kube_watch){ .loop = loop, .k = k, .relist_ms = relist_ms, .handler = *h, .context = context };
	pthread_mutexattr_t recursive;
	pthread_mutexattr_init(&recursive);
	pthread_mutexattr_settype(&recursive, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(&w->lock, &recursive);
	pthread_mutexattr_destroy(&recursive);
	if (!prepare(w, kind, ns, selector)) {
		watch_free(w);
		return NULL;
	}
	enter(w);
	later(w, 0);
	leave(w);
	return w;
}

void kube_watch_stop(struct kube_watch *w)
{
	if (!w)
		return;
	enter(w);
	w->stopped = true;
	if (w->stream)
		fetch_stream_cancel(w->loop, w->stream);
	leave(w);
}
