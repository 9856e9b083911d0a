/* Tests of accounts on a real database: invitations, the last admin, guarded edits, search, sessions; and which Gitea a
 * repository has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "base/arena.h"
#include "base/secret.h"
#include "db/db.h"
#include "gitea/gitea.h"
#include "model/gitea_servers.h"
#include "model/invitations.h"
#include "model/registries.h"
#include "model/sessions.h"
#include "model/users.h"
#include "pg.h"

static struct db_pool *pool;
static struct db *db;
static struct arena *a;
static int64_t ann, bob;

static int start(void **state)
{
	(void)state;
	pool = pg_open(64 << 20, &a, &db);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	return pg_close(pool, a, db);
}

static int begin(void **state)
{
	(void)state;
	if (!db)
		return 0;
	return db_query(db, a, NULL, "DELETE FROM invitations") || db_query(db, a, NULL, "DELETE FROM users") ||
	       model_users_create(db, a, "ann", "Ann", ROLE_ADMIN, "x", &ann) ||
	       model_users_create(db, a, "bob", "Bob 波", ROLE_STUDENT, PASSWORD_NONE, &bob);
}

static void an_invitation_works_once(void **state)
{
	(void)state;
	NEED_DATABASE(db);
	const char *first, *second, *until;
	struct user u;
	assert_int_equal(model_invitations_create(db, a, bob, ann, 7, &first, &until), ERR_NONE);
	assert_int_equal(strlen(first), 48);
	assert_int_equal(model_invitations_find(db, a, first, &u), ERR_NONE);
	assert_string_equal(u.login, "bob");
	assert_string_equal(user_state(&u), "invited");
	/* a new one ends the one before */
	assert_int_equal(model_invitations_create(db, a, bob, 0, 7, &second, &until), ERR_NONE);
	assert_int_equal(model_invitations_find(db, a, first, &u), ERR_NOT_FOUND);
	assert_int_equal(model_invitations_use(db, a, first), ERR_NOT_FOUND);
	assert_int_equal(model_invitations_use(db, a, second), ERR_NONE);
	assert_int_equal(model_invitations_use(db, a, second), ERR_NOT_FOUND);
	assert_int_equal(model_invitations_find(db, a, second, &u), ERR_NOT_FOUND);
	struct db_rows r;
	assert_int_equal(db_query(db, a, &r, "SELECT string_agg(i::text, ' ') FROM invitations i"), ERR_NONE);
	assert_null(strstr(db_text(&r, 0, 0), second)); /* only a digest is there */
}

static void an_invitation_ends_by_itself(void **state)
{
	(void)state;
	NEED_DATABASE(db);
	const char *code, *until;
	struct user u;
	assert_int_equal(model_invitations_create(db, a, bob, ann, 0, &code, &until), ERR_INVALID);
	assert_int_equal(model_invitations_create(db, a, bob, ann, 91, &code, &until), ERR_INVALID);
	assert_int_equal(model_invitations_create(db, a, 999999, ann, 1, &code, &until), ERR_INVALID);
	assert_int_equal(model_invitations_create(db, a, bob, ann, 1, &code, &until), ERR_NONE);
	assert_int_equal(model_users_set_disabled(db, a, bob, true), ERR_NONE);
	assert_int_equal(model_invitations_find(db, a, code, &u), ERR_NOT_FOUND);
	assert_int_equal(model_users_set_disabled(db, a, bob, false), ERR_NONE);
	assert_int_equal(model_invitations_find(db, a, code, &u), ERR_NONE);
	assert_int_equal(db_query(db, a, NULL, "UPDATE invitations SET expires_at = now() - interval '1 second'"), ERR_NONE);
	assert_int_equal(model_invitations_find(db, a, code, &u), ERR_NOT_FOUND);
	assert_int_equal(model_invitations_use(db, a, code), ERR_NOT_FOUND);
	static const char *const bad[] = { "", "x", "%", "0123456789abcdef0123456789abcdef0123456789abcdeg",
					   "0123456789ABCDEF0123456789abcdef0123456789abcdef" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(model_invitations_find(db, a, bad[i], &u), ERR_NOT_FOUND);
}

static enum err save(int64_t id, const char *name, enum role role, bool disabled, int version)
{
	const struct user_edit edit = { name, role, disabled };
	assert_int_equal(db_begin(db), ERR_NONE);
	enum err e = model_users_save(db, a, id, &edit, version);
	if (e)
		db_rollback(db);
	else
		assert_int_equal(db_commit(db), ERR_NONE);
	return e;
}

static void the_last_admin_stays(void **state)
{
	(void)state;
	NEED_DATABASE(db);
	assert_int_equal(save(ann, "Ann", ROLE_TEACHER, false, 0), ERR_CONFLICT);
	assert_int_equal(save(ann, "Ann", ROLE_ADMIN, true, 0), ERR_CONFLICT);
	assert_int_equal(save(ann, "Ann B", ROLE_ADMIN, false, 1), ERR_NONE);
	assert_int_equal(save(ann, "Ann C", ROLE_ADMIN, false, 1), ERR_GONE);
	assert_int_equal(save(bob, "Bob", ROLE_ADMIN, false, 1), ERR_NONE);
	assert_int_equal(save(ann, "Ann B", ROLE_TEACHER, false, 2), ERR_NONE);
	assert_int_equal(save(bob, "Bob", ROLE_STUDENT, false, 0), ERR_CONFLICT);
	assert_int_equal(save(999999, "X", ROLE_STUDENT, false, 0), ERR_NOT_FOUND);
}

static void users_are_found(void **state)
{
	(void)state;
	NEED_DATABASE(db);
	static const struct {
		struct user_filter f;
		int count;
	} table[] = { { { .limit = 10 }, 2 },
		      { { .search = "波", .limit = 10 }, 1 },
		      { { .search = "NN", .limit = 10 }, 1 },
		      { { .search = "%", .limit = 10 }, 0 },
		      { { .role = "admin", .limit = 10 }, 1 },
		      { { .state = "invited", .limit = 10 }, 1 },
		      { { .state = "active", .limit = 10 }, 1 },
		      { { .state = "disabled", .limit = 10 }, 0 },
		      { { .after = "ann", .limit = 10 }, 1 } };
	struct user_list found;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		assert_int_equal(model_users_search(db, a, &table[i].f, &found), ERR_NONE);
		if (found.count != table[i].count)
			fail_msg("row %zu finds %d", i, found.count);
	}
	assert_int_equal(model_users_search(db, a, &(struct user_filter){ .limit = 1 }, &found), ERR_NONE);
	assert_true(found.count == 1 && found.more);
}

