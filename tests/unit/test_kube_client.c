/* Tests of requests to a cluster: verbs on the wire, pages, tokens that change, and the breaker. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "fetch/fetch.h"
#include "kube/client.h"
#include "stub.h"

#define JSON "application/json"

static struct arena *a;
static struct stub *stub;
static struct kube *k;
static char last_request[8192];
static pthread_mutex_t last_lock = PTHREAD_MUTEX_INITIALIZER;

static bool serve_list(int fd, const char *request)
{
	static int expired;
	if (!strstr(request, "continue="))
		return stub_answer(
			fd, "200 OK", JSON,
			"{\"metadata\":{\"resourceVersion\":\"5\",\"continue\":\"c1\"},\"items\":[{\"n\":1},{\"n\":2}]}");
	if (!expired++)
		return stub_answer(fd, "410 Gone", JSON, "{\"kind\":\"Status\",\"reason\":\"Expired\"}");
	return stub_answer(fd, "200 OK", JSON, "{\"metadata\":{\"resourceVersion\":\"6\"},\"items\":[{\"n\":4}]}");
}

/* Always one more page: a minute of them, for a test must end. */
static bool serve_endless(int fd)
{
	static int pages;
	clock_sleep(20);
	return stub_answer(fd, "200 OK", JSON,
			   ++pages < 3000 ? "{\"metadata\":{\"resourceVersion\":\"5\",\"continue\":\"more\"},\"items\":[]}"
					  : "{\"metadata\":{\"resourceVersion\":\"5\"},\"items\":[]}");
}

