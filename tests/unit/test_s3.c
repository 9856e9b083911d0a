/* An S3 store that fails in every way: what is tried again, what is given up, and what is never believed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/str.h"
#include "config.h"
#include "fetch/fetch.h"
#include "objects/objects.h"
#include "objects/s3_call.h"
#include "stub.h"

#define FAULT(code) "<?xml version=\"1.0\"?><Error><Code>" code "</Code><Message>x</Message></Error>"
#define UPLOAD                                                                                                                   \
	"<?xml version=\"1.0\"?><InitiateMultipartUploadResult><UploadId>u&amp;1</UploadId></InitiateMultipartUploadResult>"
#define COMPLETE                                                                                                                 \
	"<?xml version=\"1.0\"?>\n   <CompleteMultipartUploadResult><ETag>&#34;x-2&#34;</ETag></CompleteMultipartUploadResult>"
#define NO_UPLOADS "<ListMultipartUploadsResult></ListMultipartUploadsResult>"

/* A head that states another length than that of the body, which an answer to HEAD does not have. */
#define HEAD_OF(length) "200 OK\r\nETag: \"abc-2\"\r\nContent-Length: " #length

enum { MIB = 1 << 20 };

/* What is asked for, in its order, and what the store answers; status NULL: it closes the connection without a word. */
struct step {
	const char *request, *status, *headers, *body;
};

struct script {
	const struct step *steps; /* request NULL at the end */
	int at, wrong;
	pthread_mutex_t lock;
};

static struct arena *a;
static struct script script;
static struct stub *stub;
static struct objects *objects;
static struct config config;

static bool serve(void *context, int fd, const char *request)
{
	struct script *s = context;
	pthread_mutex_lock(&s->lock);
	const struct step *step = &s->steps[s->at];
	size_t len = strcspn(request, "\r");
	if (!step->request || strncmp(request, step->request, strlen(step->request)) ||
	    !strstr(request, "AWS4-HMAC-SHA256 Credential=k/")) {
		fprintf(stderr, "step %d: wanted \"%s\", got \"%.*s\"\n", s->at, step->request ? step->request : "nothing",
			(int)len, request);
		s->wrong++;
	}
	s->at += step->request != NULL;
	pthread_mutex_unlock(&s->lock);
	if (!step->request || !step->status)
		return false;
	if (!step->body)
		return stub_puts(fd, "HTTP/1.1 ") && stub_puts(fd, step->status) && stub_puts(fd, "\r\n\r\n");
	return stub_answer_with(fd, step->status, "application/xml", step->headers ? step->headers : "", step->body);
}

static int setup(void **state)
{
	(void)state;
	a = arena_new(64 << 20);
	script = (struct script){ 0 };
	pthread_mutex_init(&script.lock, NULL);
	stub = stub_start(serve, &script);
	config = (struct config){ .archive = "s3",
				  .s3_endpoint = arena_printf(a, "http://127.0.0.1:%d", stub_port(stub)),
				  .s3_access_key = "k",
				  .s3_secret_key = "s",
				  .s3_bucket = "logs",
				  .s3_region = "us-east-1",
				  .s3_public_endpoint = "" };
	const char *why;
	objects = objects_open(a, &config, &why);
	return objects ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	objects_free(objects);
	fetch_thread_end();
	stub_stop(stub);
	pthread_mutex_destroy(&script.lock);
	arena_free(a);
	return 0;
}

static void play(const struct step *steps)
{
	script.steps = steps;
	script.at = 0;
}

/* Every step was asked for, and nothing else. */
static void expect_end(void)
{
	assert_int_equal(script.wrong, 0);
	if (script.steps[script.at].request)
		fail_msg("never asked for: %s", script.steps[script.at].request);
}

static enum err put(size_t len)
{
	struct objects_writer *w;
	int64_t bytes;
	char hex[65];
	enum err e = objects_begin(objects, "k", "text/plain", &w);
	assert_int_equal(e, ERR_NONE);
	char *piece = arena_alloc(a, MIB);
	for (size_t left = len; left;) {
		size_t n = left < MIB ? left : MIB;
		if ((e = objects_write(w, piece, n)) != ERR_NONE) {
			objects_abort(w);
			return e;
		}
		left -= n;
	}
	return objects_commit(w, &bytes, hex);
}

