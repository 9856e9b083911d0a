/*
 * The archive as its users see it: in a directory, and in a real S3 store where REAL_S3_ENDPOINT, REAL_S3_ACCESS_KEY and
 * REAL_S3_SECRET_KEY name one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/secret.h"
#include "base/str.h"
#include "config.h"
#include "fetch/fetch.h"
#include "objects/objects.h"
#include "objects/s3_call.h"

enum { MIB = 1 << 20 };

static struct arena *a;
static char folder[64];

static struct config directory_config(void)
{
	return (struct config){ .archive = "directory", .archive_dir = arena_printf(a, "%s/new/archive", folder) };
}

static struct config s3_config(void)
{
	return (struct config){ .archive = "s3",
				.s3_endpoint = getenv("REAL_S3_ENDPOINT"),
				.s3_access_key = getenv("REAL_S3_ACCESS_KEY"),
				.s3_secret_key = getenv("REAL_S3_SECRET_KEY"),
				.s3_bucket = arena_printf(a, "portal-test-%s", secret_token(a, 6)),
				.s3_region = "us-east-1",
				.s3_public_endpoint = "" };
}

static int setup(void **state)
{
	(void)state;
	a = arena_new(64 << 20);
	snprintf(folder, sizeof folder, "/tmp/test-objects-XXXXXX");
	return a && mkdtemp(folder) ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st, (void)kind, (void)at;
	return remove(path);
}

static int teardown(void **state)
{
	(void)state;
	arena_free(a);
	return nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* Byte i of a test object of any length. */
static char byte_at(int64_t i)
{
	return (char)(i * 2654435761U >> 13);
}

/* Writes an object of `len` bytes in pieces of a size that fits nothing. */
static void put(struct objects *o, const char *key, int64_t len)
{
	struct objects_writer *w;
	assert_int_equal(objects_begin(o, key, "text/plain; charset=utf-8", &w), ERR_NONE);
	struct secret_hash *hash = secret_hash_new();
	char piece[100003];
	for (int64_t i = 0; i < len; i += (int64_t)sizeof piece) {
		size_t n = len - i < (int64_t)sizeof piece ? (size_t)(len - i) : sizeof piece;
		for (size_t j = 0; j < n; j++)
			piece[j] = byte_at(i + (int64_t)j);
		secret_hash_add(hash, piece, n);
		assert_int_equal(objects_write(w, piece, n), ERR_NONE);
	}
	unsigned char digest[SHA256_SIZE];
	char wanted[65], got[65];
	int64_t bytes;
	secret_hash_end(hash, digest);
	str_hex(digest, SHA256_SIZE, wanted);
	assert_int_equal(objects_commit(w, &bytes, got), ERR_NONE);
	assert_int_equal(bytes, len);
	assert_string_equal(got, wanted);
}

static void expect_range(struct objects *o, const char *key, int64_t from, size_t len, size_t wanted, int64_t size)
{
	struct arena *range = arena_new(32 << 20);
	const char *bytes;
	size_t got;
	int64_t total;
	assert_int_equal(objects_read(o, range, key, from, len, &bytes, &got, &total), ERR_NONE);
	assert_int_equal(got, wanted);
	assert_int_equal(total, size);
	for (size_t i = 0; i < got; i++)
		if (bytes[i] != byte_at(from + (int64_t)i))
			fail_msg("byte %zu of %s from %lld is wrong", i, key, (long long)from);
	arena_free(range);
}

static enum err read_all(struct objects *o, const char *key)
{
	const char *bytes;
	size_t got;
	int64_t total;
	return objects_read(o, a, key, 0, 100, &bytes, &got, &total);
}