static bool serve(void *context, int fd, const char *request)
{
	(void)context;
	pthread_mutex_lock(&last_lock);
	snprintf(last_request, sizeof last_request, "%s", request);
	pthread_mutex_unlock(&last_lock);
	if (strstr(request, "/namespaces/list/"))
		return serve_list(fd, request);
	if (strstr(request, "/namespaces/endless/"))
		return serve_endless(fd);
	if (strstr(request, "/namespaces/auth/"))
		return strstr(request, "Bearer new\r\n") ? stub_answer(fd, "200 OK", JSON, "{}")
							 : stub_answer(fd, "401 Unauthorized", JSON, "{\"kind\":\"Status\"}");
	if (strstr(request, "/namespaces/busy/"))
		return stub_answer_with(fd, "429 Too Many Requests", "text/plain", "Retry-After: 4\r\n", "Too many requests");
	if (strstr(request, "/namespaces/html/"))
		return stub_answer(fd, "502 Bad Gateway", "text/html", "<html>");
	if (strstr(request, "/namespaces/cut/"))
		return stub_puts(fd, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{") && false;
	if (strstr(request, "/namespaces/none/"))
		return stub_answer(fd, "404 Not Found", JSON,
				   "{\"kind\":\"Status\",\"reason\":\"NotFound\",\"message\":\"not found\"}");
	return stub_answer(fd, "200 OK", JSON, "{\"kind\":\"Thing\",\"metadata\":{\"name\":\"x\"}}");
}

static int setup(void **state)
{
	(void)state;
	fetch_init();
	a = arena_new(8 << 20);
	stub = stub_start(serve, NULL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fetch_cleanup();
	stub_stop(stub);
	arena_free(a);
	return 0;
}

/* Each test begins with a cluster that is well. */
static int open_cluster(void **state)
{
	(void)state;
	k = stub_kube(stub, a, "secret");
	return k ? 0 : -1;
}

static int close_cluster(void **state)
{
	(void)state;
	kube_free(k);
	return 0;
}

static void verbs_are_as_the_server_wants_them(void **state)
{
	(void)state;
	struct kube_answer out;
	json_object *body = json_build(a, "{'kind':'Job','a':'x/y'}");
	assert_int_equal(kube_create(k, a, KUBE_JOB, "n", body, &out), ERR_NONE);
	assert_non_null(strstr(last_request, "POST /apis/batch/v1/namespaces/n/jobs?fieldManager=hydrosim-portal HTTP/1.1\r\n"));
	assert_non_null(strstr(last_request, "Authorization: Bearer secret\r\n"));
	assert_non_null(strstr(last_request, "Content-Type: application/json\r\n"));
	assert_non_null(strstr(last_request, "Accept: application/json\r\n"));
	assert_non_null(strstr(last_request, "\r\n\r\n{\"kind\":\"Job\",\"a\":\"x/y\"}"));
	assert_string_equal(json_text(out.object, "metadata.name", ""), "x");
	assert_int_equal(kube_apply(k, a, KUBE_DEPLOYMENT, "n", "d", body, &out), ERR_NONE);
	assert_non_null(
		strstr(last_request,
		       "PATCH /apis/apps/v1/namespaces/n/deployments/d?fieldManager=hydrosim-portal&force=true HTTP/1.1\r\n"));
	assert_non_null(strstr(last_request, "Content-Type: application/apply-patch+yaml\r\n"));
	assert_int_equal(kube_delete(k, a, KUBE_JOB, "n", "j", "u-1", &out), ERR_NONE);
	assert_non_null(strstr(last_request, "DELETE /apis/batch/v1/namespaces/n/jobs/j HTTP/1.1\r\n"));
	assert_non_null(strstr(last_request, "\"propagationPolicy\":\"Background\",\"preconditions\":{\"uid\":\"u-1\"}}"));
	assert_int_equal(kube_delete(k, a, KUBE_JOB, "none", "j", NULL, &out), ERR_NONE);
	assert_int_equal(kube_get(k, a, KUBE_JOB, "none", "j", &out), ERR_NOT_FOUND);
	assert_string_equal(out.reason, "NotFound");
}

static void sum(void *context, json_object *object)
{
	*(int64_t *)context += json_int(object, "n", 0);
}

static void a_list_that_expires_begins_again(void **state)
{
	(void)state;
	int64_t total = 0;
	const char *version;
	assert_int_equal(kube_list(k, a, KUBE_POD, "list", "a in (b)", sum, &total, &version), ERR_NONE);
	assert_int_equal(total, 1 + 2 + 1 + 2 + 4);
	assert_string_equal(version, "6");
	assert_non_null(strstr(last_request, "labelSelector=a%20in%20%28b%29&continue=c1"));
}

/* What nobody is to read is not sent either. */
static void metadata_comes_alone(void **state)
{
	(void)state;
	struct kube_answer out;
	int64_t total = 0;
	assert_int_equal(kube_metadata(k, a, KUBE_SECRET, "n", "s", &out), ERR_NONE);
	assert_non_null(strstr(last_request, "Accept: application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1\r\n"));
	assert_int_equal(kube_list_metadata(k, a, KUBE_SECRET, "list", NULL, sum, &total), ERR_NONE);
	assert_int_equal(total, 1 + 2 + 4);
	assert_non_null(strstr(last_request, "GET /api/v1/namespaces/list/secrets?limit=500&continue=c1 HTTP/1.1\r\n"));
	assert_non_null(strstr(last_request, "Accept: application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1\r\n"));
}

static void a_list_without_an_end_is_given_up(void **state)
{
	(void)state;
	int64_t total = 0;
	kube_set_patience(k, 1000);
	assert_int_equal(kube_list(k, a, KUBE_POD, "endless", NULL, sum, &total, NULL), ERR_TIMEOUT);
}

static void a_refused_token_is_read_again_once(void **state)
{
	(void)state;
	struct kube_answer out;
	char *path = arena_printf(a, "%s/token-XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	int fd = mkstemp(path);
	assert_true(fd >= 0 && write(fd, "old", 3) == 3);
	struct token fixed = k->token;
	assert_true(token_init(&k->token, NULL, path));
	int before = stub_requests(stub);
	assert_int_equal(kube_get(k, a, KUBE_POD, "auth", "p", &out), ERR_UNAUTHORIZED);
	assert_int_equal(stub_requests(stub) - before, 1); /* the same token is not tried twice */
	/* A change that the file's time does not show. */
	assert_true(pwrite(fd, "new", 3, 0) == 3);
	struct timespec times[2] = { k->token.changed, k->token.changed };
	assert_int_equal(futimens(fd, times), 0);
	assert_int_equal(kube_get(k, a, KUBE_POD, "auth", "p", &out), ERR_NONE);
	assert_int_equal(stub_requests(stub) - before, 3);
	token_free(&k->token);
	k->token = fixed;
	close(fd);
	unlink(path);
}

static void a_busy_cluster_is_left_alone_as_long_as_it_asks(void **state)
{
	(void)state;
	struct kube_answer out;
	assert_int_equal(kube_get(k, a, KUBE_POD, "busy", "p", &out), ERR_TOO_MANY);
	assert_int_equal(out.status, 429);
	assert_int_equal(out.retry_after_ms, 4000);
	int before = stub_requests(stub);
	assert_int_equal(kube_get(k, a, KUBE_POD, "well", "p", &out), ERR_TOO_MANY);
	assert_in_range(out.retry_after_ms, 1, 4000);
	assert_int_equal(stub_requests(stub), before);
	clock_sleep(out.retry_after_ms + 50);
	assert_int_equal(kube_get(k, a, KUBE_POD, "well", "p", &out), ERR_NONE);
}

static void a_failing_cluster_is_paused(void **state)
{
	(void)state;
	struct kube_answer out;
	assert_int_equal(kube_get(k, a, KUBE_POD, "html", "p", &out), ERR_UNAVAILABLE);
	assert_non_null(strstr(out.message, "HTTP 502"));
	assert_null(out.object);
	assert_int_equal(kube_get(k, a, KUBE_POD, "html", "p", &out), ERR_UNAVAILABLE);
	int before = stub_requests(stub);
	assert_int_equal(kube_get(k, a, KUBE_POD, "well", "p", &out), ERR_UNAVAILABLE);
	assert_int_equal(out.status, 0);
	assert_true(out.retry_after_ms > 0); /* it did not wait */
	assert_int_equal(stub_requests(stub), before);
	clock_sleep(out.retry_after_ms + 10);
	assert_int_equal(kube_get(k, a, KUBE_POD, "well", "p", &out), ERR_NONE);
	assert_int_equal(kube_get(k, a, KUBE_POD, "cut", "p", &out), ERR_UNAVAILABLE);
	assert_true(*out.message);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, open_cluster, close_cluster)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(verbs_are_as_the_server_wants_them),
		TEST(a_list_that_expires_begins_again),
		TEST(metadata_comes_alone),
		TEST(a_list_without_an_end_is_given_up),
		TEST(a_refused_token_is_read_again_once),
		TEST(a_busy_cluster_is_left_alone_as_long_as_it_asks),
		TEST(a_failing_cluster_is_paused),
	};
	return cmocka_run_group_tests_name("kube_client", tests, setup, teardown);
}
