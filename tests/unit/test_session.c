/* Tests of signing in, of the guards, of CSRF and of keyed requests, on a real database. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "ask.h"
#include "auth/password.h"
#include "auth/session.h"
#include "base/gate.h"
#include "base/secret.h"
#include "db/db.h"
#include "model/sessions.h"
#include "model/tokens.h"
#include "pg.h"

#define PASSWORD "correct horse battery"

static struct db_pool *pool;
static struct ask q;
static int64_t user;

static int start(void **state)
{
	(void)state;
	pool = pg_start();
	return 0;
}

static int stop(void **state)
{
	(void)state;
	if (pool)
		pg_stop(pool);
	return 0;
}

static int begin(void **state)
{
	(void)state;
	ask_begin(&q);
	if (!pool)
		return 0;
	struct arena *a = q.req.arena;
	struct db *db = db_acquire(pool, 1000);
	char *hash;
	q.app.pool = pool;
	q.app.password_gate = gate_new(2, 2);
	q.app.hooks.guard = session_guard;
	q.app.hooks.idempotent = idempotency_run;
	q.app.keyring = keyring_new("k1:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
	int bad = db_query(db, a, NULL, "DELETE FROM login_failures") || db_query(db, a, NULL, "DELETE FROM users") ||
		  password_hash(a, PASSWORD, &hash) || model_users_create(db, a, "ali", "Ali", ROLE_TEACHER, hash, &user);
	db_release(db);
	return bad;
}

static int end(void **state)
{
	(void)state;
	db_release(q.req.db);
	free(q.app.password_gate);
	keyring_free(q.app.keyring);
	ask_end(&q);
	return 0;
}

/* A request with the database that a thread would borrow. */
static void request(const char *method, const char *uri, const char *parameters)
{
	struct db *db = q.req.db;
	ask(&q, method, uri, parameters);
	q.req.db = db;
}

static struct login sign_in(const char *login, const char *password)
{
	request("POST", "/login", "REMOTE_ADDR=10.1.2.3");
	return session_login(&q.req, &q.res, login, password);
}

static int handled;
static int answer(struct request *req, struct response *res)
{
	(void)req, (void)res;
	handled++;
	return 200;
}

static int run(unsigned guards, const char *method, const char *uri, const char *parameters)
{
	struct route route = { .method = method, .pattern = uri, .handler = answer, .guards = guards };
	request(method, uri, parameters);
	q.req.route = &route;
	return router_run(&route, &q.req, &q.res);
}

static void a_session_lives_until_it_is_ended(void **state)
{
	(void)state;
	NEED_DATABASE(pool);
	struct login login = sign_in("ali", PASSWORD);
	assert_int_equal(login.result, LOGIN_DONE);
	assert_non_null(login.expires_at);
	assert_non_null(strstr(q.res.headers.data, "Set-Cookie: session="));
	const char *id = q.req.session, *cookie = arena_printf(q.req.arena, "HTTP_COOKIE=session=%s", id);
	assert_int_equal(strlen(id), 64);
	assert_int_equal(run(NEED_LOGIN, "GET", "/x", cookie), 200);
	assert_string_equal(q.req.actor.login, "ali");
	assert_true(csrf_fits(id, q.req.csrf));
	assert_int_equal(run(NEED_TEACHER, "GET", "/x", cookie), 200);
	assert_int_equal(run(NEED_ADMIN, "GET", "/x", cookie), 404);
	assert_int_equal(run(PUBLIC, "GET", "/x", cookie), 200);
	assert_int_equal(q.req.actor.id, 0);
	/* signing in again ends the session that the browser had */
	request("POST", "/login", cookie);
	q.req.session = id;
	assert_int_equal(session_login(&q.req, &q.res, "ali", PASSWORD).result, LOGIN_DONE);
	const char *second = q.req.session;
	assert_string_not_equal(id, second);
	assert_int_equal(run(NEED_LOGIN, "GET", "/api/x", cookie), 401);
	cookie = arena_printf(q.req.arena, "HTTP_COOKIE=session=%s", second);
	assert_int_equal(run(NEED_LOGIN, "GET", "/api/x", cookie), 200);
	assert_int_equal(session_logout(&q.req, &q.res), ERR_NONE);
	assert_int_equal(run(NEED_LOGIN, "GET", "/api/x", cookie), 401);
}

