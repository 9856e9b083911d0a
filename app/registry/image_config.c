/* What a registry's documents say of an image. */
#include "registry/image_config.h"

#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/secret.h"
#include "base/str.h"

enum { JSON_DEPTH = 16, CONTAINERS_MAX = 4000, VALUES_MAX = 40000, DIGEST_LEN = 7 + 64 };

static json_object *parse(struct arena *a, const char *text, size_t len)
{
	const char *why;
	return json_is_modest(text, len, CONTAINERS_MAX, VALUES_MAX) ? json_parse(a, text, len, JSON_DEPTH, &why) : NULL;
}

/* The digest of a descriptor; NULL: it is none that may stand in an address. */
static const char *digest_of(json_object *descriptor, const char *path)
{
	const char *digest = json_text(descriptor, path, "");
	if (strlen(digest) != DIGEST_LEN || !str_starts(digest, "sha256:") || strspn(digest + 7, "0123456789abcdef") != 64)
		return NULL;
	return digest;
}

const char *image_manifest_next(struct arena *a, const char *text, size_t len, bool *index)
{
	json_object *o = parse(a, text, len), *manifests = json_at(o, "manifests");
	*index = manifests != NULL;
	if (!manifests)
		return digest_of(o, "config.digest");
	for (size_t i = 0; i < json_len(o, "manifests"); i++) {
		json_object *one = json_object_array_get_idx(manifests, i);
		if (!strcmp(json_text(one, "platform.os", ""), "linux") &&
		    !strcmp(json_text(one, "platform.architecture", ""), "amd64"))
			return digest_of(one, "digest");
	}
	return NULL;
}

const char *image_config_user(struct arena *a, const char *text, size_t len)
{
	json_object *o = parse(a, text, len), *config = NULL, *user = NULL;
	if (!o || !json_object_object_get_ex(o, "rootfs", NULL))
		return NULL;
	if (!json_object_object_get_ex(o, "config", &config) || !config)
		return "";
	if (!json_object_is_type(config, json_type_object))
		return NULL;
	if (!json_object_object_get_ex(config, "User", &user) || !user)
		return "";
	if (!json_object_is_type(user, json_type_string))
		return NULL;
	const char *word = json_object_get_string(user);
	size_t n = strlen(word);
	for (const char *c = word; *c; c++)
		if (*c <= ' ' || *c >= 0x7f)
			return NULL;
	return n <= IMAGE_USER_MAX ? arena_strdup(a, word) : NULL;
}

bool image_is_digest(const char *digest, const char *text, size_t len)
{
	unsigned char is[SHA256_SIZE], wanted[SHA256_SIZE];
	secret_sha256(text, len, is);
	return str_starts(digest, "sha256:") && str_unhex(digest + 7, wanted, sizeof wanted) && !memcmp(is, wanted, sizeof is);
}
