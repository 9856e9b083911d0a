/* Small rules on strings: numbers, UTF-8, hex, URL coding. */
#include "base/str.h"

#include <openssl/evp.h>
#include <string.h>

#include "base/arena.h"

bool str_to_int(const char *s, int64_t min, int64_t max, int64_t *out)
{
	bool negative = min < 0 && *s == '-';
	if (negative)
		s++;
	if (!*s)
		return false;
	int64_t value = 0;
	for (; *s; s++) {
		if (*s < '0' || *s > '9')
			return false;
		int64_t digit = negative ? '0' - *s : *s - '0';
		if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, digit, &value))
			return false;
	}
	if (value < min || value > max)
		return false;
	*out = value;
	return true;
}

/* The length of the valid character at s (at most len bytes long), or 0. */
static size_t utf8_char(const unsigned char *s, size_t len)
{
	if (s[0] < 0x80)
		return s[0] ? 1 : 0;
	size_t n = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : s[0] >= 0xc2 ? 2 : 0;
	if (!n || n > len || s[0] > 0xf4)
		return 0;
	unsigned low = s[0] == 0xe0 ? 0xa0 : s[0] == 0xf0 ? 0x90 : 0x80;
	unsigned high = s[0] == 0xed ? 0x9f : s[0] == 0xf4 ? 0x8f : 0xbf;
	if (s[1] < low || s[1] > high)
		return 0;
	for (size_t i = 2; i < n; i++)
		if (s[i] < 0x80 || s[i] > 0xbf)
			return 0;
	return n;
}

char *str_from_int(int64_t n, char room[24])
{
	char *p = room + 23;
	uint64_t left = n < 0 ? -(uint64_t)n : (uint64_t)n;
	*p = 0;
	do
		*--p = (char)('0' + left % 10);
	while (left /= 10);
	if (n < 0)
		*--p = '-';
	return p;
}

bool str_is_utf8(const char *s, size_t len)
{
	for (size_t i = 0; i < len;) {
		size_t n = utf8_char((const unsigned char *)s + i, len - i);
		if (!n)
			return false;
		i += n;
	}
	return true;
}

size_t str_utf8_cut(const char *s, size_t len, size_t limit)
{
	if (len <= limit)
		return len;
	while (limit && ((unsigned char)s[limit] & 0xc0) == 0x80)
		limit--;
	return limit;
}

char *str_utf8_clean(struct arena *a, const char *s, size_t len)
{
	char *out = arena_alloc(a, 3 * len + 1), *to = out;
	for (size_t i = 0; i < len;) {
		size_t n = utf8_char((const unsigned char *)s + i, len - i);
		unsigned char c = (unsigned char)s[i];
		if (n > 1 || (n && c >= 0x20 && c != 0x7f) || c == '\n' || c == '\t')
			to = mempcpy(to, s + i, n);
		else if (c >= 0x80)
			to = stpcpy(to, "\xef\xbf\xbd");
		i += n ? n : 1;
	}
	*to = 0;
	return out;
}

bool str_given(const char *s)
{
	return s && *s;
}

const char *str_or_null(const char *s)
{
	return str_given(s) ? s : NULL;
}

bool str_only(const char *s, const char *set)
{
	return *s && !s[strspn(s, set)];
}

bool str_one_of(const char *choices, const char *word)
{
	size_t len = strlen(word);
	for (const char *at = choices; len && *at;) {
		size_t n = strcspn(at, "|");
		if (n == len && !memcmp(at, word, n))
			return true;
		at += n + (at[n] == '|');
	}
	return false;
}

const char *str_fill(struct arena *a, const char *text, const char *place, const char *value)
{
	const char *at = strstr(text, place);
	if (!at || !value)
		return text;
	return arena_printf(a, "%.*s%s%s", (int)(at - text), text, value, at + strlen(place));
}

bool str_starts(const char *s, const char *prefix)
{
	return !strncmp(s, prefix, strlen(prefix));
}

bool str_ends(const char *s, const char *suffix)
{
	size_t n = strlen(s), m = strlen(suffix);
	return n >= m && !strcmp(s + n - m, suffix);
}

/* Bytes of the space that s begins with; 0: it begins with none. */
static size_t space_len(const char *s)
{
	static const char *const spaces[] = { " ", "\u00a0", "\u3000" };
	for (size_t i = 0; i < sizeof spaces / sizeof *spaces; i++)
		if (str_starts(s, spaces[i]))
			return strlen(spaces[i]);
	return 0;
}

bool str_is_blank(const char *s)
{
	for (size_t n; (n = space_len(s));)
		s += n;
	return !*s;
}

