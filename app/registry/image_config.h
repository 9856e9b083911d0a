/* What a registry's documents say of an image: which manifest is the cluster's, which configuration it has, and the user in it.
 */
#ifndef REGISTRY_IMAGE_CONFIG_H
#define REGISTRY_IMAGE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* Bytes of a configuration, at most; and of a user and its group. */
enum { IMAGE_CONFIG_MAX = 1 << 20, IMAGE_USER_MAX = 128 };

/*
 * The digest ("sha256:...") that a manifest leads on to: of an index (OCI) or manifest list (Docker), *index true, that of its
 * image for linux/amd64; of an image's manifest that of its configuration. NULL: it is neither, or has none. Pure; the bytes are
 * anybody's.
 */
const char *image_manifest_next(struct arena *a, const char *text, size_t len, bool *index);

/*
 * The user that a configuration starts the image as: "" when it names none, else at most IMAGE_USER_MAX printable characters.
 * NULL: it is no configuration. Pure; the bytes are anybody's.
 */
const char *image_config_user(struct arena *a, const char *text, size_t len);

/* Whether the bytes are those of the digest ("sha256:..."). */
bool image_is_digest(const char *digest, const char *text, size_t len);

#endif
