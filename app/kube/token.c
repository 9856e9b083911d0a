/* A bearer token that may come from a file which changes: read again by its time, each minute, and after a refusal. */
#include "kube/token.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "kube/config.h"

enum { TOKEN_MAX = 64 * 1024, REREAD_MS = 60000 };

/* The text without white space around it; NULL when it is empty or could break out of a header line. */
static char *clean(const char *s, size_t len)
{
	while (len && strchr(" \t\r\n", *s))
		s++, len--;
	while (len && strchr(" \t\r\n", s[len - 1]))
		len--;
	for (size_t i = 0; i < len; i++)
		if (s[i] <= ' ' || s[i] > '~')
			return NULL;
	return len ? strndup(s, len) : NULL;
}

/* Reads the file; the last good token stays when that fails. */
static void reread(struct token *t)
{
	struct stat st = { 0 };
	size_t len = 0;
	struct arena *a = arena_new(2 * TOKEN_MAX);
	/* Its time first: a change while it is read is then seen the next time. */
	bool known = !stat(t->path, &st);
	char *bytes = a ? config_file(a, t->path, TOKEN_MAX, &len) : NULL;
	char *value = bytes ? clean(bytes, len) : NULL;
	t->read_at = clock_ms();
	if (known)
		t->changed = st.st_mtim;
	if (value) {
		free(t->value);
		t->value = value;
	} else {
		log_event(LOG_WARN, "kube_token_unreadable", LOG_STR("path", t->path));
	}
	arena_free(a);
}

bool token_init(struct token *t, const char *value, const char *path)
{
	*t = (struct token){ 0 };
	pthread_mutex_init(&t->lock, NULL);
	if (path) {
		t->path = strdup(path);
		if (t->path)
			reread(t);
	} else if (value) {
		t->value = clean(value, strlen(value));
	}
	return t->value || (!path && !value);
}

void token_free(struct token *t)
{
	free(t->path);
	free(t->value);
	pthread_mutex_destroy(&t->lock);
}

static bool is_stale(const struct token *t)
{
	struct stat st;
	if (clock_ms() - t->read_at >= REREAD_MS)
		return true;
	return !stat(t->path, &st) && (st.st_mtim.tv_sec != t->changed.tv_sec || st.st_mtim.tv_nsec != t->changed.tv_nsec);
}

const char *token_header(struct token *t, struct arena *a)
{
	pthread_mutex_lock(&t->lock);
	if (t->path && is_stale(t))
		reread(t);
	const char *header = t->value ? arena_printf(a, "Authorization: Bearer %s", t->value) : NULL;
	pthread_mutex_unlock(&t->lock);
	return header;
}

bool token_renew(struct token *t)
{
	if (!t->path)
		return false;
	pthread_mutex_lock(&t->lock);
	char *before = t->value ? strdup(t->value) : NULL;
	reread(t);
	bool changed = t->value && (!before || strcmp(before, t->value));
	pthread_mutex_unlock(&t->lock);
	free(before);
	return changed;
}
