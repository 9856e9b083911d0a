/* Small rules on strings: numbers, UTF-8, hex, URL coding. All are pure and safe in any thread. */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct arena;

/* Reads a whole decimal number of digits only (an optional '-' where min < 0), within [min, max]. */
bool str_to_int(const char *s, int64_t min, int64_t max, int64_t *out);

/* Writes the number's digits at the end of `room` and returns where they begin: printf takes ten times as long. */
char *str_from_int(int64_t n, char room[24]);

/* True when the bytes are valid UTF-8 (RFC 3629: no overlong form, no surrogate, at most U+10FFFF) without NUL. */
bool str_is_utf8(const char *s, size_t len);

/* The largest n <= limit at which s can be cut without splitting a UTF-8 character. */
size_t str_utf8_cut(const char *s, size_t len, size_t limit);

/* The text as valid UTF-8 in the arena: a broken byte becomes U+FFFD, control characters but tab and newline are left out. */
char *str_utf8_clean(struct arena *a, const char *s, size_t len);

/* Whether there is a text that is not empty; and that text, else NULL. */
bool str_given(const char *s);
const char *str_or_null(const char *s);

/* True when every byte of the non-empty s is in `set`. */
bool str_only(const char *s, const char *set);

/* True when the word is one of "a|b|c"; false for an empty one. */
bool str_one_of(const char *choices, const char *word);

/* The text with `value` in place of the first `place` ("{min}"), in the arena; without such a place (or with NULL) the text
 * itself. */
const char *str_fill(struct arena *a, const char *text, const char *place, const char *value);

bool str_starts(const char *s, const char *prefix);
bool str_ends(const char *s, const char *suffix);

/* True when there is nothing in s that is to be seen: it is empty, or of spaces alone, also unbreakable or wide ones. */
bool str_is_blank(const char *s);

/* True when a control character (below space, or DEL) is in s that is not one of `allowed`. */
bool str_has_control(const char *s, const char *allowed);

/* Lower-case hex. `out` holds 2 * len + 1 bytes. */
void str_hex(const void *bytes, size_t len, char *out);

/* Reads exactly 2 * len hex digits; false on any other length or character. */
bool str_unhex(const char *hex, void *out, size_t len);

/* Standard Base64 with padding (RFC 4648), in the arena. */
char *str_base64(struct arena *a, const void *bytes, size_t len);
/* Strict decoding; NULL when it is not Base64. White space at line ends is allowed. *len gets the length. */
char *str_unbase64(struct arena *a, const char *text, size_t *len);

/* Percent-encodes all but A-Z a-z 0-9 - . _ ~ (and '/' when keep_slash), upper-case hex (RFC 3986), in the arena. */
char *str_url_encode(struct arena *a, const char *s, bool keep_slash);

/*
 * Decodes %XX once. NULL: a broken escape, a NUL, or not UTF-8. With `form` '+' is a space, and other control characters stay:
 * what a person pasted is the field's matter. Without, one of them but \t\r\n is NULL, too.
 */
char *str_url_decode(struct arena *a, const char *s, size_t len, bool form);

/*
 * The last `lines` lines of a text as valid UTF-8 without control characters and colours, at most max bytes, in the arena; from a
 * whole line on where there is one.
 */
char *str_last_lines(struct arena *a, const char *text, int lines, size_t max);

#endif
