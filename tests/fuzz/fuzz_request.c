/*
 * Hostile parameters and bodies: whatever is taken as a request holds to the rules that handlers rely on.
 * needs: http/request.c http/body.c http/response.c http/router.c
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../app/config.h"
#include "base/arena.h"
#include "base/str.h"
#include "http/router.h"
#include "http/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PARAMETERS = 40 };

static void must(bool holds)
{
	if (!holds)
		abort();
}

static bool text(const char *s, const char *allowed)
{
	for (const char *p = s; *p; p++)
		if (((unsigned char)*p < 0x20 || *p == 0x7f) && !strchr(allowed, *p))
			return false;
	return str_is_utf8(s, strlen(s));
}

static void check_pairs(const struct pairs *pairs)
{
	must(pairs->count <= FORM_PAIRS_MAX);
	for (size_t i = 0; i < pairs->count; i++)
		must(text(pairs->at[i].name, "\t\r\n") && text(pairs->at[i].value, "\t\r\n"));
}

static int handle(struct request *req, struct response *res)
{
	(void)req;
	return response_redirect(res, request_param(req, "id"));
}

/* Parameters are separated by NUL bytes; what is behind two of them is the body. */
static size_t split(struct arena *a, const uint8_t *data, size_t size, char **envp)
{
	size_t at = 0, count = 0;
	while (at < size && data[at] && count < PARAMETERS) {
		const uint8_t *end = memchr(data + at, 0, size - at);
		size_t n = end ? (size_t)(end - (data + at)) : size - at;
		envp[count++] = arena_memdup(a, data + at, n);
		at += n + 1;
	}
	envp[count] = NULL;
	return at < size ? at + 1 : size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct arena *a;
	static struct config config = { .portal_url = "http://portal.test", .environment = "development" };
	static struct app app = { .config = &config };
	static struct request req;
	static const struct route routes[] = {
		{ .method = "GET", .pattern = "/b/:id", .handler = handle, .guards = PUBLIC | KNOW_USER },
		{ .method = "POST", .pattern = "/b/:id/c/:x", .handler = handle, .guards = PUBLIC | FORM_BODY | JSON_BODY },
	};
	char *envp[PARAMETERS + 1];
	if (!a)
		a = arena_new(64 << 20);
	size_t from = split(a, data, size, envp), len;
	struct response res = { 0 };
	const char *why;
	int status = request_head(&req, &app, a, envp);
	response_begin(&res, &req);
	must(strlen(req.id) >= 8 && strlen(req.id) <= 64);
	check_pairs(&req.cookies);
	if (!status) {
		must(*req.path == '/' && text(req.path, "") && !strstr(req.path, "/../") && text(req.query_text, "\t"));
		check_pairs(&req.query);
		struct route_match m = router_match(routes, 2, &req);
		if (m.route && !request_body_length(&req, m.route, &len)) {
			char *body = arena_memdup(a, data + from, size - from);
			if (!request_body(&req, m.route, body, size - from, &why))
				check_pairs(&req.form);
			must(router_run(m.route, &req, &res) == 303 && !res.broken);
		}
	}
	host_allowed(&config, req.host);
	response_end(&res);
	arena_reset(a);
	return 0;
}
