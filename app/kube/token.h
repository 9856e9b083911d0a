/* Inside the room kube: a bearer token that may come from a file which changes. */
#ifndef KUBE_TOKEN_H
#define KUBE_TOKEN_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct arena;

/* Any thread. The texts are malloc's. */
struct token {
	pthread_mutex_t lock;
	char *path;		 /* NULL: the token does not change */
	char *value;		 /* the last good one; NULL: none */
	struct timespec changed; /* the file's time when it was read */
	int64_t read_at;	 /* monotonic ms */
};

/* Takes copies. False: a token or the file's first reading is no token. A path wins over a value; both may be NULL. */
bool token_init(struct token *t, const char *value, const char *path);
void token_free(struct token *t);

/*
 * "Authorization: Bearer ..." in the arena, NULL without a token. Reads the file again when its time has changed and every
 * minute; keeps the last good token when it cannot be read.
 */
const char *token_header(struct token *t, struct arena *a);

/* After a 401: reads the file now. True when that gave another token than before. */
bool token_renew(struct token *t);

#endif
