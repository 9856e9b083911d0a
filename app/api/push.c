/* What a webhook of Gitea says, and whether it is Gitea's. */
#include "api/push.h"

#include <string.h>

#include "base/arena.h"
#include "base/gitref.h"
#include "base/json.h"
#include "base/secret.h"
#include "base/str.h"

bool push_signed(const char *header, const char *secret, const void *body, size_t len)
{
	unsigned char claimed[SHA256_SIZE], computed[SHA256_SIZE];
	if (!secret || !*secret || !str_unhex(header, claimed, sizeof claimed))
		return false;
	secret_hmac_sha256(secret, strlen(secret), body, len, computed);
	return secret_equal(claimed, computed, sizeof computed);
}

bool push_repository(struct arena *a, json_object *body, const char **path, int64_t *id)
{
	const char *name = json_text(body, "repository.full_name", NULL);
	if (!name || !*name || strlen(name) > 300)
		return false;
	char *lower = arena_strdup(a, name);
	for (char *p = lower; *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	*path = lower;
	*id = json_int(body, "repository.id", 0);
	if (*id < 0)
		*id = 0;
	return true;
}

/* head_commit may be null, and `commits` holds the first few only. */
static json_object *head_commit(json_object *body, const char *sha)
{
	json_object *head = json_at(body, "head_commit");
	if (head && !strcmp(json_text(head, "id", ""), sha))
		return head;
	json_object *commits = json_at(body, "commits");
	for (size_t i = 0; i < json_len(body, "commits"); i++) {
		json_object *commit = json_object_array_get_idx(commits, i);
		if (!strcmp(json_text(commit, "id", ""), sha))
			return commit;
	}
	return NULL;
}

static bool all_zeros(const char *sha)
{
	size_t len = strlen(sha);
	return (len == 40 || len == 64) && strspn(sha, "0") == len;
}

enum push_kind push_read(json_object *body, struct push *out)
{
	*out = (struct push){ .ref = json_text(body, "ref", NULL),
			      .before = json_text(body, "before", NULL),
			      .after = json_text(body, "after", NULL),
			      .pusher = json_text(body, "pusher.login", NULL) };
	if (!out->ref || !out->after)
		return PUSH_INCOMPLETE;
	if (all_zeros(out->after))
		return PUSH_DELETION;
	if (str_starts(out->ref, "refs/tags/"))
		return PUSH_TAG;
	if (!str_starts(out->ref, "refs/heads/") || !git_sha_valid(out->after))
		return PUSH_BAD_REF;
	out->branch = out->ref + strlen("refs/heads/");
	if (!git_branch_valid(out->branch))
		return PUSH_BAD_REF;
	json_object *commit = head_commit(body, out->after);
	out->message = json_text(commit, "message", NULL);
	out->author = json_text(commit, "author.name", NULL);
	return PUSH_BRANCH;
}
