/* A connection test: named steps, each with how it went. */
#include "fetch/probe.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/phrases.h"
#include "base/str.h"

enum { SAID_MAX = 300 };

struct probe probe_begin(void)
{
	return (struct probe){ .ends_ms = clock_ms() + PROBE_TOTAL_MS };
}

/* One line of valid UTF-8. */
static const char *clean(struct arena *a, const char *said)
{
	size_t len = said ? strlen(said) : 0;
	if (!len)
		return NULL;
	char *text = arena_memdup(a, said, str_utf8_cut(said, len, SAID_MAX));
	for (char *c = text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = ' ';
	return str_is_utf8(text, strlen(text)) ? text : NULL;
}

void probe_add(struct probe *p, struct arena *a, const char *name, enum probe_outcome outcome, const char *advice,
	       const char *said)
{
	if (p->count < PROBE_STEPS)
		p->steps[p->count++] = (struct probe_step){ name, outcome, advice, clean(a, said) };
}

bool probe_passed(const struct probe *p)
{
	for (int i = 0; i < p->count; i++)
		if (p->steps[i].outcome == PROBE_FAILED)
			return false;
	return true;
}

static void add_transport(struct probe *p, struct arena *a, bool tls, const struct fetch_response *r)
{
	static const char *const advice[] = {
		[FETCH_REACHED_NOTHING] = "connect.name", [FETCH_REACHED_ADDRESS] = "connect.refused"
	};
	if (r->reached < FETCH_REACHED_SERVER) {
		probe_add(p, a, "connect", PROBE_FAILED, advice[r->reached], r->error);
		return;
	}
	probe_add(p, a, "connect", PROBE_PASSED, NULL, NULL);
	if (tls && r->reached == FETCH_REACHED_SERVER)
		probe_add(p, a, "tls", PROBE_FAILED, "tls.failed", r->error);
	else if (tls)
		probe_add(p, a, "tls", PROBE_PASSED, NULL, NULL);
}

enum err probe_fetch_large(struct probe *p, struct arena *a, const char *method, const struct fetch_peer *peer, const char *path,
			   const char *const *headers, size_t cap, struct fetch_response *out)
{
	int64_t left = p->ends_ms - clock_ms();
	const struct fetch_request request = { .method = method,
					       .path = path,
					       .headers = headers,
					       .response_cap = cap,
					       .timeout_ms = (int)(left < PROBE_REQUEST_MS ? left : PROBE_REQUEST_MS) };
	*out = (struct fetch_response){
		.body = "", .error = phrase_text(PHRASE_FETCH_TEST_OVER), .authenticate = "", .location = "", .content_type = ""
	};
	enum err e = left > 0 ? fetch(a, peer, &request, out) : ERR_TIMEOUT;
	if (!p->count)
		add_transport(p, a, str_starts(peer->base, "https:"), out);
	return e;
}

enum err probe_fetch(struct probe *p, struct arena *a, const char *method, const struct fetch_peer *peer, const char *path,
		     const char *const *headers, struct fetch_response *out)
{
	return probe_fetch_large(p, a, method, peer, path, headers, PROBE_ANSWER_MAX, out);
}
