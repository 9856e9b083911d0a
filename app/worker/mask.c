/* Secrets taken out of a stream of bytes. */
#include "worker/mask.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/str.h"

enum { SHORTEST = 8, PATTERNS = 512 };

struct pattern {
	char *text;
	size_t len;
};

struct mask {
	struct pattern patterns[PATTERNS]; /* longer ones first */
	size_t count;
	bool begins[256]; /* some pattern begins with this byte */
};

struct mask *mask_new(void)
{
	return calloc(1, sizeof(struct mask));
}

void mask_free(struct mask *m)
{
	for (size_t i = 0; m && i < m->count; i++)
		free(m->patterns[i].text);
	free(m);
}

static void add(struct mask *m, const char *text, size_t len)
{
	if (len < SHORTEST || m->count == PATTERNS)
		return;
	for (size_t i = 0; i < m->count; i++)
		if (m->patterns[i].len == len && !memcmp(m->patterns[i].text, text, len))
			return;
	char *own = malloc(len);
	if (!own)
		abort();
	memcpy(own, text, len);
	size_t at = m->count++;
	for (; at > 0 && m->patterns[at - 1].len < len; at--)
		m->patterns[at] = m->patterns[at - 1];
	m->patterns[at] = (struct pattern){ own, len };
	m->begins[(unsigned char)*text] = true;
}

/* The part of the Base64 text that only the secret decides, for a secret that begins `offset` bytes behind a group of three. */
static void add_base64(struct mask *m, struct arena *a, const char *secret, size_t len, size_t offset)
{
	char *shifted = arena_alloc(a, len + 3);
	memcpy(shifted + offset, secret, len);
	const char *text = str_base64(a, shifted, len + offset);
	size_t begin = offset == 0 ? 0 : offset + 1, bits = (len + offset) * 8, end = bits / 6;
	if (end > begin)
		add(m, text + begin, end - begin);
}

static void add_forms(struct mask *m, struct arena *a, const char *text, size_t len)
{
	const char *own = arena_memdup(a, text, len);
	add(m, text, len);
	if (len < SHORTEST)
		return;
	const char *url = str_url_encode(a, own, false);
	add(m, url, strlen(url));
	json_object *o = json_own(a, json_object_new_string_len(text, (int)len));
	const char *json = json_object_to_json_string_ext(o, JSON_PLAIN);
	add(m, json + 1, strlen(json) - 2);
	for (size_t offset = 0; offset < 3; offset++)
		add_base64(m, a, text, len, offset);
}

void mask_add(struct mask *m, struct arena *a, const char *secret)
{
	if (!secret)
		return;
	size_t all = strlen(secret);
	if (strchr(secret, '\n') && all >= SHORTEST)
		for (size_t offset = 0; offset < 3; offset++)
			add_base64(m, a, secret, all, offset);
	for (const char *line = secret; *line;) {
		size_t len = strcspn(line, "\r\n");
		/* The frame of a PEM text is in every key and no secret. */
		if (len && strncmp(line, "-----", 5) != 0)
			add_forms(m, a, line, len);
		line += len;
		line += strspn(line, "\r\n");
	}
}

/* At `text`: the length of a whole pattern, 0 for none; *maybe when the bytes end inside of one that is longer than that. */
static size_t match(const struct mask *m, const char *text, size_t left, bool last, bool *maybe)
{
	*maybe = false;
	for (size_t i = 0; i < m->count; i++) {
		const struct pattern *p = &m->patterns[i];
		if (*p->text != *text)
			continue;
		if (p->len <= left && !memcmp(p->text, text, p->len))
			return *maybe ? 0 : p->len;
		if (p->len > left && !last && !memcmp(p->text, text, left))
			*maybe = true;
	}
	return 0;
}

/* Returns how many bytes were dealt with; the rest may be the beginning of a secret. */
static size_t scan(const struct mask *m, const char *text, size_t len, bool last, struct buf *out)
{
	size_t from = 0;
	for (size_t i = 0; i < len;) {
		bool maybe = false;
		size_t n = m->begins[(unsigned char)text[i]] ? match(m, text + i, len - i, last, &maybe) : 0;
		if (maybe) {
			buf_add(out, text + from, i - from);
			return i;
		}
		if (n) {
			buf_add(out, text + from, i - from);
			buf_puts(out, "***");
			from = i + n;
		}
		i += n ? n : 1;
	}
	buf_add(out, text + from, len - from);
	return len;
}

void mask_run(const struct mask *m, struct buf *carry, const char *bytes, size_t len, struct buf *out)
{
	if (!carry->len && len) {
		size_t done = scan(m, bytes, len, false, out);
		buf_add(carry, bytes + done, len - done);
		return;
	}
	buf_add(carry, bytes, len);
	if (carry->len)
		buf_consume(carry, scan(m, carry->data, carry->len, len == 0, out));
}