/* What every kind of store must do. */
static void exercise(struct objects *o)
{
	const char *key = "builds/7/log.txt";
	assert_int_equal(objects_check(o, a), ERR_NOT_FOUND);
	assert_int_equal(objects_prepare(o, a), ERR_NONE);
	assert_int_equal(objects_prepare(o, a), ERR_NONE);
	assert_int_equal(objects_check(o, a), ERR_NONE);
	assert_int_equal(read_all(o, key), ERR_NOT_FOUND);

	put(o, key, 0);
	expect_range(o, key, 0, 100, 0, 0);
	put(o, key, 12345);
	expect_range(o, key, 0, 100, 100, 12345);
	expect_range(o, key, 12300, 100, 45, 12345);
	expect_range(o, key, 12345, 100, 0, 12345);
	expect_range(o, key, 99999, 100, 0, 12345);
	expect_range(o, key, 5, 0, 0, 12345);

	/* An unfinished writer and an aborted one change nothing. */
	struct objects_writer *w;
	assert_int_equal(objects_begin(o, key, "text/plain", &w), ERR_NONE);
	assert_int_equal(objects_write(w, "half", 4), ERR_NONE);
	expect_range(o, key, 0, 100, 100, 12345);
	objects_abort(w);
	objects_abort(NULL);
	expect_range(o, key, 0, 100, 100, 12345);

	/* Around the size of a part. */
	put(o, "builds/8/log.txt", 8 * MIB);
	expect_range(o, "builds/8/log.txt", 0, OBJECT_READ_MAX, 8 * MIB, 8 * MIB);
	put(o, "builds/8/log.txt", 8 * MIB + 1);
	expect_range(o, "builds/8/log.txt", 8 * MIB - 10, 100, 11, 8 * MIB + 1);
	put(o, "builds/8/log.txt", 20 * MIB);
	expect_range(o, "builds/8/log.txt", 15 * MIB, OBJECT_READ_MAX, 5 * MIB, 20 * MIB);

	assert_int_equal(objects_begin(o, "builds/8/log.txt", "text/plain", &w), ERR_NONE);
	for (int i = 0; i < 20; i++)
		assert_int_equal(objects_write(w, arena_alloc(a, MIB), MIB), ERR_NONE);
	objects_abort(w);
	expect_range(o, "builds/8/log.txt", 15 * MIB, 1000, 1000, 20 * MIB);

	assert_int_equal(objects_delete(o, key), ERR_NONE);
	assert_int_equal(objects_delete(o, key), ERR_NONE);
	assert_int_equal(objects_delete(o, "builds/8/log.txt"), ERR_NONE);
	assert_int_equal(read_all(o, key), ERR_NOT_FOUND);
}

static int files_in(const char *path)
{
	int n = 0;
	DIR *d = opendir(path);
	assert_non_null(d);
	for (struct dirent *e; (e = readdir(d));)
		n += *e->d_name != '.';
	closedir(d);
	return n;
}

static void directory_keeps_objects(void **state)
{
	(void)state;
	const struct config c = directory_config();
	const char *why;
	struct objects *o = objects_open(a, &c, &why);
	assert_non_null(o);
	exercise(o);
	assert_int_equal(files_in(arena_printf(a, "%s/.partial", c.archive_dir)), 0);

	put(o, "a/b", 3);
	struct stat st;
	assert_int_equal(stat(arena_printf(a, "%s/a/b", c.archive_dir), &st), 0);
	assert_int_equal(st.st_mode & 0444, 0444);
	struct objects_handover h;
	assert_int_equal(objects_handover(o, a, "a/b", &h), ERR_NONE);
	assert_string_equal(h.accel, "/_archive/a/b");
	assert_null(h.signed_uri);
	assert_null(objects_public_url(o, a, "a/b", "b.txt", 60));

	/* A link that somebody laid there is not followed. */
	assert_int_equal(symlink("/etc/passwd", arena_printf(a, "%s/a/link", c.archive_dir)), 0);
	assert_int_equal(read_all(o, "a/link"), ERR_NOT_FOUND);
	assert_int_equal(read_all(o, "a"), ERR_NOT_FOUND);
	objects_free(o);
}

