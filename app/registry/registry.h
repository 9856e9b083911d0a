/* Image registries (OCI distribution, "/v2/"): whether one is there, and whether it takes the portal's accounts. */
#ifndef REGISTRY_REGISTRY_H
#define REGISTRY_REGISTRY_H

#include <stdbool.h>

#include "fetch/probe.h"

struct arena;

struct registry_server {
	const char *address; /* host[:port] */
	bool plain_http;
	const char *ca_pem; /* NULL: the system's authorities */
};

/* Password NULL or username NULL: without an account. */
struct registry_account {
	const char *username, *password;
};

/*
 * Steps: connect, tls, registry_api, push_account, pull_account; those behind a failure that makes them pointless are left out.
 * Changes nothing in the registry. Blocks for at most PROBE_TOTAL_MS. Passwords go to the registry and, where it names a token
 * server, to that one, over TLS unless the registry itself is without. Any thread.
 */
void registry_probe(struct arena *a, const struct registry_server *server, const struct registry_account *push,
		    const struct registry_account *pull, struct probe *out);

/* What a registry says of one image. */
enum registry_image { REGISTRY_IMAGE_THERE, REGISTRY_IMAGE_MISSING, REGISTRY_IMAGE_DENIED, REGISTRY_IMAGE_UNKNOWN };
/*
 * Asks for the manifest of `repository` ("course/app") under a tag or digest with the account that pulls. UNKNOWN: it does not
 * answer, or not as a registry. Blocks as registry_probe. Any thread.
 */
enum registry_image registry_image(struct arena *a, const struct registry_server *server, const struct registry_account *pull,
				   const char *repository, const char *reference);

/*
 * Reads the user that an image starts as from its configuration: *user is "" when it names none, and set only when THERE is
 * returned. `digest` ("sha256:...") may be that of an index: its image for linux/amd64 counts. What does not have its digest is
 * not believed: UNKNOWN. Blocks as registry_probe. Any thread.
 */
enum registry_image registry_image_user(struct arena *a, const struct registry_server *server,
					const struct registry_account *pull, const char *repository, const char *digest,
					const char **user);

/* How a registry asks one to sign in, from its WWW-Authenticate header. Texts are the arena's, "" when missing. */
struct registry_challenge {
	bool basic, bearer;
	const char *realm, *service; /* of Bearer: the token server's address */
};
/* Pure; the header is anybody's. */
struct registry_challenge registry_challenge_parse(struct arena *a, const char *header);

#endif
