/* How a registry asks one to sign in: the header WWW-Authenticate (RFC 9110) taken apart. */
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "registry/registry.h"

#define TOKEN "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~"

/* A value behind '=': quoted, or a token. */
static const char *take_value(struct arena *a, const char **at)
{
	const char *p = *at;
	if (*p != '"') {
		size_t n = strspn(p, TOKEN);
		*at = p + n;
		return arena_memdup(a, p, n);
	}
	char *out = arena_alloc(a, strlen(p) + 1), *to = out;
	for (p++; *p && *p != '"'; p++) {
		p += *p == '\\' && p[1];
		*to++ = *p;
	}
	*at = p + (*p == '"');
	return out;
}

static void take_parameter(struct registry_challenge *c, bool bearer, const char *name, size_t len, const char *value)
{
	if (bearer && len == 5 && !strncasecmp(name, "realm", len))
		c->realm = value;
	else if (bearer && len == 7 && !strncasecmp(name, "service", len))
		c->service = value;
}

struct registry_challenge registry_challenge_parse(struct arena *a, const char *header)
{
	struct registry_challenge c = { .realm = "", .service = "" };
	bool bearer = false;
	for (const char *p = header + strspn(header, ", \t"); *p; p += strspn(p, ", \t")) {
		size_t n = strspn(p, TOKEN);
		if (!n)
			break;
		const char *word = p;
		p += n;
		if (*p == '=') {
			p++;
			take_parameter(&c, bearer, word, n, take_value(a, &p));
			continue;
		}
		bearer = n == 6 && !strncasecmp(word, "Bearer", n);
		c.bearer = c.bearer || bearer;
		c.basic = c.basic || (n == 5 && !strncasecmp(word, "Basic", n));
	}
	return c;
}