static void nobody_is_asked_to_sign_in(void **state)
{
	(void)state;
	NEED_DATABASE(pool);
	assert_int_equal(run(NEED_LOGIN, "GET", "/builds?a=b", NULL), 303);
	assert_non_null(strstr(q.res.headers.data, "Location: /login?next=/builds%3Fa%3Db\r\n"));
	assert_int_equal(run(NEED_LOGIN, "GET", "/api/v1/builds", NULL), 401);
	assert_non_null(strstr(q.res.headers.data, "WWW-Authenticate: Bearer"));
	assert_int_equal(run(NEED_LOGIN, "GET", "/api/x", "HTTP_COOKIE=session=../../x"), 401);
	assert_int_equal(run(NEED_LOGIN, "GET", "/api/x", "HTTP_AUTHORIZATION=Bearer hsp_no"), 401);
	assert_int_equal(run(NEED_LOGIN, "GET", "/api/x", "HTTP_AUTHORIZATION=Basic YTpi"), 401);
}

static void disabling_and_new_passwords_end_sessions(void **state)
{
	(void)state;
	NEED_DATABASE(pool);
	struct arena *a = q.req.arena;
	sign_in("ali", PASSWORD);
	const char *cookie = arena_printf(a, "HTTP_COOKIE=session=%s", q.req.session);
	assert_int_equal(model_users_set_disabled(request_db(&q.req), a, user, true), ERR_NONE);
	assert_int_equal(run(NEED_LOGIN, "GET", "/api/x", cookie), 401);
	assert_int_equal(sign_in("ali", PASSWORD).result, LOGIN_REFUSED);
	assert_int_equal(model_users_set_disabled(request_db(&q.req), a, user, false), ERR_NONE);
	assert_int_equal(sign_in("ali", PASSWORD).result, LOGIN_DONE);
	cookie = arena_printf(a, "HTTP_COOKIE=session=%s", q.req.session);
	char *hash;
	assert_int_equal(password_hash(a, "another long one", &hash), ERR_NONE);
	assert_int_equal(model_users_set_password(request_db(&q.req), a, user, hash), ERR_NONE);
	assert_int_equal(run(NEED_LOGIN, "GET", "/api/x", cookie), 401);
	assert_int_equal(sign_in("ali", "another long one").result, LOGIN_DONE);
}

static void guessing_is_limited(void **state)
{
	(void)state;
	NEED_DATABASE(pool);
	int refused = 0, limited = 0;
	for (int i = 0; i < 10; i++) {
		struct login login = sign_in("ali", "wrong");
		refused += login.result == LOGIN_REFUSED;
		limited += login.result == LOGIN_LIMITED && login.retry_after_s > 0;
	}
	assert_int_equal(refused, 5);
	assert_int_equal(limited, 5);
	assert_int_equal(sign_in("ali", PASSWORD).result, LOGIN_LIMITED); /* the right one must wait, too */
	struct arena *a = q.req.arena;
	assert_int_equal(
		db_query(request_db(&q.req), a, NULL, "UPDATE login_failures SET failed_at = now() - interval '2 minutes'"), 0);
	assert_int_equal(sign_in("ali", PASSWORD).result, LOGIN_DONE); /* and what was wrong is forgotten */
	assert_int_equal(sign_in("ali", "wrong").result, LOGIN_REFUSED);
	assert_int_equal(
		db_query(request_db(&q.req), a, NULL,
			 "INSERT INTO login_failures (key, failed_at) SELECT 'login:ali', now() - interval '5 minutes' FROM "
			 "generate_series(1, 20)"),
		0);
	assert_int_equal(sign_in("ali", PASSWORD).result, LOGIN_LIMITED);
	assert_int_equal(sign_in("nobody", PASSWORD).result, LOGIN_REFUSED);
}

