/* The Gitea servers as this worker last read them. */
#include "worker/gitea_cache.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/clock.h"
#include "model/gitea_servers.h"

enum { STALE_MS = 5000 };

/* One reading; it lives until the last task that uses it returns it. */
struct gitea_lent {
	struct gitea_set *set; /* NULL: none was read yet */
	struct gitea *otherwise;
	int users; /* the cache itself is one */
};

struct gitea_cache {
	pthread_mutex_t lock;
	struct gitea *otherwise;
	struct gitea_lent *now;
	int64_t read_ms; /* when it was last read, or a task began to read it */
};

static struct gitea_lent *make(struct gitea *otherwise, struct gitea_set *set)
{
	struct gitea_lent *l = calloc(1, sizeof *l);
	if (l)
		*l = (struct gitea_lent){ set, otherwise, 1 };
	return l;
}

struct gitea_cache *gitea_cache_new(struct gitea *otherwise)
{
	struct gitea_cache *c = calloc(1, sizeof *c);
	if (!c || !(c->now = make(otherwise, NULL))) {
		free(c);
		return NULL;
	}
	c->otherwise = otherwise;
	c->read_ms = -STALE_MS;
	pthread_mutex_init(&c->lock, NULL);
	return c;
}

/* One user less; under the lock. */
static void leave(struct gitea_lent *l)
{
	if (--l->users)
		return;
	gitea_set_free(l->set);
	free(l);
}

void gitea_cache_free(struct gitea_cache *c)
{
	if (!c)
		return;
	leave(c->now);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

/* Whether it is this task's turn to read. */
static bool is_due(struct gitea_cache *c)
{
	pthread_mutex_lock(&c->lock);
	int64_t now = clock_ms();
	bool due = now - c->read_ms >= STALE_MS;
	if (due)
		c->read_ms = now;
	pthread_mutex_unlock(&c->lock);
	return due;
}

static void read_again(struct gitea_cache *c, struct db *db, struct arena *a, struct keyring *k)
{
	struct gitea_server *rows;
	int count;
	if (model_gitea_servers_list(db, a, &rows, &count))
		return;
	struct gitea_set *set = gitea_set_open(k, a, rows, count);
	struct gitea_lent *fresh = set ? make(c->otherwise, set) : NULL;
	if (!fresh) {
		gitea_set_free(set);
		return;
	}
	pthread_mutex_lock(&c->lock);
	leave(c->now);
	c->now = fresh;
	pthread_mutex_unlock(&c->lock);
}

struct gitea_lent *gitea_cache_lend(struct gitea_cache *c, struct db *db, struct arena *a, struct keyring *k)
{
	if (is_due(c))
		read_again(c, db, a, k);
	pthread_mutex_lock(&c->lock);
	struct gitea_lent *l = c->now;
	l->users++;
	pthread_mutex_unlock(&c->lock);
	return l;
}

void gitea_cache_return(struct gitea_cache *c, struct gitea_lent *lent)
{
	pthread_mutex_lock(&c->lock);
	leave(lent);
	pthread_mutex_unlock(&c->lock);
}

struct gitea *gitea_lent_of(const struct gitea_lent *lent, const struct repo_address *at)
{
	return gitea_set_of(lent->set, lent->otherwise, at);
}

bool gitea_cache_any(struct gitea_cache *c)
{
	pthread_mutex_lock(&c->lock);
	bool any = c->otherwise || gitea_set_count(c->now->set);
	pthread_mutex_unlock(&c->lock);
	return any;
}
