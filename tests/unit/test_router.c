/* Tests of the router, and of the real table of routes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "ask.h"
#include "routes.h"

static struct ask q;

static int answer_id(struct request *req, struct response *res)
{
	(void)res;
	return (int)request_id_param(req, "id");
}

static const struct route table[] = {
	{ .method = "GET", .pattern = "/", .handler = answer_id, .guards = PUBLIC },
	{ .method = "GET", .pattern = "/builds", .handler = answer_id, .guards = PUBLIC },
	{ .method = "GET", .pattern = "/builds/:id", .handler = answer_id, .guards = PUBLIC },
	{ .method = "GET", .pattern = "/builds/new", .handler = answer_id, .guards = PUBLIC },
	{ .method = "POST", .pattern = "/builds/:id/cancel", .handler = answer_id, .guards = PUBLIC },
	{ .method = "DELETE", .pattern = "/builds/:id", .handler = answer_id, .guards = NEED_LOGIN },
	{ .method = "GET", .pattern = "/students/:student/builds/:id", .handler = answer_id, .guards = PUBLIC },
};

static int setup(void **state)
{
	(void)state;
	ask_begin(&q);
	q.app.routes = table;
	q.app.route_count = sizeof table / sizeof *table;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	ask_end(&q);
	return 0;
}

static struct route_match find(const char *method, const char *uri)
{
	ask(&q, method, uri, NULL);
	return router_match(table, q.app.route_count, &q.req);
}

static void rows_are_found(void **state)
{
	(void)state;
	static const struct {
		const char *method, *uri, *pattern, *allow;
	} rows[] = {
		{ "GET", "/", "/", NULL },
		{ "HEAD", "/builds/", "/builds", NULL },
		{ "GET", "/builds/7", "/builds/:id", NULL },
		{ "GET", "/builds/new", "/builds/new", NULL },
		{ "DELETE", "/builds/new", NULL, "GET, HEAD" },
		{ "POST", "/builds/7/cancel/", "/builds/:id/cancel", NULL },
		{ "PUT", "/builds/7", NULL, "GET, HEAD, DELETE" },
		{ "GET", "/builds/7/cancel", NULL, "POST" },
		{ "TRACE", "/", NULL, "GET, HEAD" },
		{ "GET", "/build", NULL, NULL },
		{ "GET", "/builds/7/8", NULL, NULL },
		{ "GET", "/builds//", NULL, NULL },
		{ "GET", "//builds", NULL, NULL },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct route_match m = find(rows[i].method, rows[i].uri);
		if (!m.route != !rows[i].pattern || (m.route && strcmp(m.route->pattern, rows[i].pattern)))
			fail_msg("%s %s", rows[i].method, rows[i].uri);
		if (rows[i].allow)
			assert_string_equal(m.allow, rows[i].allow);
		else
			assert_null(m.allow);
	}
}

static void parameters_are_named(void **state)
{
	(void)state;
	find("GET", "/students/a%2fb/builds/12");
	assert_null(find("GET", "/students/a%2fb/builds/12").route); /* decoded before it is cut into segments */
	assert_non_null(find("GET", "/students/x%20y/builds/12").route);
	assert_string_equal(request_param(&q.req, "student"), "x y");
	assert_int_equal(request_id_param(&q.req, "id"), 12);
	static const char *const bad[] = { "/builds/0", "/builds/-1", "/builds/1e3", "/builds/9223372036854775808",
					   "/builds/x", "/builds/+1" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_non_null(find("GET", bad[i]).route);
		assert_int_equal(request_id_param(&q.req, "id"), 0);
	}
}

static void the_nearest_page_above(void **state)
{
	(void)state;
	static const char *const paths[][2] = {
		{ "/builds/7", "/builds/7" },
		{ "/builds?page=2", "/builds?page=2" },
		{ "/builds/7/cancel", "/builds/7" },
		{ "/builds/7/cancel?x=/builds", "/builds/7" },
		{ "/builds/7/", "/builds/7" },
		{ "/students/1/builds", "/" },
		{ "/none", "/" },
		{ "/", "/" },
		{ "", "/" },
		{ "?a=b", "/" },
		{ "builds", "/" },
	};
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		ask(&q, "POST", "/builds/7/cancel", NULL);
		assert_string_equal(router_page(&q.req, paths[i][0]), paths[i][1]);
		assert_string_equal(q.req.method, "POST");
	}
}

static void without_a_guard_only_public_rows_answer(void **state)
{
	(void)state;
	struct route_match m = find("GET", "/builds/204");
	assert_int_equal(router_run(m.route, &q.req, &q.res), 204);
	m = find("DELETE", "/builds/204");
	assert_int_equal(router_run(m.route, &q.req, &q.res), 401);
}

static void the_table_is_sound(void **state)
{
	(void)state;
	for (size_t i = 0; i < route_count; i++) {
		const struct route *r = &routes[i];
		bool changes = strcmp(r->method, "GET");
		assert_non_null(r->handler);
		assert_true(r->pattern[0] == '/' && (!r->pattern[1] || r->pattern[strlen(r->pattern) - 1] != '/'));
		if (*r->summary == 0)
			fail_msg("%s %s has no summary", r->method, r->pattern);
		if (!changes && r->guards & (FORM_BODY | JSON_BODY | RAW_BODY | NO_CSRF | IDEMPOTENT))
			fail_msg("%s takes a body or changes something by GET", r->pattern);
		if (r->body->count && !(r->guards & (FORM_BODY | JSON_BODY)))
			fail_msg("%s %s has fields, but takes no body", r->method, r->pattern);
		if (!r->status == !strncmp(r->pattern, "/api/", 5))
			fail_msg("%s %s: rows under /api/ are API, others PAGE", r->method, r->pattern);
		if (r->guards & IDEMPOTENT && strcmp(r->method, "POST"))
			fail_msg("%s %s: keys are for POST", r->method, r->pattern);
		if (r->status == 201 && !strcmp(r->method, "POST") && !(r->guards & IDEMPOTENT))
			fail_msg("%s %s makes something, and takes no key", r->method, r->pattern);
		if (r->guards & SHOWN_ONCE && (!(r->guards & IDEMPOTENT) || (r->status && r->status != 201)))
			fail_msg("%s %s shows a secret once, and takes no key or makes nothing", r->method, r->pattern);
		for (size_t k = 0; k < i; k++)
			if (!strcmp(routes[k].method, r->method) && !strcmp(routes[k].pattern, r->pattern))
				fail_msg("%s %s stands twice", r->method, r->pattern);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_found),	  cmocka_unit_test(parameters_are_named),
		cmocka_unit_test(the_nearest_page_above), cmocka_unit_test(without_a_guard_only_public_rows_answer),
		cmocka_unit_test(the_table_is_sound),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
