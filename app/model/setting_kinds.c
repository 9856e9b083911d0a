/* The rules of each kind of setting. */
#include "model/setting_kinds.h"

#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "base/gitref.h"
#include "base/str.h"
#include "base/zone.h"
#include "model/app_services.h"

enum { LABEL_MAX = 63, HOST_MAX = 253, TAG_MAX = 128, DIGEST_HEX = 64, NAME_MAX_BYTES = 64, VARIABLES_MAX = 256 };

#define DIGITS "0123456789"
#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* --- quantities ---------------------------------------------------------------------------------------------------- */

/* "12.5" as 125 with one decimal; the rest is behind it. False: no number, or more digits than an int64 takes. */
static bool take_decimal(const char **text, int64_t *digits, int *decimals)
{
	const char *p = *text;
	int count = 0;
	bool point = false;
	*digits = 0;
	*decimals = 0;
	for (; (*p >= '0' && *p <= '9') || (*p == '.' && !point); p++) {
		if (*p == '.') {
			point = true;
			continue;
		}
		if (++count > 15)
			return false;
		*digits = *digits * 10 + (*p - '0');
		*decimals += point;
	}
	bool whole = count > 0 && **text != '.' && p[-1] != '.';
	*text = p;
	return whole;
}

/* digits / 10^decimals * factor, where that is a whole number. */
static bool scale(int64_t digits, int decimals, int64_t factor, int64_t *out)
{
	int64_t product;
	if (__builtin_mul_overflow(digits, factor, &product))
		return false;
	for (; decimals > 0; decimals--) {
		if (product % 10)
			return false;
		product /= 10;
	}
	*out = product;
	return true;
}

bool setting_cpu_parse(const char *text, int64_t *thousandths)
{
	int64_t digits;
	int decimals;
	if (!take_decimal(&text, &digits, &decimals))
		return false;
	bool small = !strcmp(text, "m");
	return (small || !*text) && scale(digits, decimals, small ? 1 : 1000, thousandths);
}

static const struct {
	const char *suffix;
	int64_t factor;
} suffixes[] = {
	{ "Ti", 1LL << 40 },	{ "Gi", 1LL << 30 }, { "Mi", 1 << 20 }, { "Ki", 1 << 10 }, { "", 1 },
	{ "T", 1000000000000 }, { "G", 1000000000 }, { "M", 1000000 },	{ "k", 1000 },
};

bool setting_bytes_parse(const char *text, int64_t *bytes)
{
	int64_t digits, exponent;
	int decimals;
	if (!take_decimal(&text, &digits, &decimals))
		return false;
	for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++)
		if (!strcmp(text, suffixes[i].suffix))
			return scale(digits, decimals, suffixes[i].factor, bytes);
	if ((*text != 'e' && *text != 'E') || !str_to_int(text + 1, 0, 15, &exponent))
		return false;
	int64_t factor = 1;
	while (exponent-- > 0)
		factor *= 10;
	return scale(digits, decimals, factor, bytes);
}

const char *setting_bound(struct arena *a, const struct setting_info *row, int64_t bound)
{
	if (row->kind == SETTING_KIND_CPU)
		return bound % 1000 ? arena_printf(a, "%" PRId64 "m", bound) : arena_printf(a, "%" PRId64, bound / 1000);
	for (size_t i = 0; row->kind == SETTING_KIND_BYTES && *suffixes[i].suffix; i++)
		if (bound && !(bound % suffixes[i].factor))
			return arena_printf(a, "%" PRId64 "%s", bound / suffixes[i].factor, suffixes[i].suffix);
	return arena_printf(a, "%" PRId64, bound);
}

/* --- names ----------------------------------------------------------------------------------------------------------- */

/* One label of a DNS name: a-z, 0-9 and inner '-'. */
static bool label(const char *s, size_t len)
{
	return len && len <= LABEL_MAX && strspn(s, LOWER DIGITS "-") >= len && *s != '-' && s[len - 1] != '-';
}

static bool is_label(const char *s)
{
	return label(s, strlen(s));
}

/* Labels joined by '.', up to `len`. */
static bool domain(const char *s, size_t len)
{
	if (!len || len > HOST_MAX)
		return false;
	for (size_t at = 0; at <= len;) {
		size_t n = strcspn(s + at, ".");
		if (n > len - at)
			n = len - at;
		if (!label(s + at, n))
			return false;
		at += n + 1;
	}
	return true;
}

static bool is_domain(const char *s)
{
	return domain(s, strlen(s));
}

/* "host" or "host:port" of exactly `len` bytes. */
static bool host(const char *s, size_t len)
{
	size_t n = strcspn(s, ":");
	if (n >= len)
		return domain(s, len);
	size_t digits = len - n - 1;
	return domain(s, n) && digits && digits <= 5 && strspn(s + n + 1, DIGITS) >= digits;
}

