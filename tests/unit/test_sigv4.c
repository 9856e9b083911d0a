/* Signatures against the examples that AWS publishes for S3, and the rules around them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "base/arena.h"
#include "objects/sigv4.h"

#define EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define HOST                                                                                                                     \
	{                                                                                                                        \
		"host", "examplebucket.s3.amazonaws.com"                                                                         \
	}
#define DATE "20130524T000000Z"

static struct arena *a;
static const struct sigv4_key key = { "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "us-east-1" };

static int setup(void **state)
{
	(void)state;
	a = arena_new(1 << 20);
	return a ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(a);
	return 0;
}

static void signs_as_published(void **state)
{
	(void)state;
	static const struct {
		struct sigv4_request request;
		const char *headers, *signature;
	} table[] = {
		{ { .method = "GET",
		    .path = "/test.txt",
		    .headers = { { "x-amz-date", DATE }, { "range", "bytes=0-9" }, HOST, { "x-amz-content-sha256", EMPTY } },
		    .header_count = 4,
		    .payload = EMPTY },
		  "host;range;x-amz-content-sha256;x-amz-date",
		  "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41" },
		{ { .method = "PUT",
		    .path = "/test$file.text",
		    .headers = { HOST,
				 { "date", "Fri, 24 May 2013 00:00:00 GMT" },
				 { "x-amz-storage-class", "REDUCED_REDUNDANCY" },
				 { "x-amz-content-sha256", "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072" },
				 { "x-amz-date", DATE } },
		    .header_count = 5,
		    .payload = "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072" },
		  "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
		  "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd" },
		{ { .method = "GET",
		    .path = "/",
		    .query = { { "lifecycle", "" } },
		    .query_count = 1,
		    .headers = { HOST, { "x-amz-content-sha256", EMPTY }, { "x-amz-date", DATE } },
		    .header_count = 3,
		    .payload = EMPTY },
		  "host;x-amz-content-sha256;x-amz-date",
		  "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543" },
		{ { .method = "GET",
		    .path = "/",
		    .query = { { "prefix", "J" }, { "max-keys", "2" } },
		    .query_count = 2,
		    .headers = { HOST, { "x-amz-content-sha256", EMPTY }, { "x-amz-date", DATE } },
		    .header_count = 3,
		    .payload = EMPTY },
		  "host;x-amz-content-sha256;x-amz-date",
		  "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7" },
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		char *wanted = arena_printf(a,
					    "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
					    "SignedHeaders=%s,Signature=%s",
					    table[i].headers, table[i].signature);
		assert_string_equal(sigv4_authorization(a, &key, DATE, &table[i].request), wanted);
	}
}

static void canonical_request_as_published(void **state)
{
	(void)state;
	const struct sigv4_request r = { .method = "PUT",
					 .path = "/test$file.text",
					 .headers = { HOST, { "x-amz-date", DATE } },
					 .header_count = 2,
					 .payload = EMPTY };
	assert_string_equal(sigv4_canonical(a, &r), "PUT\n/test%24file.text\n\nhost:examplebucket.s3.amazonaws.com\n"
						    "x-amz-date:20130524T000000Z\n\nhost;x-amz-date\n" EMPTY);
}

static void presigns_as_published(void **state)
{
	(void)state;
	const struct sigv4_request r = { .method = "GET", .path = "/test.txt", .headers = { HOST }, .header_count = 1 };
	assert_string_equal(sigv4_presign(a, &key, DATE, 86400, &r),
			    "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256"
			    "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
			    "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
			    "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
}

static void parameters_are_sorted_once_encoded(void **state)
{
	(void)state;
	const struct sigv4_request r = { .method = "GET",
					 .path = "/b/k e+y",
					 .query = { { "a", "2" }, { "Ä", "x y" }, { "a", "1" }, { "a-b", "/" } },
					 .query_count = 4 };
	assert_string_equal(sigv4_uri(a, &r), "/b/k%20e%2By?%C3%84=x%20y&a=1&a=2&a-b=%2F");
}

static void dates_are_basic_iso_8601(void **state)
{
	(void)state;
	char date[17];
	sigv4_date(1369353600LL * 1000000 + 999999, date);
	assert_string_equal(date, DATE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(signs_as_published, setup, teardown),
		cmocka_unit_test_setup_teardown(canonical_request_as_published, setup, teardown),
		cmocka_unit_test_setup_teardown(presigns_as_published, setup, teardown),
		cmocka_unit_test_setup_teardown(parameters_are_sorted_once_encoded, setup, teardown),
		cmocka_unit_test_setup_teardown(dates_are_basic_iso_8601, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