static void small_objects_are_tried_again(void **state)
{
	(void)state;
	play((const struct step[]){ { "PUT /logs/k HTTP", "503 Slow", NULL, FAULT("SlowDown") },
				    { "PUT /logs/k HTTP", NULL, NULL, NULL },
				    { "PUT /logs/k HTTP", "200 OK", "ETag: \"x\"\r\n", "" },
				    { 0 } });
	assert_int_equal(put(5), ERR_NONE);
	expect_end();
	play((const struct step[]){ { "PUT /logs/k HTTP", "500 No", NULL, FAULT("InternalError") },
				    { "PUT /logs/k HTTP", "500 No", NULL, "<html>proxy</html>" },
				    { "PUT /logs/k HTTP", "507 Full", NULL, FAULT("XMinioStorageFull") },
				    { 0 } });
	assert_int_equal(put(5), ERR_UNAVAILABLE);
	expect_end();
}

static void refusals_are_not_tried_again(void **state)
{
	(void)state;
	static const struct {
		const char *status, *body;
		enum err err;
	} table[] = { { "403 No", FAULT("InvalidAccessKeyId"), ERR_UNAUTHORIZED },
		      { "403 No", FAULT("SignatureDoesNotMatch"), ERR_UNAUTHORIZED },
		      { "403 No", FAULT("RequestTimeTooSkewed"), ERR_UNAUTHORIZED },
		      { "400 Bad", FAULT("AuthorizationHeaderMalformed"), ERR_INVALID },
		      { "301 Moved", FAULT("PermanentRedirect"), ERR_INVALID } };
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		const struct step steps[] = { { "PUT /logs/k HTTP", table[i].status, NULL, table[i].body }, { 0 } };
		play(steps);
		assert_int_equal(put(5), table[i].err);
		expect_end();
	}
}

static void a_missing_bucket_is_made(void **state)
{
	(void)state;
	play((const struct step[]){ { "PUT /logs/k HTTP", "404 No", NULL, FAULT("NoSuchBucket") },
				    { "GET /logs?list-type=2&max-keys=1 HTTP", "404 No", NULL, FAULT("NoSuchBucket") },
				    { "PUT /logs HTTP", "409 Conflict", NULL, FAULT("BucketAlreadyOwnedByYou") },
				    { "PUT /logs/k HTTP", "200 OK", NULL, "" },
				    { 0 } });
	assert_int_equal(put(5), ERR_NONE);
	expect_end();
}

static void large_objects_go_in_parts(void **state)
{
	(void)state;
	static const char old[] = "<ListMultipartUploadsResult><Upload><Key>k2</Key><UploadId>other</UploadId></Upload>"
				  "<Upload><Key>k</Key><UploadId>old</UploadId></Upload></ListMultipartUploadsResult>";
	play((const struct step[]){ { "GET /logs?prefix=k&uploads= HTTP", "200 OK", NULL, old },
				    { "DELETE /logs/k?uploadId=old HTTP", "204 Gone", NULL, "" },
				    { "POST /logs/k?uploads= HTTP", "200 OK", NULL, UPLOAD },
				    { "PUT /logs/k?partNumber=1&uploadId=u%261 HTTP", "500 No", NULL, FAULT("InternalError") },
				    { "PUT /logs/k?partNumber=1&uploadId=u%261 HTTP", "200 OK", "ETag: \"p1\"\r\n", "" },
				    { "PUT /logs/k?partNumber=2&uploadId=u%261 HTTP", "200 OK", "ETag: \"p2\"\r\n", "" },
				    { "POST /logs/k?uploadId=u%261 HTTP", "200 OK", NULL, FAULT("InternalError") },
				    { "POST /logs/k?uploadId=u%261 HTTP", "200 OK", NULL, COMPLETE },
				    { 0 } });
	assert_int_equal(put(9 * MIB), ERR_NONE);
	expect_end();
}

static void a_lost_answer_is_looked_up(void **state)
{
	(void)state;
	const struct step begin[] = { { "GET /logs?prefix=k&uploads= HTTP", "403 No", NULL, FAULT("AccessDenied") },
				      { "POST /logs/k?uploads= HTTP", "200 OK", NULL, UPLOAD },
				      { "PUT /logs/k?partNumber=1&uploadId=u%261 HTTP", "200 OK", "ETag: \"p1\"\r\n", "" },
				      { "PUT /logs/k?partNumber=2&uploadId=u%261 HTTP", "200 OK", "ETag: \"p2\"\r\n", "" },
				      { "POST /logs/k?uploadId=u%261 HTTP", NULL, NULL, NULL } };
	const struct step gone = { "POST /logs/k?uploadId=u%261 HTTP", "404 No", NULL, FAULT("NoSuchUpload") };
	const struct step ours = { "HEAD /logs/k HTTP", HEAD_OF(9437184), NULL, NULL };
	const struct step older = { "HEAD /logs/k HTTP", HEAD_OF(5), NULL, NULL };
	const struct step drop = { "DELETE /logs/k?uploadId=u%261 HTTP", "404 No", NULL, FAULT("NoSuchUpload") };
	const struct step stored[] = { begin[0], begin[1], begin[2], begin[3], begin[4], gone, ours, { 0 } };
	play(stored);
	assert_int_equal(put(9 * MIB), ERR_NONE);
	expect_end();
	const struct step lost[] = { begin[0], begin[1], begin[2], begin[3], begin[4], gone, older, drop, { 0 } };
	play(lost);
	assert_int_equal(put(9 * MIB), ERR_UNAVAILABLE);
	expect_end();
}

