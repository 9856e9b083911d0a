/*
 * Fuzzes log lines: whatever the bytes and wherever they are cut, the markup is balanced, valid UTF-8 and free of control
 *characters.
 * Build: clang -fsanitize=fuzzer,address,undefined -D_GNU_SOURCE -Iapp tests/fuzz/fuzz_ansi.c app/view/ansi.c app/view/loglines.c
 *\ app/base/buf.c app/base/str.c app/base/arena.c app/base/log.c app/base/clock.c -lcrypto
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "view/loglines.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds)
{
	if (!holds)
		abort();
}

/* Every tag is one of ours, and each closes the one opened last. */
static void check_tags(const char *html)
{
	char open[16];
	size_t depth = 0;
	for (const char *p = html; (p = strchr(p, '<')); p++) {
		if (p[1] == '/') {
			must(depth > 0 && open[--depth] == p[2]);
			continue;
		}
		must(str_starts(p, "<div class=\"log-line") || str_starts(p, "<a class=\"log-n\"") ||
		     str_starts(p, "<span class=\"log-t\">") || str_starts(p, "<span class=\"log-cut\">") ||
		     str_starts(p, "<span class=\"a-"));
		must(depth < sizeof open);
		open[depth++] = p[1];
	}
	must(depth == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	size_t cut = (size_t)data[0] % size;
	struct loglines lines = { .next = data[1] & 1 };
	struct buf out = { 0 };
	loglines_add(&lines, (const char *)data, cut, &out);
	loglines_add(&lines, (const char *)data + cut, size - cut, &out);
	for (size_t i = 0; i < out.len; i++)
		must((unsigned char)out.data[i] >= 0x20 || out.data[i] == '\t');
	must(out.len == 0 || str_is_utf8(out.data, out.len));
	if (out.len)
		check_tags(out.data);
	buf_free(&out);
	return 0;
}