bool str_has_control(const char *s, const char *allowed)
{
	for (; *s; s++)
		if (((unsigned char)*s < 0x20 || *s == 0x7f) && !strchr(allowed, *s))
			return true;
	return false;
}

void str_hex(const void *bytes, size_t len, char *out)
{
	const unsigned char *b = bytes;
	for (size_t i = 0; i < len; i++) {
		out[2 * i] = "0123456789abcdef"[b[i] >> 4];
		out[2 * i + 1] = "0123456789abcdef"[b[i] & 15];
	}
	out[2 * len] = 0;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool str_unhex(const char *hex, void *out, size_t len)
{
	unsigned char *b = out;
	for (size_t i = 0; i < len; i++) {
		int high = hex_digit(hex[2 * i]);
		int low = high < 0 ? -1 : hex_digit(hex[2 * i + 1]);
		if (low < 0)
			return false;
		b[i] = (unsigned char)(high << 4 | low);
	}
	return !hex[2 * len];
}

char *str_base64(struct arena *a, const void *bytes, size_t len)
{
	char *out = arena_alloc(a, (len + 2) / 3 * 4 + 1);
	EVP_EncodeBlock((unsigned char *)out, bytes, (int)len);
	return out;
}

char *str_unbase64(struct arena *a, const char *text, size_t *len)
{
	size_t n = 0;
	char *packed = arena_alloc(a, strlen(text) + 1);
	for (; *text; text++)
		if (!strchr(" \t\r\n", *text))
			packed[n++] = *text;
	size_t padding = n && packed[n - 1] == '=' ? n > 1 && packed[n - 2] == '=' ? 2 : 1 : 0;
	if (n % 4 || strcspn(packed, "=") < n - padding)
		return NULL;
	char *out = arena_alloc(a, n / 4 * 3 + 1);
	int got = EVP_DecodeBlock((unsigned char *)out, (const unsigned char *)packed, (int)n);
	if (got < 0)
		return NULL;
	*len = (size_t)got - padding;
	out[*len] = 0;
	/* Unused bits of the last character must be zero, or two texts would stand for the same bytes. */
	return strcmp(str_base64(a, out, *len), packed) ? NULL : out;
}

char *str_url_encode(struct arena *a, const char *s, bool keep_slash)
{
	char *out = arena_alloc(a, strlen(s) * 3 + 1), *o = out;
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;
		if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || strchr("-._~", c) ||
		    (keep_slash && c == '/')) {
			*o++ = (char)c;
			continue;
		}
		*o++ = '%';
		*o++ = "0123456789ABCDEF"[c >> 4];
		*o++ = "0123456789ABCDEF"[c & 15];
	}
	return out;
}

char *str_url_decode(struct arena *a, const char *s, size_t len, bool form)
{
	char *out = arena_alloc(a, len + 1), *o = out;
	for (size_t i = 0; i < len; i++) {
		int c = (unsigned char)s[i];
		if (c == '+' && form) {
			c = ' ';
		} else if (c == '%') {
			if (len - i < 3)
				return NULL;
			int h = hex_digit(s[i + 1]), l = hex_digit(s[i + 2]);
			if (h < 0 || l < 0)
				return NULL;
			c = h << 4 | l;
			i += 2;
		}
		bool control = (c < 0x20 && c != '\t' && c != '\r' && c != '\n') || c == 0x7f;
		if (!c || (control && !form))
			return NULL;
		*o++ = (char)c;
	}
	return str_is_utf8(out, (size_t)(o - out)) ? out : NULL;
}

/* The length of what is left without the escape sequences by which programs colour their words: nobody reads them here. */
static size_t uncolour(char *text, size_t len)
{
	size_t to = 0;
	for (size_t i = 0; i < len; i++) {
		if (text[i] != '\033' || i + 1 == len || text[i + 1] != '[')
			text[to++] = text[i];
		else
			for (i += 2; i < len && (text[i] < '@' || text[i] > '~'); i++)
				;
	}
	return to;
}

char *str_last_lines(struct arena *a, const char *text, int lines, size_t max)
{
	size_t len = strlen(text), from = len;
	while (len && (text[len - 1] == '\n' || text[len - 1] == '\r'))
		len--;
	for (from = len; from > 0 && len - from < max; from--)
		if (text[from - 1] == '\n' && --lines == 0)
			break;
	/* Cut by size: begin with a whole line where there is one. */
	const char *whole = from > 0 && text[from - 1] != '\n' ? memchr(text + from, '\n', len - from) : NULL;
	if (whole)
		from = (size_t)(whole - text) + 1;
	char *plain = arena_memdup(a, text + from, len - from);
	char *out = str_utf8_clean(a, plain, uncolour(plain, len - from));
	out[str_utf8_cut(out, strlen(out), max)] = 0;
	return out;
}
