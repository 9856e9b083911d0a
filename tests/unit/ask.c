/* A request from FastCGI parameters. */
#include "ask.h"

#include <string.h>

void ask_begin(struct ask *q)
{
	*q = (struct ask){ 0 };
	q->config = (struct config){ .portal_url = "http://portal.test", .environment = "development" };
	q->app.config = &q->config;
	q->req.arena = arena_new(16 << 20);
}

void ask_end(struct ask *q)
{
	response_end(&q->res);
	arena_free(q->req.arena);
}

static void put(struct ask *q, char *entry)
{
	size_t name = strcspn(entry, "=") + 1;
	int i = 0;
	while (q->envp[i] && (i > 2 || strncmp(q->envp[i], entry, name)))
		i++;
	if (i < ASK_PARAMETERS)
		q->envp[i] = entry;
}

int ask(struct ask *q, const char *method, const char *uri, const char *parameters)
{
	struct arena *a = q->req.arena;
	memset(q->envp, 0, sizeof q->envp);
	put(q, arena_printf(a, "REQUEST_METHOD=%s", method));
	put(q, arena_printf(a, "REQUEST_URI=%s", uri));
	put(q, arena_strdup(a, "HTTP_HOST=portal.test"));
	for (const char *p = parameters; p && *p;) {
		size_t n = strcspn(p, "\n");
		put(q, arena_memdup(a, p, n));
		p += n + (p[n] == '\n');
	}
	q->status = request_head(&q->req, &q->app, a, q->envp);
	response_begin(&q->res, &q->req);
	return q->status;
}
