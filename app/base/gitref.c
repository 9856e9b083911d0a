/* Rules on names that end up beside git: branches, commits, paths inside a repository. */
#include "base/gitref.h"

#include <string.h>

#include "base/str.h"

/* U+0080..U+009F, U+00A0, U+00AD, U+200B..U+200F, U+2028..U+202F, U+2060..U+206F, U+3000, U+FEFF, U+FFF0..U+FFFF,
 * U+E0000..U+E0FFF: what nobody sees. s is valid UTF-8. */
static bool invisible(const unsigned char *s)
{
	if (s[0] == 0xc2)
		return s[1] <= 0xa0 || s[1] == 0xad;
	if (s[0] == 0xe2 && s[1] == 0x80)
		return (s[2] >= 0x8b && s[2] <= 0x8f) || (s[2] >= 0xa8 && s[2] <= 0xaf);
	if (s[0] == 0xe2 && s[1] == 0x81)
		return s[2] >= 0xa0 && s[2] <= 0xaf;
	if (s[0] == 0xe3 && s[1] == 0x80)
		return s[2] == 0x80;
	if (s[0] == 0xef && s[1] == 0xbb)
		return s[2] == 0xbf;
	if (s[0] == 0xef && s[1] == 0xbf)
		return s[2] >= 0xb0;
	return s[0] == 0xf3 && s[1] == 0xa0;
}

/* Valid UTF-8 of bounded length in which every character can be seen. */
static bool readable(const char *s)
{
	size_t len = strnlen(s, 4 * GIT_NAME_MAX + 1), characters = 0;
	if (!len || len > 4 * GIT_NAME_MAX || !str_is_utf8(s, len))
		return false;
	for (size_t i = 0; i < len; i++)
		characters += ((unsigned char)s[i] & 0xc0) != 0x80;
	if (characters > GIT_NAME_MAX)
		return false;
	for (const unsigned char *p = (const unsigned char *)s; *p; p++)
		if (*p < 0x20 || *p == 0x7f || invisible(p))
			return false;
	return true;
}

bool git_branch_valid(const char *name)
{
	if (!readable(name) || *name == '-' || !strcmp(name, "@"))
		return false;
	if (strpbrk(name, " ~^:?*[\\") || strstr(name, "..") || strstr(name, "@{"))
		return false;
	for (const char *part = name;;) {
		size_t len = strcspn(part, "/");
		if (!len || *part == '.' || part[len - 1] == '.')
			return false;
		if (len >= 5 && !memcmp(part + len - 5, ".lock", 5))
			return false;
		if (!part[len])
			return true;
		part += len + 1;
	}
}

bool git_sha_valid(const char *sha)
{
	size_t len = strnlen(sha, 65);
	return (len == 40 || len == 64) && str_only(sha, "0123456789abcdef") && strspn(sha, "0") < len;
}

static bool path_character(unsigned char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c >= 0x80 || strchr("._/- ", c);
}

bool git_path_valid(const char *path)
{
	if (!readable(path))
		return false;
	for (const char *p = path; *p; p++)
		if (!path_character((unsigned char)*p))
			return false;
	for (const char *part = path;;) {
		size_t len = strcspn(part, "/");
		if (!len || *part == '-' || *part == ' ' || part[len - 1] == ' ')
			return false;
		if (len == 2 && part[0] == '.' && part[1] == '.')
			return false;
		if (!part[len])
			return true;
		part += len + 1;
	}
}

/* Words of a line that ends at '\n' or with the text. */
static int words(const char *line)
{
	int n = 0;
	for (const char *p = line + strspn(line, " \t\r"); *p && *p != '\n'; p += strspn(p, " \t\r")) {
		p += strcspn(p, " \t\r\n");
		n++;
	}
	return n;
}

bool known_hosts_valid(const char *text)
{
	int keys = 0;
	for (const char *line = text; *line;) {
		int n = words(line);
		bool says = n && line[strspn(line, " \t\r")] != '#';
		if (says && n < 3)
			return false;
		keys += says;
		line += strcspn(line, "\n");
		line += *line == '\n';
	}
	return keys > 0;
}
