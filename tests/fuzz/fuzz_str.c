/* Hostile bytes through the decoders of the room base: what is decoded is UTF-8 without NUL, what is encoded comes back. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct arena *a;
	if (!a)
		a = arena_new(64 << 20);
	const char *bytes = (const char *)data;
	char *text = arena_memdup(a, bytes, size);
	char *decoded = str_url_decode(a, bytes, size, true);
	if (decoded && !str_is_utf8(decoded, strlen(decoded)))
		abort();
	if (decoded) {
		char *again = str_url_encode(a, decoded, false);
		char *back = str_url_decode(a, again, strlen(again), true);
		if (!back || strcmp(back, decoded))
			abort();
	}
	size_t n;
	char *raw = str_unbase64(a, text, &n);
	if (raw && n && !str_base64(a, raw, n)[0])
		abort();
	int64_t number;
	str_to_int(text, INT64_MIN, INT64_MAX, &number);
	if (clock_parse(text, &number)) {
		char out[32];
		clock_format(number, out);
	}
	if (size && str_utf8_cut(bytes, size, size / 2) > size / 2)
		abort();
	arena_reset(a);
	return 0;
}