/* A request of the test's own, beside what the room offers. */
static const char *call_store(const struct config *c, struct s3_call call)
{
	const struct s3 s = { .address = { .base = arena_strdup(a, c->s3_endpoint), .host = strstr(c->s3_endpoint, "//") + 2 },
			      .key = { c->s3_access_key, getenv("REAL_S3_SECRET_KEY"), c->s3_region },
			      .bucket = c->s3_bucket };
	struct fetch_response r;
	call.tries = 1;
	assert_int_equal(s3_call(&s, a, &call, &r, NULL), ERR_NONE);
	return r.body;
}

/* An empty bucket goes as it came; the room itself never deletes one. */
static void remove_bucket(const struct config *c)
{
	call_store(c, (struct s3_call){ .method = "DELETE" });
}

/* Parts that a crash left behind go when the same object is begun anew. */
static void expect_sweep(const struct config *c, struct objects *o)
{
	const struct s3_call begin = { .method = "POST", .key = "c/9.txt", .query = { { "uploads", "" } }, .query_count = 1 };
	const struct s3_call list = { .method = "GET",
				      .query = { { "uploads", "" }, { "prefix", "c/9.txt" } },
				      .query_count = 2 };
	call_store(c, begin);
	assert_non_null(strstr(call_store(c, list), "<UploadId>"));
	put(o, "c/9.txt", 9 * MIB);
	assert_null(strstr(call_store(c, list), "<UploadId>"));
	assert_int_equal(objects_delete(o, "c/9.txt"), ERR_NONE);
}

static void s3_keeps_objects(void **state)
{
	(void)state;
	if (!getenv("REAL_S3_ENDPOINT")) {
		fputs("\n*** SKIPPED: no real S3 store is named by REAL_S3_ENDPOINT: the archive was not tried against one "
		      "***\n\n",
		      stderr);
		skip();
	}
	struct config c = s3_config();
	const char *why;
	struct objects *o = objects_open(a, &c, &why);
	assert_non_null(o);
	exercise(o);

	expect_sweep(&c, o);

	/* What nginx and a browser would ask for. */
	put(o, "a/b", 1000);
	struct objects_handover h;
	assert_int_equal(objects_handover(o, a, "a/b", &h), ERR_NONE);
	assert_string_equal(h.accel, "/_s3/");
	const struct fetch_peer peer = { .base = c.s3_endpoint };
	struct fetch_request request = { .method = "GET", .path = h.signed_uri };
	struct fetch_response r;
	assert_int_equal(fetch(a, &peer, &request, &r), ERR_NONE);
	assert_int_equal(r.status, 200);
	assert_int_equal(r.body_len, 1000);
	request.path = objects_public_url(o, a, "a/b", "a\"b;\n.txt", 60) + strlen(c.s3_endpoint);
	assert_non_null(strstr(request.path, "a_b__.txt"));
	assert_int_equal(fetch(a, &peer, &request, &r), ERR_NONE);
	assert_int_equal(r.status, 200);
	assert_int_equal(objects_delete(o, "a/b"), ERR_NONE);
	objects_free(o);

	c.s3_secret_key = "wrong";
	o = objects_open(a, &c, &why);
	assert_int_equal(objects_prepare(o, a), ERR_UNAUTHORIZED);
	assert_int_equal(read_all(o, "a/b"), ERR_UNAUTHORIZED);
	objects_free(o);
	remove_bucket(&c);
}

static void s3_memory_does_not_grow(void **state)
{
	(void)state;
	if (!getenv("REAL_S3_ENDPOINT"))
		skip();
	const struct config c = s3_config();
	const char *why;
	struct objects *o = objects_open(a, &c, &why);
	assert_int_equal(objects_prepare(o, a), ERR_NONE);
	put(o, "large", 24 * MIB);
	struct rusage before, after;
	getrusage(RUSAGE_SELF, &before);
	put(o, "large", 200 * MIB);
	getrusage(RUSAGE_SELF, &after);
	assert_in_range(after.ru_maxrss - before.ru_maxrss, 0, 16 * 1024);
	expect_range(o, "large", 200 * MIB - 1000, 2000, 1000, 200 * MIB);
	assert_int_equal(objects_delete(o, "large"), ERR_NONE);
	objects_free(o);
	remove_bucket(&c);
}

