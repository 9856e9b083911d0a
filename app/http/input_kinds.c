/* The kinds of declared input: each takes text and gives a value, or says no. */
#include <string.h>

#include "base/gitref.h"
#include "base/str.h"
#include "http/input.h"

enum { FILE_MAX = 2 << 20, SLUG_MAX = 63, TEXT_MAX = 200, LINES_MAX = 16384, PASSWORD_MAX = 512, URL_MAX = 2000 };
enum { NAME_MAX = 64, IDS_MAX = 1000 };

#define DIGITS "0123456789"
#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

static int64_t characters(const char *s)
{
	int64_t n = 0;
	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

static bool within(const struct input_field *f, int64_t n)
{
	struct input_rule rule = input_rule(f);
	return n >= rule.min && n <= rule.max;
}

static bool take_text(const struct input_field *f, const char *s, struct input_value *out)
{
	(void)out;
	if (str_has_control(s, "") || !str_is_utf8(s, strlen(s)) || !within(f, characters(s)))
		return false;
	return !input_rule(f).min || !str_is_blank(s);
}

static bool take_lines(const struct input_field *f, const char *s, struct input_value *out)
{
	(void)out;
	size_t len = strlen(s);
	return !str_has_control(s, "\t\r\n") && str_is_utf8(s, len) && within(f, (int64_t)len);
}

static bool take_int(const struct input_field *f, const char *s, struct input_value *out)
{
	struct input_rule rule = input_rule(f);
	return str_to_int(s, rule.min, rule.max, &out->number);
}

static bool take_id(const struct input_field *f, const char *s, struct input_value *out)
{
	(void)f;
	return str_to_int(s, 1, INT64_MAX, &out->number);
}

static bool take_port(const struct input_field *f, const char *s, struct input_value *out)
{
	(void)f;
	return str_to_int(s, 1, 65535, &out->number);
}

static bool take_bool(const struct input_field *f, const char *s, struct input_value *out)
{
	(void)f;
	out->flag = !strcmp(s, "1") || !strcmp(s, "on") || !strcmp(s, "true");
	return out->flag || !strcmp(s, "0") || !strcmp(s, "false");
}

static bool take_enum(const struct input_field *f, const char *s, struct input_value *out)
{
	size_t len = strlen(s);
	out->number = 0;
	for (const char *word = f->choices; word; out->number++) {
		size_t n = strcspn(word, "|");
		if (n == len && !memcmp(word, s, n))
			return true;
		word = word[n] ? word + n + 1 : NULL;
	}
	return false;
}

static bool take_slug(const struct input_field *f, const char *s, struct input_value *out)
{
	(void)out;
	return str_only(s, LOWER DIGITS "-") && *s != '-' && within(f, (int64_t)strlen(s));
}

static bool take_login(const struct input_field *f, const char *s, struct input_value *out)
{
	(void)f, (void)out;
	return strlen(s) <= SLUG_MAX && str_only(s, LOWER DIGITS "._-") && !strchr("._-", *s);
}

static bool take_password(const struct input_field *f, const char *s, struct input_value *out)
{
	(void)out;
	return str_is_utf8(s, strlen(s)) && within(f, characters(s));
}

static bool take_path(const struct input_field *f, const char *s, struct input_value *out)
{
	(void)f, (void)out;
	return git_path_valid(s);
}

static bool take_branch(const struct input_field *f, const char *s, struct input_value *out)
{
	(void)f, (void)out;
	return git_branch_valid(s);
}

static bool take_sha(const struct input_field *f, const char *s, struct input_value *out)
{
	(void)f, (void)out;
	return git_sha_valid(s);
}

static bool take_url(const struct input_field *f, const char *s, struct input_value *out)
{
	(void)f, (void)out;
	if (strlen(s) > URL_MAX || !str_is_utf8(s, strlen(s)) || str_has_control(s, "") || strpbrk(s, " \\\"<>`"))
		return false;
	const char *host = str_starts(s, "http://") ? s + 7 : str_starts(s, "https://") ? s + 8 : "";
	size_t len = strcspn(host, "/?#");
	return len && !memchr(host, '@', len) && !strchr(":", *host);
}

static bool take_date(const struct input_field *f, const char *s, struct input_value *out)
{
	(void)f, (void)out;
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	if (strlen(s) != 10 || strspn(s, DIGITS) != 4 || s[4] != '-' || strspn(s + 5, DIGITS) != 2 || s[7] != '-' ||
	    strspn(s + 8, DIGITS) != 2)
		return false;
	int year = (s[0] - '0') * 1000 + (s[1] - '0') * 100 + (s[2] - '0') * 10 + s[3] - '0';
	int month = (s[5] - '0') * 10 + s[6] - '0', day = (s[8] - '0') * 10 + s[9] - '0';
	if (year < 1970 || year > 2199 || month < 1 || month > 12)
		return false;
	bool leap = month == 2 && year % 4 == 0 && (year % 100 || year % 400 == 0);
	return day >= 1 && day <= days[month - 1] + leap;
}

static bool take_name(const struct input_field *f, const char *s, struct input_value *out)
{
	(void)f, (void)out;
	return strlen(s) <= NAME_MAX && str_only(s, UPPER LOWER DIGITS "_") && !strchr(DIGITS, *s);
}

static bool take_json(const struct input_field *f, const char *s, struct input_value *out)
{
	(void)f, (void)s, (void)out;
	return false; /* never from text */
}

/* One of many: what is taken as a list is in take_ids. */
static bool take_ids_text(const struct input_field *f, const char *s, struct input_value *out)
{
	return take_id(f, s, out);
}

static bool take_file(const struct input_field *f, const char *s, struct input_value *out)
{
	out->len = strlen(s);
	return within(f, (int64_t)out->len);
}

/* In the order of enum input_kind. */
static const struct kind_row {
	const char *name;
	bool (*take)(const struct input_field *f, const char *s, struct input_value *out);
	const char *error; /* the catalogue's sentence */
	int64_t min, max;  /* where the field says nothing */
	bool ranged;	   /* the field may say something */
} kinds[INPUT_KIND__MAX] = {
	[IN_TEXT] = { "text", take_text, "error.text", 0, TEXT_MAX, true },
	[IN_LINES] = { "lines", take_lines, "error.lines", 0, LINES_MAX, true },
	[IN_INT] = { "int", take_int, "error.int", 0, INT64_MAX, true },
	[IN_ID] = { "id", take_id, "error.id", 1, INT64_MAX, false },
	[IN_PORT] = { "port", take_port, "error.int", 1, 65535, false },
	[IN_BOOL] = { "bool", take_bool, "error.bool", 0, 0, false },
	[IN_ENUM] = { "enum", take_enum, "error.enum", 0, 0, false },
	[IN_SLUG] = { "slug", take_slug, "error.slug", 1, SLUG_MAX, true },
	[IN_LOGIN] = { "login", take_login, "error.login", 1, SLUG_MAX, false },
	[IN_PASSWORD] = { "password", take_password, "error.password", 1, PASSWORD_MAX, false },
	[IN_PATH] = { "path", take_path, "error.path", 1, GIT_NAME_MAX, false },
	[IN_BRANCH] = { "branch", take_branch, "error.branch", 1, GIT_NAME_MAX, false },
	[IN_SHA] = { "sha", take_sha, "error.sha", 40, 64, false },
	[IN_URL] = { "url", take_url, "error.url", 1, URL_MAX, false },
	[IN_DATE] = { "date", take_date, "error.date", 10, 10, false },
	[IN_NAME] = { "name", take_name, "error.name", 1, NAME_MAX, false },
	[IN_JSON] = { "json", take_json, "error.type", 0, 0, false },
	[IN_IDS] = { "ids", take_ids_text, "error.ids", 1, IDS_MAX, true },
	[IN_FILE] = { "file", take_file, "error.file", 0, FILE_MAX, true },
};

bool input_valid(const struct input_field *field, const char *text, struct input_value *out)
{
	*out = (struct input_value){ .text = text };
	return kinds[field->kind].take(field, text, out);
}

struct input_rule input_rule(const struct input_field *field)
{
	const struct kind_row *k = &kinds[field->kind];
	bool given = k->ranged && (field->min || field->max);
	bool text = field->kind == IN_TEXT || field->kind == IN_LINES || field->kind == IN_FILE;
	int64_t min = given && field->min ? field->min : k->min;
	if (text && field->required && min < 1)
		min = 1;
	return (struct input_rule){ k->name, k->error, min, given ? field->max : k->max };
}