static void a_part_that_fails_ends_the_upload(void **state)
{
	(void)state;
	const struct step part = { "PUT /logs/k?partNumber=1&uploadId=u%261 HTTP", "503 Slow", NULL, FAULT("SlowDown") };
	const struct step steps[] = { { "GET /logs?prefix=k&uploads= HTTP", "200 OK", NULL, NO_UPLOADS },
				      { "POST /logs/k?uploads= HTTP", "200 OK", NULL, UPLOAD },
				      part,
				      part,
				      part,
				      { "DELETE /logs/k?uploadId=u%261 HTTP", "204 Gone", NULL, "" },
				      { 0 } };
	play(steps);
	assert_int_equal(put(9 * MIB), ERR_UNAVAILABLE);
	expect_end();
}

static enum err read_some(int64_t from, size_t len, const char **bytes, size_t *got, int64_t *total)
{
	return objects_read(objects, a, "k", from, len, bytes, got, total);
}

static void reads_what_the_store_really_sent(void **state)
{
	(void)state;
	const char *bytes;
	size_t got;
	int64_t total;
	play((const struct step[]){ { "GET /logs/k HTTP", "206 Partial", "Content-Range: bytes 2-4/10\r\n", "cde" }, { 0 } });
	assert_int_equal(read_some(2, 3, &bytes, &got, &total), ERR_NONE);
	assert_int_equal(got, 3);
	assert_memory_equal(bytes, "cde", 3);
	assert_int_equal(total, 10);
	expect_end();

	play((const struct step[]){ { "GET /logs/k HTTP", "200 OK", NULL, "abcdefghij" }, { 0 } });
	assert_int_equal(read_some(0, 3, &bytes, &got, &total), ERR_NONE);
	assert_int_equal(got, 3);
	assert_int_equal(total, 10);
	play((const struct step[]){ { "GET /logs/k HTTP", "200 OK", NULL, "abcdefghij" }, { 0 } });
	assert_int_equal(read_some(2, 3, &bytes, &got, &total), ERR_INTERNAL);
	play((const struct step[]){ { "GET /logs/k HTTP", "206 Partial", "Content-Range: nonsense\r\n", "cde" }, { 0 } });
	assert_int_equal(read_some(2, 3, &bytes, &got, &total), ERR_INTERNAL);
	play((const struct step[]){ { "GET /logs/k HTTP", "404 No", NULL, FAULT("NoSuchKey") }, { 0 } });
	assert_int_equal(read_some(2, 3, &bytes, &got, &total), ERR_NOT_FOUND);
	play((const struct step[]){ { "GET /logs/k HTTP", NULL, NULL, NULL },
				    { "GET /logs/k HTTP", "206 Partial", "Content-Range: bytes 2-4/10\r\n", "cde" },
				    { 0 } });
	assert_int_equal(read_some(2, 3, &bytes, &got, &total), ERR_NONE);
	expect_end();
}

static void entities_are_decoded(void **state)
{
	(void)state;
	assert_string_equal(s3_xml_text(a, "<A><B>1 &amp;lt; &quot;2&quot; &unknown;</B></A>", "B"), "1 &lt; \"2\" &unknown;");
	assert_string_equal(s3_xml_text(a, "<A><B></B></A>", "B"), "");
	assert_string_equal(s3_xml_text(a, "<A><B>cut", "B"), "cut");
	assert_null(s3_xml_text(a, "<A/>", "B"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(small_objects_are_tried_again, setup, teardown),
		cmocka_unit_test_setup_teardown(refusals_are_not_tried_again, setup, teardown),
		cmocka_unit_test_setup_teardown(a_missing_bucket_is_made, setup, teardown),
		cmocka_unit_test_setup_teardown(large_objects_go_in_parts, setup, teardown),
		cmocka_unit_test_setup_teardown(a_lost_answer_is_looked_up, setup, teardown),
		cmocka_unit_test_setup_teardown(a_part_that_fails_ends_the_upload, setup, teardown),
		cmocka_unit_test_setup_teardown(reads_what_the_store_really_sent, setup, teardown),
		cmocka_unit_test_setup_teardown(entities_are_decoded, setup, teardown),
	};
	fetch_init();
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	fetch_cleanup();
	return failed;
}