static void keys_are_of_our_own_making(void **state)
{
	(void)state;
	static const char *const good[] = { "a", "builds/7/log.txt", "a-b_c.d/E", "a..b" };
	static const char *const bad[] = { "",	   "/a",  "a/",	 "a//b", ".", "..",  "../a", "a/../b", "a/..", ".partial/x",
					   "a/.b", "a b", "a\n", "a%2f", "ä", "a?b", "a#b",  "a\\b",   "a;b",  "~a" };
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		if (!object_key_valid(good[i]))
			fail_msg("refused: %s", good[i]);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (object_key_valid(bad[i]))
			fail_msg("taken: %s", bad[i]);
	char *key = arena_printf(a, "%0512d", 1);
	assert_true(object_key_valid(key));
	assert_false(object_key_valid(arena_printf(a, "%s1", key)));

	const struct config c = directory_config();
	const char *why, *bytes;
	struct objects *o = objects_open(a, &c, &why);
	struct objects_writer *w;
	struct objects_handover h;
	size_t got;
	int64_t total;
	assert_int_equal(objects_begin(o, "../x", "text/plain", &w), ERR_INVALID);
	assert_int_equal(objects_read(o, a, "../x", 0, 1, &bytes, &got, &total), ERR_INVALID);
	assert_int_equal(objects_read(o, a, "x", -1, 1, &bytes, &got, &total), ERR_INVALID);
	assert_int_equal(objects_read(o, a, "x", 0, OBJECT_READ_MAX + 1, &bytes, &got, &total), ERR_INVALID);
	assert_int_equal(objects_handover(o, a, "../x", &h), ERR_INVALID);
	assert_int_equal(objects_delete(o, "../x"), ERR_INVALID);
	objects_free(o);
}

static void configuration_faults_are_named(void **state)
{
	(void)state;
	const struct config good = { .archive = "s3",
				     .s3_endpoint = "http://h:9000/",
				     .s3_access_key = "k",
				     .s3_secret_key = "s",
				     .s3_bucket = "bucket",
				     .s3_region = "us-east-1",
				     .s3_public_endpoint = "https://Public.example.edu:443" };
	struct config c = good;
	const char *why;
	struct objects *o = objects_open(a, &c, &why);
	assert_non_null(o);
	assert_true(str_starts(objects_public_url(o, a, "k", "f", 9), "https://public.example.edu/bucket/k?"));
	objects_free(o);
	static const char *const endpoints[] = { "",	       "h:9000",    "ftp://h", "http://", "http://u:p@h", "http://h/path",
						 "http://h?x", "http://h h" };
	for (size_t i = 0; i < sizeof endpoints / sizeof *endpoints; i++) {
		c = good;
		c.s3_endpoint = endpoints[i];
		assert_null(objects_open(a, &c, &why));
		assert_non_null(strstr(why, "S3_ENDPOINT_URL"));
	}
	c = good;
	c.s3_bucket = "A";
	assert_null(objects_open(a, &c, &why));
	assert_non_null(strstr(why, "S3_BUCKET"));
	c = good;
	c.s3_secret_key = "";
	assert_null(objects_open(a, &c, &why));
	assert_non_null(strstr(why, "S3_SECRET_ACCESS_KEY"));
	c = (struct config){ .archive = "directory", .archive_dir = "relative" };
	assert_null(objects_open(a, &c, &why));
	c.archive = "tape";
	assert_null(objects_open(a, &c, &why));
	assert_non_null(strstr(why, "LOG_ARCHIVE"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(keys_are_of_our_own_making, setup, teardown),
		cmocka_unit_test_setup_teardown(configuration_faults_are_named, setup, teardown),
		cmocka_unit_test_setup_teardown(directory_keeps_objects, setup, teardown),
		cmocka_unit_test_setup_teardown(s3_keeps_objects, setup, teardown),
		cmocka_unit_test_setup_teardown(s3_memory_does_not_grow, setup, teardown),
	};
	fetch_init();
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	fetch_thread_end();
	fetch_cleanup();
	return failed;
}
