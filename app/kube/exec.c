/* Commands in a running container. */
#include "kube/exec.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/phrases.h"
#include "base/str.h"
#include "fetch/socket.h"
#include "kube/answer.h"
#include "kube/client.h"

enum { OPEN_MS = 10000, CHANNEL_IN = 0, CHANNEL_OUT = 1, CHANNEL_ERRORS = 2, CHANNEL_STATUS = 3, CHANNEL_SIZE = 4 };

struct kube_exec {
	struct fetch_socket *socket;
	int code;
	char message[500];
};

static const char *path_of(struct arena *a, const struct kube_exec_ask *ask)
{
	char *path = arena_printf(a, "%s/exec?container=%s&stdin=%s&stdout=true&stderr=%s&tty=%s",
				  kube_path(a, KUBE_POD, ask->ns, ask->pod), str_url_encode(a, ask->container, false),
				  ask->input ? "true" : "false", ask->tty ? "false" : "true", ask->tty ? "true" : "false");
	for (int i = 0; i < ask->argc; i++)
		path = arena_printf(a, "%s&command=%s", path, str_url_encode(a, ask->argv[i], false));
	return path;
}

/* What another answer than 101 means. */
static enum err refused(struct arena *a, const struct fetch_socket_answer *answer, const char **why)
{
	const char *bad;
	json_object *o = json_parse(a, answer->body, strlen(answer->body), ANSWER_DEPTH, &bad);
	*why = arena_strdup(a, json_text(o, "message", answer->body));
	return answer_code(answer->status, o);
}

static enum err open_once(struct kube *k, struct arena *a, const char *path, struct fetch_socket **socket, const char **why)
{
	struct fetch_socket_answer answer;
	const char *headers[] = { token_header(&k->token, a), NULL };
	enum err e =
		fetch_socket_open(a, &k->peer, path, headers, "v5.channel.k8s.io, v4.channel.k8s.io", OPEN_MS, socket, &answer);
	*why = answer.error;
	if (e == ERR_INVALID)
		return refused(a, &answer, why);
	return e;
}

enum err kube_exec_open(struct kube *k, struct arena *a, const struct kube_exec_ask *ask, struct kube_exec **out,
			const char **why)
{
	struct fetch_socket *socket;
	const char *path = path_of(a, ask);
	*out = NULL;
	enum err e = open_once(k, a, path, &socket, why);
	if (e == ERR_UNAUTHORIZED && token_renew(&k->token))
		e = open_once(k, a, path, &socket, why);
	if (e)
		return e;
	*out = calloc(1, sizeof **out);
	if (!*out) {
		fetch_socket_close(socket);
		return ERR_INTERNAL;
	}
	(*out)->socket = socket;
	(*out)->code = -1;
	return ERR_NONE;
}

/* The status that the cluster sends at the end: Success, or Failure with the exit code among its causes. */
static void take_status(struct kube_exec *x, const char *text, size_t len)
{
	const char *why;
	struct arena *a = arena_new(1 << 20);
	json_object *o = a ? json_parse(a, text, len, 64, &why) : NULL;
	json_object *causes = json_at(o, "details.causes");
	if (!strcmp(json_text(o, "status", ""), "Success"))
		x->code = 0;
	for (size_t i = 0; i < json_len(o, "details.causes"); i++) {
		json_object *c = json_object_array_get_idx(causes, i);
		int64_t code;
		if (!strcmp(json_text(c, "reason", ""), "ExitCode") && str_to_int(json_text(c, "message", ""), 0, 255, &code))
			x->code = (int)code;
	}
	const char *message = json_text(o, "message", "");
	size_t n = str_utf8_cut(message, strlen(message), sizeof x->message - 1);
	memcpy(x->message, message, n);
	x->message[n] = 0;
	arena_free(a);
}

enum kube_exec_event kube_exec_read(struct kube_exec *x, int timeout_ms, int wake_fd, const char **bytes, size_t *len)
{
	int64_t end = clock_ms() + timeout_ms;
	do {
		int left = (int)(end - clock_ms());
		enum err e = fetch_socket_read(x->socket, left > 0 ? left : 0, wake_fd, bytes, len);
		if (e == ERR_TIMEOUT)
			return EXEC_NOTHING;
		if (e)
			return EXEC_LOST;
		int channel = *len ? **bytes : -1;
		++*bytes;
		*len -= *len > 0;
		if (channel == CHANNEL_STATUS) {
			take_status(x, *bytes, *len);
			return EXEC_END;
		}
		if ((channel == CHANNEL_OUT || channel == CHANNEL_ERRORS) && *len)
			return EXEC_OUTPUT;
	} while (clock_ms() < end); /* messages without output may come for ever */
	return EXEC_NOTHING;
}