static void tokens_reach_as_far_as_their_scopes(void **state)
{
	(void)state;
	NEED_DATABASE(pool);
	struct arena *a = q.req.arena;
	int64_t id;
	const char *until;
	request("GET", "/", NULL);
	assert_int_equal(model_tokens_create(request_db(&q.req), a, user, "t", secret_digest(a, "hsp_secret"), "read deploy", 1,
					     &id, &until),
			 ERR_NONE);
	static const char bearer[] = "HTTP_AUTHORIZATION=Bearer hsp_secret";
	assert_int_equal(run(NEED_LOGIN, "GET", "/api/x", bearer), 200);
	assert_int_equal(run(NEED_LOGIN, "POST", "/api/x", bearer), 403);
	assert_int_equal(run(NEED_LOGIN | SCOPE_DEPLOY, "POST", "/api/x", bearer), 200); /* and no CSRF token */
	assert_int_equal(run(NEED_LOGIN | SESSION_ONLY, "GET", "/api/x", bearer), 403);
	assert_int_equal(run(NEED_ADMIN, "GET", "/api/x", bearer), 404);
	assert_int_equal(model_tokens_revoke(request_db(&q.req), a, user + 1, id), ERR_NOT_FOUND);
	assert_int_equal(model_tokens_revoke(request_db(&q.req), a, user, id), ERR_NONE);
	assert_int_equal(run(NEED_LOGIN, "GET", "/api/x", bearer), 401);
}

/* One request of a session that changes something; where it says it comes from, and the token that it carries. */
static bool meant(const char *parameters, const char *form_token, bool json)
{
	struct route route = { .method = "POST", .pattern = "/x", .handler = answer, .guards = NEED_LOGIN };
	request("POST", "/x", parameters);
	q.req.route = &route;
	q.req.session = "s";
	q.req.csrf = csrf_token(q.req.arena, "s");
	struct pair token = { "csrf", form_token };
	if (form_token)
		q.req.form = (struct pairs){ &token, 1 };
	q.req.json = json ? json_object_new_object() : NULL;
	bool result = csrf_meant(&q.req);
	json_object_put(q.req.json);
	return result;
}

static void other_sites_cannot_borrow_a_session(void **state)
{
	(void)state;
	char *token = csrf_token(q.req.arena, "s"), *other = csrf_token(q.req.arena, "t");
	assert_int_equal(strlen(token), 128);
	assert_string_not_equal(token, csrf_token(q.req.arena, "s"));
	assert_false(csrf_fits("s", arena_memdup(q.req.arena, token, 64)));
	assert_false(csrf_fits(NULL, token) || csrf_fits("s", NULL));
	assert_true(meant(NULL, token, false));
	assert_false(meant(NULL, NULL, false));
	assert_false(meant(NULL, "", false));
	assert_false(meant(NULL, other, false));
	assert_true(meant("HTTP_ORIGIN=http://portal.test", token, false));
	assert_true(meant("HTTP_ORIGIN=http://localhost:8080\nHTTP_HOST=localhost:8080", token, false));
	assert_false(meant("HTTP_ORIGIN=http://localhost:9\nHTTP_HOST=localhost:8080", token, false));
	assert_false(meant("HTTP_ORIGIN=http://evil", token, false));
	assert_false(meant("HTTP_ORIGIN=null", token, false));
	assert_false(meant("HTTP_SEC_FETCH_SITE=cross-site", token, false));
	assert_false(meant("HTTP_SEC_FETCH_SITE=same-site", token, false));
	assert_false(meant("HTTP_SEC_FETCH_SITE=same-origin\nHTTP_ORIGIN=http://evil", token, false));
	assert_true(meant("HTTP_SEC_FETCH_SITE=none", token, false));
	assert_false(meant("HTTP_SEC_FETCH_SITE=same-origin", NULL, false));
	assert_true(meant("HTTP_SEC_FETCH_SITE=same-origin", NULL, true));
	assert_true(meant("HTTP_ORIGIN=http://portal.test", NULL, true));
	assert_true(meant(NULL, NULL, true));
	assert_false(meant("HTTP_ORIGIN=null", NULL, true));
	assert_false(meant("HTTP_SEC_FETCH_SITE=cross-site", NULL, true));
	assert_true(meant(arena_printf(q.req.arena, "HTTP_X_CSRF_TOKEN=%s", token), NULL, false));
	assert_false(meant(arena_printf(q.req.arena, "HTTP_X_CSRF_TOKEN=%s", other), NULL, false));
}