static void sessions_are_ended_by_their_owner(void **state)
{
	(void)state;
	NEED_DATABASE(db);
	const char *until, *one = secret_digest(a, "one"), *two = secret_digest(a, "two"), *his = secret_digest(a, "his");
	struct session_row *rows;
	int count;
	assert_int_equal(model_sessions_create(db, a, one, ann, "10.0.0.1", "curl/8", &until), ERR_NONE);
	assert_int_equal(model_sessions_create(db, a, two, ann, "10.0.0.2", "", &until), ERR_NONE);
	assert_int_equal(model_sessions_create(db, a, his, bob, "10.0.0.3", "", &until), ERR_NONE);
	assert_int_equal(model_sessions_list(db, a, ann, one, &rows, &count), ERR_NONE);
	assert_int_equal(count, 2);
	assert_int_equal(rows[0].current + rows[1].current, 1);
	assert_int_equal(strlen(rows[0].handle), SESSION_HANDLE);
	assert_int_equal(model_sessions_end(db, a, ann, arena_memdup(a, his, SESSION_HANDLE)), ERR_NOT_FOUND);
	assert_int_equal(model_sessions_end(db, a, ann, ""), ERR_NOT_FOUND);
	assert_int_equal(model_sessions_end(db, a, ann, arena_memdup(a, two, SESSION_HANDLE)), ERR_NONE);
	assert_int_equal(model_sessions_create(db, a, two, ann, "10.0.0.2", "", &until), ERR_NONE);
	assert_int_equal(model_sessions_end_others(db, a, ann, one, &count), ERR_NONE);
	assert_int_equal(count, 1);
	assert_int_equal(model_users_change_password(db, a, ann, "y"), ERR_NONE);
	assert_int_equal(model_sessions_list(db, a, ann, one, &rows, &count), ERR_NONE);
	assert_int_equal(count, 0);
}

static void a_repository_has_the_gitea_of_its_host(void **state)
{
	(void)state;
	struct keyring *k = keyring_new("k1:1111111111111111111111111111111111111111111111111111111111111111");
	struct gitea *environment = gitea_open("http://env.example", "t", NULL);
	const struct gitea_server rows[] = {
		{ .id = 1,
		  .name = "one",
		  .url = "https://Git.One.example:3000/x",
		  .ssh_host = "ssh.one.example",
		  .token_sealed = keyring_seal(k, a, "gitea_servers.token.1", "one") },
		{ .id = 2, .name = "two", .url = "http://two.example" }, /* without a token */
		{ .id = 3, .name = "three", .url = "http://three.example", .token_sealed = keyring_seal(k, a, "elsewhere", "x") },
	};
	static const struct {
		const char *url;
		int which; /* 0: the environment's, 1: another one, -1: none */
	} table[] = { { "ssh://git@git.one.example:22/a/b.git", 1 }, { "git@SSH.one.example:a/b.git", 1 },
		      { "https://git.one.example/a/b", 1 },	     { "https://two.example/a/b", -1 },
		      { "https://three.example/a/b", -1 },	     { "https://one.example/a/b", 0 },
		      { "https://x.git.one.example/a/b", 0 } };
	struct gitea_set *set = gitea_set_open(k, a, rows, 3);
	assert_int_equal(gitea_set_count(set), 3);
	assert_int_equal(gitea_set_count(NULL), 0);
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct repo_address at;
		const char *why;
		assert_true(repo_address_parse(a, table[i].url, "ssh,https", &at, &why));
		struct gitea *g = gitea_set_of(set, environment, &at);
		int which = g == environment ? 0 : g ? 1 : -1;
		if (which != table[i].which)
			fail_msg("%s has %d", table[i].url, which);
		assert_null(gitea_set_of(NULL, NULL, &at));
	}
	gitea_set_free(set);
	gitea_free(environment);
	keyring_free(k);
}

