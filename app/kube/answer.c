/* What an HTTP answer means: an object, a Status, or words of something that stands before the API server. */
#include "kube/answer.h"

#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/phrases.h"
#include "base/str.h"

json_object *answer_parse(struct arena *a, char *text, size_t len, const char **why)
{
	if (!json_is_modest(text, len, ANSWER_CONTAINERS, ANSWER_VALUES)) {
		if (why)
			*why = phrase_text(PHRASE_CLUSTER_TOO_MUCH);
		return NULL;
	}
	for (char *p = memchr(text, '\\', len); p && text + len - p > 5; p = memchr(p, '\\', len - (size_t)(p - text))) {
		if (!memcmp(p, "\\u0000", 6))
			memcpy(p, "\\ufffd", 6);
		p += 2; /* an escaped backslash begins nothing */
	}
	return json_parse(a, text, len, ANSWER_DEPTH, why);
}

static bool is_status(json_object *object)
{
	return !strcmp(json_text(object, "kind", ""), "Status");
}

enum err answer_code(int status, json_object *object)
{
	if (status / 100 == 2)
		return ERR_NONE;
	switch (status) {
	case 400:
	case 422:
		return ERR_INVALID;
	case 401:
		return ERR_UNAUTHORIZED;
	case 403:
		return ERR_FORBIDDEN;
	case 404: /* only the API server knows what it has not; an ingress before it knows nothing */
		return is_status(object) ? ERR_NOT_FOUND : ERR_UNAVAILABLE;
	case 409:
		return is_status(object) ? ERR_CONFLICT : ERR_UNAVAILABLE;
	case 410:
		return ERR_GONE;
	case 413:
		return ERR_TOO_LARGE;
	case 429:
		return ERR_TOO_MANY;
	default:
		return status / 100 == 4 ? ERR_INTERNAL : ERR_UNAVAILABLE;
	}
}

/* At most `cap` bytes of somebody's text on one line: printable characters only, invalid UTF-8 as '?'. */
static const char *one_line(struct arena *a, const char *s, size_t len, size_t cap)
{
	len = len > cap ? str_utf8_cut(s, len, cap) : len;
	char *out = arena_memdup(a, s, len);
	bool valid = str_is_utf8(out, len);
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)out[i];
		if (c < ' ' || c == 0x7f)
			out[i] = ' ';
		else if (c >= 0x80 && !valid)
			out[i] = '?';
	}
	return out;
}

enum err answer_read(struct arena *a, int status, const char *content_type, char *body, size_t len, struct kube_answer *out)
{
	enum { QUOTED = 200 };
	const char *why = NULL;
	*out = (struct kube_answer){ .status = status, .reason = "", .message = "" };
	bool json = str_starts(content_type, "application/json");
	if (json && len)
		out->object = answer_parse(a, body, len, &why);
	enum err e = answer_code(status, out->object);
	if (out->object) {
		if (is_status(out->object)) {
			const char *message = json_text(out->object, "message", "");
			out->reason = json_text(out->object, "reason", "");
			out->message = one_line(a, message, strlen(message), ANSWER_MESSAGE);
			if (status == 401) /* the API server says no more than "Unauthorized" */
				out->message = phrase(a, PHRASE_CLUSTER_CREDENTIAL, out->message);
		}
		return e;
	}
	if (e == ERR_NONE && str_starts(content_type, "text/plain")) {
		out->message = one_line(a, body, len, ANSWER_MESSAGE);
		return ERR_NONE; /* /readyz says "ok" */
	}
	out->message = phrase(a, PHRASE_CLUSTER_HTTP, arena_printf(a, "%d", status),
			      why ? why : phrase_text(PHRASE_CLUSTER_NOT_ANSWER), one_line(a, body, len, QUOTED));
	return e == ERR_NONE ? ERR_UNAVAILABLE : e;
}
