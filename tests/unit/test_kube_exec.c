/* Tests of commands in containers against a cluster that sends without an end what is no output. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <openssl/evp.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/str.h"
#include "fetch/fetch.h"
#include "kube/exec.h"
#include "kube/kube.h"
#include "stub.h"

enum { LONG = 60000 /* ms; so long a flood lasts at most, and nothing else does */, FRAMES = 4096 };

static struct arena *a;
static struct stub *stub;
static struct kube *k;

/* Frames of a server, by the pod that is asked for. */
static const struct {
	const char *pod, *frame;
	size_t len;
} floods[] = {
	{ "pings", "\x89\x04ping", 6 },	 /* ping */
	{ "empty", "\x82\x00", 2 },	 /* a message without a channel */
	{ "quiet", "\x82\x01\x01", 3 },	 /* nothing on the channel of the output */
	{ "other", "\x82\x02\x07x", 4 }, /* a channel that nobody knows */
	{ "parts", "\x00\x00", 2 },	 /* a message of which the last part never comes */
};

static bool upgrade(int fd, const char *request)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	char key[128] = "", head[512];
	const char *at = strstr(request, "Sec-WebSocket-Key: ");
	struct arena *own = arena_new(64 << 10);
	if (at)
		snprintf(key, sizeof key, "%.*s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", (int)strcspn(at + 19, "\r"), at + 19);
	EVP_Digest(key, strlen(key), digest, &n, EVP_sha1(), NULL);
	snprintf(head, sizeof head,
		 "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		 "Sec-WebSocket-Accept: %s\r\nSec-WebSocket-Protocol: v5.channel.k8s.io\r\n\r\n",
		 str_base64(own, digest, n));
	arena_free(own);
	return stub_puts(fd, head);
}

/* Never reads: what is answered to its pings stays where it is. */
static bool serve(void *context, int fd, const char *request)
{
	char bytes[FRAMES * 8];
	static const char over[] = "\x82\x15\x03{\"status\":\"Success\"}";
	size_t len = 0;
	(void)context;
	if (!upgrade(fd, request))
		return false;
	for (size_t i = 0; i < sizeof floods / sizeof *floods; i++)
		if (strstr(request, floods[i].pod))
			for (int n = 0; n < FRAMES; n++, len += floods[i].len)
				memcpy(bytes + len, floods[i].frame, floods[i].len);
	if (!len)
		return stub_write(fd, "\x82\x03\x01hi\x89\x00", 7) && stub_write(fd, over, sizeof over - 1) && stub_silence(fd);
	for (int64_t end = clock_ms() + LONG; clock_ms() < end;)
		if (!stub_write(fd, bytes, len))
			return false;
	return false;
}

static int setup(void **state)
{
	(void)state;
	fetch_init();
	a = arena_new(8 << 20);
	stub = stub_start(serve, NULL);
	k = stub_kube(stub, a, "secret");
	return k ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	kube_free(k);
	fetch_cleanup();
	stub_stop(stub);
	arena_free(a);
	return 0;
}

static struct kube_exec_ask ask(const char *pod)
{
	static const char *const argv[] = { "true" };
	return (struct kube_exec_ask){ .ns = "n", .pod = pod, .container = "c", .argv = argv, .argc = 1 };
}

static void a_command_gives_its_output_and_its_code(void **state)
{
	(void)state;
	struct kube_exec_result out;
	const char *why;
	const struct kube_exec_ask well = ask("well");
	assert_int_equal(kube_exec_run(k, a, &well, LONG / 1000, 100, &out, &why), ERR_NONE);
	assert_string_equal(out.output, "hi");
	assert_int_equal(out.exit_code, 0);
	assert_false(out.late);
}

static void a_flood_does_not_hold_a_command(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof floods / sizeof *floods; i++) {
		struct kube_exec_result out;
		const char *why;
		const struct kube_exec_ask flood = ask(floods[i].pod);
		assert_int_equal(kube_exec_run(k, a, &flood, 1, 100, &out, &why), ERR_NONE);
		assert_true(out.late);
		assert_int_equal(out.len, 0);
	}
}

static void a_flood_does_not_hold_who_is_woken(void **state)
{
	(void)state;
	uint64_t one = 1;
	int wake = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
	assert_true(wake >= 0);
	for (size_t i = 0; i < sizeof floods / sizeof *floods; i++) {
		struct kube_exec *x;
		const char *why, *bytes;
		size_t len;
		const struct kube_exec_ask flood = ask(floods[i].pod);
		assert_int_equal(kube_exec_open(k, a, &flood, &x, &why), ERR_NONE);
		assert_int_equal(kube_exec_read(x, LONG * 10, wake, &bytes, &len), EXEC_NOTHING);
		assert_int_equal(read(wake, &one, sizeof one), sizeof one);
		assert_int_equal(kube_exec_read(x, 300, wake, &bytes, &len), EXEC_NOTHING);
		assert_int_equal(write(wake, &one, sizeof one), sizeof one);
		kube_exec_close(x);
	}
	close(wake);
}

int main(void)
{
	alarm(10 * LONG / 1000); /* whoever answered all pings of a flood to a peer that does not read would need hours */
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_command_gives_its_output_and_its_code),
		cmocka_unit_test(a_flood_does_not_hold_a_command),
		cmocka_unit_test(a_flood_does_not_hold_who_is_woken),
	};
	return cmocka_run_group_tests_name("kube_exec", tests, setup, teardown);
}
