/* Addresses of repositories: what is allowed to reach git's command line, taken apart. */
#include <ctype.h>
#include <string.h>

#include "base/arena.h"
#include "base/phrases.h"
#include "base/str.h"
#include "gitea/gitea.h"

#define ALNUM "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

enum { URL_MAX = 500, COMPONENT_MAX = 100 };

/* True when `scheme` is one of the words of a list by commas. */
static bool listed(const char *schemes, const char *scheme)
{
	size_t len = strlen(scheme);
	for (const char *at = schemes; *at;) {
		size_t word = strcspn(at, ",");
		if (word == len && !strncmp(at, scheme, len))
			return true;
		at += word + (at[word] == ',');
	}
	return false;
}

static bool host_valid(const char *host)
{
	size_t len = strlen(host);
	if (*host == '[')
		return len > 2 && host[len - 1] == ']' && strspn(host + 1, "0123456789abcdefABCDEF:.") == len - 2;
	return len <= 253 && str_only(host, ALNUM ".-") && *host != '-' && *host != '.' && !strstr(host, "..");
}

static bool user_valid(const char *user)
{
	return strlen(user) <= 32 && str_only(user, ALNUM "_-") && *user != '-';
}

/* "host", "host:22", "[::1]:22"; cuts the port off. */
static bool take_port(char *host)
{
	char *colon = *host == '[' ? strstr(host, "]:") : strchr(host, ':');
	if (!colon)
		return true;
	colon += *colon == ']';
	int64_t port;
	*colon = 0;
	return str_to_int(colon + 1, 1, 65535, &port);
}

static bool component_valid(const char *c)
{
	return strlen(c) <= COMPONENT_MAX && str_only(c, ALNUM "._-") && *c != '-' && *c != '.';
}

/* A folder on this machine may have any name but one that hides something. */
static bool folder_valid(const char *c)
{
	return *c && *c != '-' && strcmp(c, "..") && strcmp(c, ".");
}

/* Takes the last two components of "…/owner/name.git"; those before them are a server's own path, or folders. */
static bool take_path(char *path, bool folders, struct repo_address *out)
{
	size_t len = strlen(path);
	if (str_ends(path, "/"))
		path[--len] = 0;
	if (str_ends(path, ".git"))
		path[len - 4] = 0;
	char *rest = path, *part, *owner = NULL, *name = NULL;
	while ((part = strsep(&rest, "/"))) {
		if (owner && !(folders ? folder_valid(owner) : component_valid(owner)))
			return false;
		owner = name;
		name = part;
	}
	if (!owner || !component_valid(owner) || !component_valid(name))
		return false;
	out->owner = owner;
	out->name = name;
	return true;
}

static bool take_network(char *rest, bool ssh, struct repo_address *out)
{
	char *slash = strchr(rest, '/');
	if (!slash)
		return false;
	*slash = 0;
	char *at = strchr(rest, '@'), *host = at ? at + 1 : rest;
	if (at)
		*at = 0;
	/* A user only where ssh needs one; "user:password@" fails by its colon. */
	if (at && (!ssh || !user_valid(rest)))
		return false;
	if (!take_port(host) || !host_valid(host))
		return false;
	out->host = host;
	return take_path(slash + 1, false, out);
}

/* git's short form "user@host:owner/name". */
static bool take_scp(char *url, struct repo_address *out)
{
	char *at = strchr(url, '@'), *colon = at ? strchr(at, ':') : NULL;
	if (!colon)
		return false;
	*at = *colon = 0;
	out->host = at + 1;
	return user_valid(url) && host_valid(out->host) && *out->host != '[' && take_path(colon + 1, false, out);
}

static bool printable(const char *url)
{
	size_t len = strlen(url);
	if (!len || len > URL_MAX || *url == '-' || !str_is_utf8(url, len))
		return false;
	for (; *url; url++)
		if ((unsigned char)*url < ' ' || *url == 0x7f)
			return false;
	return true;
}

bool repo_address_parse(struct arena *a, const char *url, const char *schemes, struct repo_address *out, const char **why)
{
	static const char *const known[] = { "ssh", "https", "http", "file" };
	*out = (struct repo_address){ .host = "" };
	*why = phrase(a, PHRASE_PROJECT_ADDRESS, schemes);
	if (!printable(url))
		return false;
	char *copy = arena_strdup(a, url), *colon = strstr(copy, "://");
	bool ok;
	if (!colon) {
		out->scheme = "ssh";
		ok = take_scp(copy, out);
	} else {
		*colon = 0;
		for (size_t i = 0; i < sizeof known / sizeof *known; i++)
			if (!strcmp(copy, known[i]))
				out->scheme = known[i];
		bool file = out->scheme && !strcmp(out->scheme, "file");
		ok = out->scheme && (file ? colon[3] == '/' && take_path(colon + 4, true, out)
					  : take_network(colon + 3, !strcmp(out->scheme, "ssh"), out));
	}
	if (!ok || !listed(schemes, out->scheme))
		return false;
	char *path = arena_printf(a, "%s/%s", out->owner, out->name);
	for (char *c = path; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	out->path = path;
	*why = NULL;
	return true;
}