/* "field:name" of every fault. */
static const char *faults_text(const struct field_fault *faults, int count)
{
	const char *text = "";
	for (int i = 0; i < count; i++)
		text = arena_printf(a, "%s%s%s:%s", text, i ? " " : "", faults[i].field, faults[i].name);
	return text;
}

static void servers_are_checked(void **state)
{
	(void)state;
	struct field_fault f[FIELD_FAULTS];
	const struct gitea_server old = { .id = 1, .name = "o", .url = "https://git.example", .token_sealed = "x" };
	const struct gitea_server other = {
		.id = 2, .name = "p", .url = "https://other.example", .ssh_host = "ssh.other.example"
	};
	static const struct {
		struct gitea_server_edit in;
		const char *says;
	} table[] = {
		{ { "n", "https://git.example/path", "", "", "", false }, "" },
		{ { "n", "http://git.example", "", "", "", false }, "token:error.token_moved" },
		{ { "n", "https://git.example:8443", "", "", "", false }, "token:error.token_moved" },
		{ { "n", "https://evil.example", "", "", "", false }, "token:error.token_moved" },
		{ { "n", "https://evil.example", "", "", "new", false }, "" },
		{ { "n", "https://evil.example", "", "", "", true }, "" },
		{ { "n", "https://git.example", "", "", "a b", false }, "token:error.gitea_token" },
		{ { "n", "https://OTHER.example", "", "", "t", false }, "url:error.host_taken" },
		{ { "n", "https://git.example", "ssh.other.example", "", "", false }, "ssh_host:error.host_taken" },
		{ { "n", "https://git.example", "a b", "nonsense", "", false }, "ssh_host:error.host ca_pem:error.certificates" },
		{ { "n", "git.example", "", "", "t", false }, "url:error.gitea_url" },
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		assert_string_equal(faults_text(f, gitea_server_check(a, &table[i].in, &old, &other, 1, f)), table[i].says);
}

static void registries_are_checked(void **state)
{
	(void)state;
	struct field_fault f[FIELD_FAULTS];
	const struct registry old = { .id = 1, .address = "r.example:5000", .push_username = "p", .push_password_sealed = "x" };
	static const struct {
		struct registry_edit in;
		const char *says;
	} table[] = {
		{ { .address = "r.example:5000", .push_username = "p" }, "" },
		{ { .address = "evil.example", .push_username = "p" }, "push_password:error.password_moved" },
		{ { .address = "r.example:5000", .plain_http = true, .push_username = "p" },
		  "push_password:error.password_moved" },
		{ { .address = "evil.example", .push_username = "p", .push_password = "new" }, "" },
		{ { .address = "evil.example" }, "" },
		{ { .address = "r.example:5000", .push_username = "p", .push_remove = true },
		  "push_password:error.password_needed" },
		{ { .address = "r.example:5000", .push_remove = true }, "" },
		{ { .address = "r.example:5000", .push_username = "p", .pull_username = "q" },
		  "pull_password:error.password_needed" },
		{ { .address = "r.example:5000", .push_username = "p", .pull_password = "w" },
		  "pull_username:error.username_needed" },
		{ { .address = "r.example:5000", .push_username = "a:b" }, "push_username:error.username_colon" },
		{ { .address = "R.example" }, "address:error.registry_address" },
		{ { .address = "http://r" }, "address:error.registry_address" },
		{ { .address = "r/x" }, "address:error.registry_address" },
		{ { .address = "r:0" }, "address:error.registry_address" },
		{ { .address = "r:99999" }, "address:error.registry_address" },
		{ { .address = "r", .ca_pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n" },
		  "ca_pem:error.certificates" },
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		assert_string_equal(faults_text(f, registry_check(&table[i].in, &old, f)), table[i].says);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(an_invitation_works_once, begin),
		cmocka_unit_test_setup(an_invitation_ends_by_itself, begin),
		cmocka_unit_test_setup(the_last_admin_stays, begin),
		cmocka_unit_test_setup(users_are_found, begin),
		cmocka_unit_test_setup(sessions_are_ended_by_their_owner, begin),
		cmocka_unit_test(a_repository_has_the_gitea_of_its_host),
		cmocka_unit_test(servers_are_checked),
		cmocka_unit_test(registries_are_checked),
	};
	return cmocka_run_group_tests(tests, start, stop);
}
