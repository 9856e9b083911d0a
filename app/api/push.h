/* What a webhook of Gitea says, and whether it is Gitea's: reading and checking without a database. */
#ifndef API_PUSH_H
#define API_PUSH_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

/* True when the header is exactly 64 hex digits: the HMAC-SHA256 of the raw body under that secret. An empty secret fits nothing.
 */
bool push_signed(const char *header, const char *secret, const void *body, size_t len);

/* The repository that a body names; false: it names none. path is "owner/name" in lower case, the arena's. */
bool push_repository(struct arena *a, json_object *body, const char **path, int64_t *id);

/* What a push is to the portal. */
enum push_kind {
	PUSH_BRANCH,	/* a branch has a new head */
	PUSH_TAG,	/* a tag */
	PUSH_DELETION,	/* a branch or tag is gone: `after` is all zeros */
	PUSH_BAD_REF,	/* the ref or the commit is none that git would make */
	PUSH_INCOMPLETE /* ref or after is missing */
};

/* Only what is named here is read; addresses in the body are anybody's. Texts are the body's own or NULL. */
struct push {
	const char *ref, *branch, *before, *after;
	const char *message, *author; /* of the commit `after` */
	const char *pusher;
};
enum push_kind push_read(json_object *body, struct push *out);

#endif
