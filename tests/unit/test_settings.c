/* Tests of settings: the rules of each kind, what a form's wishes come to, and that a change is whole and in order. */
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
#include "model/setting_kinds.h"
#include "model/settings_change.h"
#include "pg.h"

static struct db_pool *pool;
static struct db *db;
static struct arena *a;

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

static const char digest[] = "@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

static void every_kind_has_its_rules(void **state)
{
	(void)state;
	static const struct {
		enum setting which;
		const char *good[10], *bad[16];
	} table[] = {
		{ SETTING_BUILD_LIMIT,
		  { "1", "10000" },
		  { "", "0", "10001", "-1", "4.5", " 4", "4 ", "0x4", "1e3", "99999999999999999999" } },
		{ SETTING_BUILDER, { "kaniko", "buildkit" }, { "", "kanik", "kaniko|buildkit", "Kaniko", "kaniko " } },
		{ SETTING_BUILD_NAMESPACE,
		  { "a", "hydrosim-builds", "0", "a23456789012345678901234567890123456789012345678901234567890123" },
		  { "", "-a", "a-", "A", "a.b", "a b", "a_b", "a/b", "a\nb",
		    "a234567890123456789012345678901234567890123456789012345678901234" } },
		{ SETTING_BASE_DOMAIN,
		  { "localhost", "project.hydrosim.edu", "a.b-c.d1", "xn--fiq228c.example" },
		  { "", ".a", "a.", "a..b", "A.b", "a.b:80", "https://a", "*.a", "a_b", "-a.b", "\xe4\xb8\xad.cn" } },
		{ SETTING_CLUSTER_ISSUER, { "", "letsencrypt-prod", "a.b" }, { "A", "a b", "-" } },
		{ SETTING_BUILD_CPU,
		  { "1", "0.5", "500m", "10m", "1.250", "1024", "0.010" },
		  { "", "0", "9m", "1025", "-1", "1 ", "m", ".5", "5.", "1e3", "0.0001", "1Gi", "500M", "1.5m",
		    "9999999999999999" } },
		{ SETTING_BUILD_MEMORY,
		  { "16Mi", "2Gi", "1.5Gi", "16777216", "2G", "1e9", "16Ti", "1E9", "20000k" },
		  { "", "0", "1Mi", "17Ti", "-1Gi", "Gi", "2gi", "2GiB", "2 Gi", "1e", "1e99", "0.3Ki", "1.0000000001Gi", "2m",
		    "1Pi", "99999999999999Ti" } },
		{ SETTING_BUILDER_IMAGE,
		  { "", "alpine", "alpine/git:2.47.2", "quay.io/skopeo/stable:v1.17.0", "localhost/x",
		    "localhost:5000/a/b_c/d__e/f-g--h.i:T_a.g-1", "registry.example.edu:5000/x", "1.2.3.4:5000/x" },
		  { "Alpine", "a b", "/a", "a/", "a//b", ":tag", "a:", "a:-t", "a@sha256:12", "a@md5:00", "http://a/b", "a_",
		    "a..b", "a:b:c", "-x", "a\n" } },
		{ SETTING_INSECURE_REGISTRIES,
		  { "", "a", "a:5000", "a:5000, b.c", "1.2.3.4:80,b" },
		  { "a:", "a:x", "a:123456", "a/b", "http://a", "A", "a;b" } },
		{ SETTING_SHARED_ENV,
		  { "", "A=1", "A=", "_a1=x y=z\nB=2\n", "A=\xe4\xb8\xad" },
		  { "A", "=1", "1A=1", "A B=1", "A=1\nA=2", "A-B=1", " A=1", "A=\x01" } },
		{ SETTING_DEFAULT_KNOWN_HOSTS,
		  { "", "h ssh-ed25519 AAAA", "# note\n[h]:22 ssh-rsa AAAA note\n\n" },
		  { "nonsense", "# only a note", "h ssh-ed25519", "h ssh-ed25519 AAAA\nx y" } },
		{ SETTING_DEFAULT_IMAGE_REPO_TEMPLATE,
		  { "{course}/{student}-{project}", "x/{project}" },
		  { "", "{course}/{student}", "{project", "{Project}", "A/{project}", "{project}:tag", "{project} x",
		    "{other}{project}" } },
		{ SETTING_DEFAULT_REGISTRY_ID, { "0", "7" }, { "", "-1", "x", "99999999999999999999" } },
		{ SETTING_BUILDER_ARGS, { "", "--cache=true\n--x" }, { "a\x01", "\xff" } },
		{ SETTING_STATISTICS_ZONE,
		  { "Asia/Shanghai", "UTC" },
		  { "", "Mars/Olympus", "right/UTC", "/etc/localtime", "../x" } },
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		const struct setting_info *row = setting_info(table[i].which);
		for (int k = 0; k < 10 && table[i].good[k]; k++)
			if (setting_fault(row, table[i].good[k]))
				fail_msg("%s refuses \"%s\"", row->name, table[i].good[k]);
		for (int k = 0; k < 16 && table[i].bad[k]; k++) {
			if (!setting_fault(row, table[i].bad[k]))
				fail_msg("%s takes \"%s\"", row->name, table[i].bad[k]);
			assert_non_null(strstr(setting_fault_sentence(a, row, table[i].bad[k]), row->name));
		}
	}
	assert_null(setting_fault(setting_info(SETTING_BUILDER_IMAGE), arena_printf(a, "a/b:1%s", digest)));
	assert_null(setting_fault(setting_info(SETTING_BUILDER_IMAGE), arena_printf(a, "a/b%s", digest)));
	char *many = arena_strdup(a, "");
	for (int i = 0; i < 257; i++)
		many = arena_printf(a, "%sV%d=1\n", many, i);
	assert_non_null(setting_fault(setting_info(SETTING_SHARED_ENV), many));
}

