/* What portal-stream reads, on a real database: chunks in the order of their numbers and in bounded pieces, states of many at
 * once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "base/arena.h"
#include "db/db.h"
#include "model/stream_reads.h"
#include "model/terminals.h"
#include "pg.h"

enum { CHUNKS = 30, CHUNK = 1000, MUCH = 1 << 20 };

static struct db_pool *pool;
static struct arena *a;
static struct db *db;
static int64_t project, build;

static void sql_ok(enum err e)
{
	assert_int_equal(e, ERR_NONE);
}

static void fill(void)
{
	struct db_rows r;
	sql_ok(db_query(db, a, &r,
			"WITH c AS (INSERT INTO courses (code, name) VALUES ('hydro', 'Hydrology') RETURNING id), s AS (INSERT "
			"INTO students"
			" (course_id, student_number, name) SELECT id, '1', 'Ali' FROM c RETURNING id, course_id), p AS (INSERT "
			"INTO projects"
			" (student_id, name) SELECT id, 'app' FROM s RETURNING id) SELECT p.id, s.id, s.course_id FROM p, s"));
	project = db_int(&r, 0, 0);
	sql_ok(db_query(
		db, a, &r,
		"INSERT INTO builds (project_id, student_id, course_id, commit_sha, branch, image_repo, image_tag, status, phase,"
		" trigger, config, config_digest) VALUES ($1, $2, $3, repeat('a', 40), 'main', 'r/x', 'aaaaaaa', 'running',"
		" 'building', 'push', '{}', 'd') RETURNING id",
		DB_INT(project), DB_INT(db_int(&r, 0, 1)), DB_INT(db_int(&r, 0, 2))));
	build = db_int(&r, 0, 0);
	sql_ok(db_query(db, a, NULL,
			"INSERT INTO build_log_chunks (build_id, seq, container, data)"
			" SELECT $1, n, n % 3, convert_to(repeat('x', $3::integer - 1) || E'\\n', 'UTF8') FROM "
			"generate_series(1, $2::integer) n",
			DB_INT(build), DB_INT(CHUNKS), DB_INT(CHUNK)));
}

static int start(void **state)
{
	(void)state;
	pool = pg_open(16 << 20, &a, &db);
	if (db)
		fill();
	return 0;
}

static int stop(void **state)
{
	(void)state;
	return pg_close(pool, a, db);
}

static void chunks(int64_t after, size_t max_bytes, bool prime, int64_t first, int64_t last)
{
	struct stream_chunks c;
	sql_ok(model_stream_chunks(db, a, build, after, max_bytes, prime, &c));
	assert_int_equal(c.count, last < first ? 0 : last - first + 1);
	for (size_t i = 0; i < c.count; i++) {
		assert_int_equal(c.at[i].seq, first + (int64_t)i);
		assert_int_equal(c.at[i].container, c.at[i].seq % 3);
		assert_int_equal(c.at[i].len, CHUNK);
		assert_int_equal(c.at[i].data[CHUNK - 1], '\n');
	}
}

static void reads_chunks_in_order(void **state)
{
	(void)state;
	NEED_DATABASE(db);
	chunks(0, MUCH, false, 1, CHUNKS);
	chunks(7, MUCH, false, 8, CHUNKS); /* 9 before 10: by number, not by its text */
	chunks(CHUNKS, MUCH, false, 1, 0);
	chunks(CHUNKS + 5, MUCH, true, 1, 0);
}

static void reads_bounded_pieces(void **state)
{
	(void)state;
	NEED_DATABASE(db);
	chunks(0, 1, false, 1, 1); /* at least one */
	chunks(0, 3 * CHUNK, false, 1, 3);
	chunks(0, 3 * CHUNK + 1, false, 1, 4);
	chunks(5, 1, true, 5, 6); /* the one for its colours does not count */
	chunks(CHUNKS, 1, true, CHUNKS, CHUNKS);
}