/* Hosts by commas, with spaces around them. */
static bool is_hosts(const char *s)
{
	for (s += strspn(s, ", "); *s; s += strspn(s, ", ")) {
		size_t n = strcspn(s, ", ");
		if (!host(s, n))
			return false;
		s += n;
	}
	return true;
}

/* One component of an image's path: [a-z0-9] with single separators inside ("__" and dashes count as one). */
static bool component(const char *s, size_t len)
{
	size_t n = strspn(s, LOWER DIGITS);
	if (!n || !len)
		return false;
	while (n < len) {
		size_t gap = strspn(s + n, "-");
		if (!gap)
			gap = !strncmp(s + n, "__", 2) ? 2 : s[n] == '.' || s[n] == '_';
		size_t word = strspn(s + n + gap, LOWER DIGITS);
		if (!gap || !word || n + gap + word > len)
			return false;
		n += gap + word;
	}
	return n == len;
}

/* [host[:port]/]path[:tag][@sha256:hex] */
static bool is_image(const char *s)
{
	const char *digest = strchr(s, '@');
	size_t len = digest ? (size_t)(digest - s) : strlen(s), first = strcspn(s, "/");
	if (digest &&
	    (!str_starts(digest, "@sha256:") || strlen(digest + 8) != DIGEST_HEX || !str_only(digest + 8, "0123456789abcdef")))
		return false;
	if (first < len && (memchr(s, '.', first) || memchr(s, ':', first) || (first == 9 && str_starts(s, "localhost")))) {
		if (!host(s, first))
			return false;
		s += first + 1;
		len -= first + 1;
	}
	const char *tag = memchr(s, ':', len);
	size_t path = tag ? (size_t)(tag - s) : len;
	if (tag) {
		size_t n = len - path - 1;
		if (!n || n > TAG_MAX || strspn(tag + 1, UPPER LOWER DIGITS "_.-") < n || strchr(".-", tag[1]))
			return false;
	}
	for (size_t at = 0; at <= path;) {
		const char *slash = memchr(s + at, '/', path - at);
		size_t n = slash ? (size_t)(slash - s) - at : path - at;
		if (!component(s + at, n))
			return false;
		at += n + 1;
	}
	return true;
}

/* KEY=VALUE lines; no name twice. */
static bool is_variables(const char *s)
{
	const char *names[VARIABLES_MAX];
	size_t lengths[VARIABLES_MAX];
	int count = 0;
	for (s += strspn(s, "\r\n"); *s; s += strspn(s, "\r\n")) {
		size_t len = strcspn(s, "\r\n"), name = strspn(s, UPPER LOWER DIGITS "_");
		if (!name || name > NAME_MAX_BYTES || s[name] != '=' || strchr(DIGITS, *s) || count == VARIABLES_MAX)
			return false;
		for (int i = 0; i < count; i++)
			if (lengths[i] == name && !memcmp(names[i], s, name))
				return false;
		names[count] = s;
		lengths[count++] = name;
		s += len;
	}
	return true;
}

/* The database refuses those that count leap seconds. */
static bool is_zone(const char *s)
{
	return zone_known(s) && !str_starts(s, "right/");
}

/* An image's path with {course}, {student} and {project} in it, which must tell one project's from another's. */
static bool is_template(const char *s)
{
	static const char *const places[] = { "{course}", "{student}", "{project}" };
	if (!strstr(s, "{project}"))
		return false;
	while (*s) {
		size_t taken = strspn(s, LOWER DIGITS "._/-");
		for (size_t i = 0; i < sizeof places / sizeof *places && !taken; i++)
			if (str_starts(s, places[i]))
				taken = strlen(places[i]);
		if (!taken)
			return false;
		s += taken;
	}
	return true;
}

/* --- rows -------------------------------------------------------------------------------------------------------------- */