static void sentences_say_the_bounds(void **state)
{
	(void)state;
	assert_string_equal(setting_fault_sentence(a, setting_info(SETTING_BUILD_LIMIT), "x"),
			    "build_limit must be a number from 1 to 10000");
	assert_string_equal(setting_fault_sentence(a, setting_info(SETTING_BUILD_CPU), "x"),
			    "build_cpu must be a share of cores such as 500m or 2, from 10m to 1024");
	assert_string_equal(setting_fault_sentence(a, setting_info(SETTING_BUILD_MEMORY), "x"),
			    "build_memory must be a size such as 512Mi or 2Gi, from 16Mi to 16Ti");
	assert_string_equal(setting_fault_sentence(a, setting_info(SETTING_APPS_SCHEME), "x"),
			    "apps_scheme must be one of http|https");
}

static void defaults_keep_their_own_rules(void **state)
{
	(void)state;
	for (enum setting i = 0; i < SETTING__MAX; i++) {
		const struct setting_info *row = setting_info(i);
		if (setting_fault(row, row->otherwise))
			fail_msg("%s: its default breaks its rules", row->name);
		assert_int_equal(setting_find(row->name), i);
	}
	assert_int_equal(setting_find("nonsense"), SETTING__MAX);
}

static void wishes_are_merged(void **state)
{
	(void)state;
	static const struct setting_row stored = { .value = "5", .otherwise = "4", .origin = "stored", .version = 10 };
	static const struct setting_row unstored = { .value = "4", .otherwise = "4", .origin = "default", .version = 10 };
	static const struct {
		const struct setting_row *row;
		struct setting_wish wish;
		int64_t seen;
		enum setting_outcome outcome;
	} table[] = {
		{ &stored, { NULL, false }, 10, SETTING_KEPT },	    { &stored, { "5", false }, 10, SETTING_KEPT },
		{ &stored, { "6", false }, 10, SETTING_SET },	    { &stored, { "4", false }, 10, SETTING_SET },
		{ &stored, { "6", true }, 10, SETTING_RESET },	    { &stored, { NULL, true }, 10, SETTING_RESET },
		{ &unstored, { "4", false }, 10, SETTING_KEPT },    { &unstored, { "5", true }, 10, SETTING_KEPT },
		{ &unstored, { "5", false }, 10, SETTING_SET },	    { &stored, { "6", false }, 9, SETTING_CONFLICT },
		{ &stored, { "4", true }, 9, SETTING_CONFLICT },    { &stored, { "5", false }, 9, SETTING_KEPT },
		{ &unstored, { "5", false }, 9, SETTING_CONFLICT }, { &unstored, { "5", true }, 9, SETTING_KEPT },
		{ &stored, { NULL, false }, 9, SETTING_KEPT },	    { &stored, { "6", false }, INT64_MAX, SETTING_SET },
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (setting_merge(table[i].row, &table[i].wish, table[i].seen) != table[i].outcome)
			fail_msg("row %zu", i);
}

static struct settings_changed changed;

static enum err change(const struct setting_wish wishes[SETTING__MAX], int64_t seen)
{
	assert_int_equal(db_begin(db), ERR_NONE);
	enum err e = model_settings_change(db, a, wishes, seen, 0, &changed);
	if (e)
		db_rollback(db);
	else
		assert_int_equal(db_commit(db), ERR_NONE);
	return e;
}

static int64_t version(void)
{
	struct settings_state s;
	assert_int_equal(model_settings_state(db, a, &s), ERR_NONE);
	return s.version;
}

static void changes_are_whole_and_in_order(void **state)
{
	(void)state;
	NEED_DATABASE(db);
	struct setting_wish w[SETTING__MAX] = { [SETTING_BUILD_LIMIT] = { "7", false }, [SETTING_APP_CPU] = { "250m", false } };
	struct settings *s;
	assert_int_equal(version(), 0);
	assert_int_equal(change(w, 0), ERR_NONE);
	assert_int_equal(changed.count, 2);
	assert_string_equal(setting_changed_text(a, &changed, &w[SETTING_BUILD_LIMIT], SETTING_BUILD_LIMIT),
			    "build_limit: from \"4\" to \"7\"");
	int64_t first = version();
	assert_true(first > 0);
	assert_int_equal(model_settings_load(db, a, &s), ERR_NONE);
	assert_int_equal(settings_int(s, SETTING_BUILD_LIMIT), 7);
	assert_string_equal(settings_origin(s, SETTING_BUILD_LIMIT), "stored");
	/* the same again changes nothing, not even the version */
	assert_int_equal(change(w, first), ERR_NONE);
	assert_int_equal(changed.count, 0);
	assert_int_equal(version(), first);
	/* one bad value: nothing of it */
	w[SETTING_BUILD_LIMIT].value = "8";
	w[SETTING_APP_CPU].value = "lots";
	assert_int_equal(change(w, first), ERR_INVALID);
	assert_string_equal(changed.faults[SETTING_APP_CPU], "setting.rule.cpu");
	assert_int_equal(version(), first);
	/* somebody who saw an older state; his own field stays, the other one is refused with both values */
	w[SETTING_APP_CPU].value = "100m";
	assert_int_equal(change(w, 0), ERR_CONFLICT);
	assert_int_equal(changed.outcomes[SETTING_BUILD_LIMIT], SETTING_CONFLICT);
	assert_string_equal(changed.before.rows[SETTING_BUILD_LIMIT].value, "7");
	assert_int_equal(change(w, first), ERR_NONE);
	int64_t second = version();
	assert_true(second > first);
	/* back to the default moves the version too */
	struct setting_wish back[SETTING__MAX] = { [SETTING_BUILD_LIMIT] = { NULL, true } };
	assert_int_equal(change(back, second), ERR_NONE);
	assert_string_equal(setting_changed_text(a, &changed, &back[SETTING_BUILD_LIMIT], SETTING_BUILD_LIMIT),
			    "build_limit: from \"8\" to \"4\", the default");
	assert_true(version() > second);
	assert_int_equal(model_settings_load(db, a, &s), ERR_NONE);
	assert_string_equal(settings_text(s, SETTING_BUILD_LIMIT), "4");
	assert_string_equal(settings_origin(s, SETTING_BUILD_LIMIT), "default");
}

static void a_registry_must_be_there(void **state)
{
	(void)state;
	NEED_DATABASE(db);
	struct setting_wish w[SETTING__MAX] = { [SETTING_DEFAULT_REGISTRY_ID] = { "77", false } };
	assert_int_equal(change(w, INT64_MAX), ERR_INVALID);
	assert_string_equal(changed.faults[SETTING_DEFAULT_REGISTRY_ID], "setting.rule.registry");
	assert_int_equal(db_query(db, a, NULL, "INSERT INTO registries (name, address) VALUES ('r', 'h')"), ERR_NONE);
	struct db_rows r;
	assert_int_equal(db_query(db, a, &r, "SELECT id FROM registries"), ERR_NONE);
	w[SETTING_DEFAULT_REGISTRY_ID].value = db_text(&r, 0, 0);
	assert_int_equal(change(w, INT64_MAX), ERR_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_has_its_rules),	  cmocka_unit_test(sentences_say_the_bounds),
		cmocka_unit_test(defaults_keep_their_own_rules),  cmocka_unit_test(wishes_are_merged),
		cmocka_unit_test(changes_are_whole_and_in_order), cmocka_unit_test(a_registry_must_be_there),
	};
	return cmocka_run_group_tests(tests, start, stop);
}