static void next_stays_here(void **state)
{
	(void)state;
	static const char *const away[] = { "//evil",	     "/\\evil", "http://evil", "",   "/a b",
					    "/login?next=/", "/logout", "/a\r\nb",     "/水" };
	for (size_t i = 0; i < sizeof away / sizeof *away; i++)
		assert_string_equal(session_next(q.req.arena, away[i]), "/");
	assert_string_equal(session_next(q.req.arena, "/a?b=c"), "/a?b=c");
	assert_string_equal(session_next(q.req.arena, NULL), "/");
}

/* A handler with a transaction of its own, that may fail after it. */
static int outcome;
static int act(struct request *req, struct response *res)
{
	struct db *db = request_db(req);
	handled++;
	if (db_begin(db) ||
	    db_query(db, req->arena, NULL, "INSERT INTO counters (name) VALUES ($1)",
		     DB_TEXT(arena_printf(req->arena, "act %d", handled))) ||
	    db_commit(db)) {
		db_rollback(db);
		return response_error(res, 500, NULL);
	}
	if (outcome == 409) /* a statement that fails outside any transaction of the handler's */
		assert_int_not_equal(db_query(db, req->arena, NULL, "INSERT INTO counters (name) VALUES ($1)",
					      DB_TEXT(arena_printf(req->arena, "act %d", handled))),
				     0);
	return outcome < 400 ? response_redirect(res, arena_printf(req->arena, "/done/%d", handled))
			     : response_error(res, outcome, NULL);
}

/* As the API, where `status` is not 0, or as a page. */
static int keyed_of(int status, unsigned guards, const char *key, const char *body)
{
	static struct route route = { .method = "POST", .pattern = "/x", .handler = act };
	route.guards = PUBLIC | IDEMPOTENT | guards;
	route.status = status;
	request("POST", "/x", arena_printf(q.req.arena, "HTTP_IDEMPOTENCY_KEY=%s", key));
	q.req.route = &route;
	q.req.body = body;
	q.req.body_len = strlen(body);
	q.req.actor.id = user;
	return idempotency_run(&q.req, &q.res, &route);
}

static int keyed_as(unsigned guards, const char *key, const char *body)
{
	return keyed_of(303, guards, key, body);
}

static int keyed(const char *key, const char *body)
{
	return keyed_as(0, key, body);
}

static int64_t acts(void)
{
	struct db_rows rows;
	assert_int_equal(db_query(request_db(&q.req), q.req.arena, &rows, "SELECT count(*) FROM counters"), 0);
	return db_int(&rows, 0, 0);
}

static void a_key_runs_once(void **state)
{
	(void)state;
	NEED_DATABASE(pool);
	handled = 0;
	outcome = 303;
	assert_int_equal(keyed("k1", "a"), 303);
	assert_int_equal(keyed("k1", "a"), 303);
	assert_non_null(strstr(q.res.headers.data, "Location: /done/1\r\n"));
	assert_int_equal(handled, 1);
	assert_int_equal(keyed("k1", "b"), 409);
	assert_int_equal(handled, 1);
	outcome = 500; /* undone, and may be tried again */
	assert_int_equal(keyed("k2", "a"), 500);
	assert_int_equal(acts(), 1);
	outcome = 303;
	assert_int_equal(keyed("k2", "a"), 303);
	assert_int_equal(acts(), 2);
	outcome = 409; /* the handler broke the transaction: its acts are undone, the answer stands */
	assert_int_equal(keyed("k3", "a"), 409);
	assert_int_equal(acts(), 2);
	outcome = 422; /* an answer to keep, with what was done before it */
	assert_int_equal(keyed("k4", "a"), 422);
	assert_int_equal(acts(), 3);
	assert_int_equal(handled, 5);
	assert_int_equal(keyed("k4", "a"), 422);
	assert_int_equal(handled, 5);
}