static const struct {
	bool (*fits)(const char *value);    /* NULL: none, or one of its own in keeps() */
	const char *name, *sentence;	    /* of what is wrong; the second for the command line */
	enum { NO_TEXT, LINE, LINES } text; /* a text's length is bounded, by lines or in one */
} kinds[SETTING_KIND__MAX] = {
	[SETTING_KIND_NUMBER] = { NULL, "setting.rule.number", "must be a number from {min} to {max}", NO_TEXT },
	[SETTING_KIND_CPU] = { NULL, "setting.rule.cpu", "must be a share of cores such as 500m or 2, from {min} to {max}",
			       NO_TEXT },
	[SETTING_KIND_BYTES] = { NULL, "setting.rule.bytes", "must be a size such as 512Mi or 2Gi, from {min} to {max}",
				 NO_TEXT },
	[SETTING_KIND_CHOICE] = { NULL, "setting.rule.choice", "must be one of {choices}", NO_TEXT },
	[SETTING_KIND_REGISTRY] = { NULL, "setting.rule.registry", "must be the id of a registry, or 0", NO_TEXT },
	[SETTING_KIND_LABEL] = { is_label, "setting.rule.label", "must be a name of a-z, 0-9 and inner -, at most 63 characters",
				 LINE },
	[SETTING_KIND_DOMAIN] = { is_domain, "setting.rule.domain", "must be a DNS name in lower case", LINE },
	[SETTING_KIND_IMAGE] = { is_image, "setting.rule.image", "must be an image: [host[:port]/]path[:tag][@sha256:digest]",
				 LINE },
	[SETTING_KIND_HOSTS] = { is_hosts, "setting.rule.hosts", "must be registries host[:port], separated by commas", LINE },
	[SETTING_KIND_SERVICES] = { app_services_valid, "setting.rule.services",
				    "must be lines ADDRESS:PORT, ADDRESS/BITS:PORT or NAMESPACE:PORT", LINES },
	[SETTING_KIND_LINES] = { NULL, NULL, NULL, LINES },
	[SETTING_KIND_VARIABLES] = { is_variables, "setting.rule.variables",
				     "must be at most 256 lines NAME=VALUE, no name twice", LINES },
	[SETTING_KIND_KNOWN_HOSTS] = { known_hosts_valid, "setting.rule.known_hosts",
				       "must be known_hosts lines: host, kind of key, key", LINES },
	[SETTING_KIND_ZONE] = { is_zone, "setting.rule.zone", "must be a time zone's name, such as Asia/Shanghai", LINE },
	[SETTING_KIND_TEMPLATE] = { is_template, "setting.rule.template",
				    "must be an image's path in lower case with {project} in it, and {course} or {student} where "
				    "wanted",
				    LINE },
};

/* Whether the kind's own rule holds; length, encoding and control characters have been looked at. */
static bool keeps(const struct setting_info *row, const char *value)
{
	int64_t number;
	switch (row->kind) {
	case SETTING_KIND_NUMBER:
	case SETTING_KIND_REGISTRY:
		return str_to_int(value, row->min, row->max, &number);
	case SETTING_KIND_CPU:
		return setting_cpu_parse(value, &number) && number >= row->min && number <= row->max;
	case SETTING_KIND_BYTES:
		return setting_bytes_parse(value, &number) && number >= row->min && number <= row->max;
	case SETTING_KIND_CHOICE:
		return str_one_of(row->choices, value);
	case SETTING_KIND_LABEL:
	case SETTING_KIND_DOMAIN:
	case SETTING_KIND_IMAGE:
	case SETTING_KIND_HOSTS:
	case SETTING_KIND_SERVICES:
	case SETTING_KIND_LINES:
	case SETTING_KIND_VARIABLES:
	case SETTING_KIND_KNOWN_HOSTS:
	case SETTING_KIND_ZONE:
	case SETTING_KIND_TEMPLATE:
	case SETTING_KIND__MAX:
		break;
	}
	return (!*value && !row->min) || !kinds[row->kind].fits || kinds[row->kind].fits(value);
}

const char *setting_fault(const struct setting_info *row, const char *value)
{
	size_t len = strlen(value);
	if (kinds[row->kind].text && (len > (size_t)row->max || len < (size_t)row->min))
		return "setting.rule.length";
	if (!str_is_utf8(value, len))
		return "setting.rule.text";
	for (const char *p = value; *p; p++)
		if (((unsigned char)*p < 32 && !(kinds[row->kind].text == LINES && strchr("\n\r\t", *p))) || *p == 0x7f)
			return "setting.rule.text";
	return keeps(row, value) ? NULL : kinds[row->kind].name;
}

const char *setting_rule(struct arena *a, const struct setting_info *row, const char *sentence)
{
	sentence = str_fill(a, sentence, "{min}", setting_bound(a, row, row->min));
	sentence = str_fill(a, sentence, "{max}", setting_bound(a, row, row->max));
	return str_fill(a, sentence, "{choices}", row->choices);
}

const char *setting_fault_sentence(struct arena *a, const struct setting_info *row, const char *value)
{
	const char *fault = setting_fault(row, value), *sentence = kinds[row->kind].sentence;
	if (!fault)
		return NULL;
	if (!strcmp(fault, "setting.rule.length"))
		sentence = "must be text of {min} to {max} bytes";
	else if (!strcmp(fault, "setting.rule.text"))
		sentence = "must be UTF-8 without control characters";
	return arena_printf(a, "%s %s", row->name, setting_rule(a, row, sentence));
}