static void reads_states(void **state)
{
	(void)state;
	NEED_DATABASE(db);
	struct stream_build *b;
	struct stream_project *p;
	size_t n;
	sql_ok(model_stream_builds(db, a, arena_printf(a, "{%lld,999999}", (long long)build), &b, &n));
	assert_int_equal(n, 1);
	assert_true(b->id == build && b->project_id == project && !b->ended && !b->archived && b->last_seq == CHUNKS &&
		    b->duration == -1);
	assert_string_equal(b->phase, "building");
	assert_null(b->started_at);
	sql_ok(model_stream_projects(db, a, arena_printf(a, "{%lld}", (long long)project), &p, &n));
	assert_true(n == 1 && p->id == project && p->build_id == build && !p->settled && !p->deployment_id);
	sql_ok(db_query(db, a, NULL,
			"UPDATE builds SET status = 'failed', started_at = '2026-01-02 03:04:05+00', finished_at = '2026-01-02 "
			"03:05:05+00' WHERE id = $1",
			DB_INT(build)));
	sql_ok(model_stream_builds(db, a, arena_printf(a, "{%lld}", (long long)build), &b, &n));
	assert_true(b->ended && b->duration == 60);
	assert_string_equal(b->started_at, "2026-01-02T03:04:05Z");
	sql_ok(model_stream_projects(db, a, arena_printf(a, "{%lld}", (long long)project), &p, &n));
	assert_true(p->settled);
}

/* Which of the five holders do not count any more: one letter each, by their digests. */
static void gone(const char *letters)
{
	const char **out;
	size_t n;
	char seen[8] = "";
	sql_ok(model_stream_gone(db, a, "{teacher:aa,teacher:bb,student:cc,teacher:dd,admin:ee,teacher:aa}", &out, &n));
	for (size_t i = 0; i < n && i < sizeof seen - 1; i++)
		seen[i] = strchr(out[i], ':')[1];
	assert_int_equal(n, strlen(letters));
	for (const char *p = letters; *p; p++)
		assert_non_null(strchr(seen, *p));
}

static void terminal_of(const char *login, enum role role, enum err e)
{
	struct db_rows r;
	sql_ok(db_query(db, a, &r, "SELECT id FROM users WHERE login = $1", DB_TEXT(login)));
	const struct terminal t = { .user_id = db_int(&r, 0, 0), .role = role };
	assert_int_equal(model_terminals_look(db, a, &t), e);
}

static void tells_who_is_not_signed_in_any_more(void **state)
{
	(void)state;
	NEED_DATABASE(db);
	sql_ok(db_query(db, a, NULL,
			"WITH u AS (INSERT INTO users (login, name, role, password_hash) VALUES ('tea', 'Tea', 'teacher', '!'),"
			" ('stu', 'Stu', 'student', '!') RETURNING id, login), s AS (INSERT INTO sessions (id_hash, user_id, ip,"
			" user_agent, expires_at) SELECT digest, id, '', '', now() + interval '1 hour' FROM u JOIN (VALUES"
			" ('tea', 'aa'), ('tea', 'bb'), ('stu', 'cc')) AS v (login, digest) USING (login))"
			" INSERT INTO api_tokens (user_id, name, token_hash, expires_at)"
			" SELECT id, 't', 'dd', now() + interval '1 hour' FROM u WHERE login = 'tea'"));
	gone("e"); /* never was */
	terminal_of("tea", ROLE_TEACHER, ERR_NONE);
	terminal_of("tea", ROLE_ADMIN, ERR_NOT_FOUND);
	sql_ok(db_query(db, a, NULL, "DELETE FROM sessions WHERE id_hash = 'bb'"));
	gone("be");
	sql_ok(db_query(db, a, NULL, "UPDATE api_tokens SET revoked_at = now()"));
	gone("bde");
	sql_ok(db_query(db, a, NULL, "UPDATE api_tokens SET revoked_at = NULL, expires_at = now() - interval '1 second'"));
	gone("bde");
	sql_ok(db_query(db, a, NULL, "UPDATE users SET disabled_at = now() WHERE login = 'stu'"));
	gone("bcde");
	terminal_of("stu", ROLE_STUDENT, ERR_NOT_FOUND);
	sql_ok(db_query(db, a, NULL, "UPDATE users SET role = 'student' WHERE login = 'tea'"));
	gone("abcde");
	sql_ok(db_query(db, a, NULL, "UPDATE users SET role = 'teacher', disabled_at = NULL"));
	sql_ok(db_query(db, a, NULL, "UPDATE sessions SET expires_at = now() - interval '1 second' WHERE id_hash = 'aa'"));
	gone("abcde"); /* the student is a teacher now */
	terminal_of("tea", ROLE_TEACHER, ERR_NOT_FOUND);
	terminal_of("stu", ROLE_TEACHER, ERR_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_chunks_in_order),
		cmocka_unit_test(reads_bounded_pieces),
		cmocka_unit_test(reads_states),
		cmocka_unit_test(tells_who_is_not_signed_in_any_more),
	};
	return cmocka_run_group_tests(tests, start, stop);
}