int kube_exec_end(const struct kube_exec *x, const char **message)
{
	*message = x->message;
	return x->code;
}

static bool send_channel(struct kube_exec *x, int channel, const char *bytes, size_t len)
{
	char *message = malloc(len + 1);
	if (!message)
		return false;
	message[0] = (char)channel;
	memcpy(message + 1, bytes, len);
	enum err e = fetch_socket_send(x->socket, message, len + 1);
	free(message);
	return !e;
}

bool kube_exec_write(struct kube_exec *x, const char *bytes, size_t len)
{
	return send_channel(x, CHANNEL_IN, bytes, len);
}

bool kube_exec_resize(struct kube_exec *x, int columns, int rows)
{
	struct buf b = { .cap = 100 };
	buf_printf(&b, "{\"Width\":%d,\"Height\":%d}", columns, rows);
	bool sent = send_channel(x, CHANNEL_SIZE, b.data, b.len);
	buf_free(&b);
	return sent;
}

void kube_exec_close(struct kube_exec *x)
{
	if (x)
		fetch_socket_close(x->socket);
	free(x);
}

enum err kube_exec_run(struct kube *k, struct arena *a, const struct kube_exec_ask *ask, int seconds, size_t cap,
		       struct kube_exec_result *out, const char **why)
{
	struct kube_exec *x;
	struct buf b = { .cap = cap };
	int64_t end = clock_ms() + (int64_t)seconds * 1000;
	*out = (struct kube_exec_result){ .output = "", .exit_code = -1, .message = "" };
	enum err e = kube_exec_open(k, a, ask, &x, why);
	if (e)
		return e;
	enum kube_exec_event event = EXEC_OUTPUT;
	while (event == EXEC_OUTPUT) {
		const char *bytes;
		size_t len;
		int64_t left = end - clock_ms();
		event = left > 0 ? kube_exec_read(x, (int)left, -1, &bytes, &len) : EXEC_NOTHING;
		if (event != EXEC_OUTPUT)
			break;
		size_t fits = len < cap - b.len ? len : cap - b.len;
		out->cut = out->cut || fits < len;
		buf_add(&b, bytes, fits);
	}
	const char *message;
	out->late = event == EXEC_NOTHING;
	out->exit_code = kube_exec_end(x, &message);
	out->message = arena_strdup(a, message);
	out->output = arena_memdup(a, b.data ? b.data : "", b.len);
	out->len = b.len;
	*why = event == EXEC_LOST ? phrase_text(PHRASE_CLUSTER_LOST) : "";
	buf_free(&b);
	kube_exec_close(x);
	return event == EXEC_LOST ? ERR_UNAVAILABLE : ERR_NONE;
}

/* One word from *at on, which is moved behind it; NULL: a quote is not closed. */
static const char *word(struct arena *a, const char **at)
{
	char *out = arena_alloc(a, strlen(*at) + 1), quote = 0;
	size_t n = 0;
	const char *p = *at;
	for (; *p && (quote || !strchr(" \t\n", *p)); p++) {
		if (!quote && (*p == '\'' || *p == '"'))
			quote = *p;
		else if (quote && *p == quote)
			quote = 0;
		else if (*p == '\\' && p[1] && (!quote || (quote == '"' && strchr("\"\\", p[1]))))
			out[n++] = *++p;
		else
			out[n++] = *p;
	}
	*at = p;
	return quote ? NULL : out;
}

const char *const *kube_exec_words(struct arena *a, const char *line, int *count)
{
	const char **out = arena_alloc(a, sizeof *out * (EXEC_WORDS_MAX + 1));
	*count = 0;
	for (line += strspn(line, " \t\n"); *line; line += strspn(line, " \t\n")) {
		if (*count == EXEC_WORDS_MAX || !(out[*count] = word(a, &line)))
			return NULL;
		++*count;
	}
	return *count ? out : NULL;
}

const char *const *kube_exec_line(struct arena *a, const char *line, bool shell, int *count)
{
	if (!shell)
		return kube_exec_words(a, line, count);
	const char **argv = arena_alloc(a, 3 * sizeof *argv);
	argv[0] = "/bin/sh";
	argv[1] = "-c";
	argv[2] = line;
	*count = 3;
	return argv;
}