static int64_t kept(const char *pattern)
{
	struct db_rows rows;
	assert_int_equal(db_query(request_db(&q.req), q.req.arena, &rows,
				  "SELECT count(*) FROM idempotency_keys k WHERE k::text LIKE $1", DB_TEXT(pattern)),
			 0);
	return db_int(&rows, 0, 0);
}

/* In the table are neither what was sent, nor a digest that somebody could try words on, nor an answer that shows a secret. */
static void keys_keep_no_secret(void **state)
{
	(void)state;
	NEED_DATABASE(pool);
	handled = 100; /* none of the acts before */
	outcome = 303;
	assert_int_equal(keyed_as(SHOWN_ONCE, "k1", "a=canary"), 303);
	assert_int_equal(kept("%canary%"), 0);
	assert_int_equal(kept(arena_printf(q.req.arena, "%%%s%%", secret_digest(q.req.arena, "POST /x?\na=canary"))), 0);
	assert_int_equal(kept("%m1:k1:%"), 1);
	int64_t done = acts();
	assert_int_equal(keyed_as(SHOWN_ONCE, "k1", "a=canary"), 409);
	assert_non_null(strstr(q.res.headers.data, "Idempotency-Replayed: true\r\n"));
	assert_non_null(strstr(q.res.headers.data, "Location: /done/101\r\n"));
	assert_int_equal(acts(), done);
	assert_int_equal(keyed_as(SHOWN_ONCE, "k1", "a=other"), 409);
	assert_null(strstr(q.res.headers.data, "Idempotency-Replayed"));
	outcome = 422; /* an answer that says what was wrong shows nothing, and comes again */
	assert_int_equal(keyed_as(SHOWN_ONCE, "k2", "a"), 422);
	assert_int_equal(keyed_as(SHOWN_ONCE, "k2", "a"), 422);
	assert_int_equal(handled, 102);
}

static int shown_before(struct response *res, const char *path)
{
	return response_redirect(res, path);
}

/* A page leads to where what was made stands; a form that is shown again, with what was typed, gives its key back. */
static void keys_of_pages(void **state)
{
	(void)state;
	NEED_DATABASE(pool);
	handled = 200;
	outcome = 303;
	q.app.hooks.shown_before = shown_before;
	assert_int_equal(keyed_of(0, SHOWN_ONCE, "p1", "a"), 303);
	int64_t done = acts();
	assert_int_equal(keyed_of(0, SHOWN_ONCE, "p1", "a"), 303);
	assert_non_null(strstr(q.res.headers.data, "Idempotency-Replayed: true\r\n"));
	assert_non_null(strstr(q.res.headers.data, "Location: /done/201\r\n"));
	assert_int_equal(keyed_as(SHOWN_ONCE, "p1", "a"), 409); /* the API never takes that way */
	assert_int_equal(acts(), done);
	q.app.hooks.shown_before = NULL;
	outcome = 422;
	assert_int_equal(keyed_of(0, 0, "p2", "a"), 422);
	assert_int_equal(kept("%p2%"), 0);
	assert_int_equal(acts(), done + 1);
	outcome = 303;
	assert_int_equal(keyed_of(0, 0, "p2", "a"), 303);
	assert_int_equal(keyed_of(0, 0, "p2", "a"), 303);
	assert_int_equal(acts(), done + 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_session_lives_until_it_is_ended, begin, end),
		cmocka_unit_test_setup_teardown(nobody_is_asked_to_sign_in, begin, end),
		cmocka_unit_test_setup_teardown(disabling_and_new_passwords_end_sessions, begin, end),
		cmocka_unit_test_setup_teardown(guessing_is_limited, begin, end),
		cmocka_unit_test_setup_teardown(tokens_reach_as_far_as_their_scopes, begin, end),
		cmocka_unit_test_setup_teardown(other_sites_cannot_borrow_a_session, begin, end),
		cmocka_unit_test_setup_teardown(next_stays_here, begin, end),
		cmocka_unit_test_setup_teardown(a_key_runs_once, begin, end),
		cmocka_unit_test_setup_teardown(keys_keep_no_secret, begin, end),
		cmocka_unit_test_setup_teardown(keys_of_pages, begin, end),
	};
	return cmocka_run_group_tests(tests, start, stop);
}
