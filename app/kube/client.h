/* Inside the room kube: one cluster and one identity. */
#ifndef KUBE_CLIENT_H
#define KUBE_CLIENT_H

#include "fetch/fetch.h"
#include "kube/config.h"
#include "kube/health.h"
#include "kube/kube.h"
#include "kube/token.h"

struct kube {
	struct arena *texts; /* what config and peer point to */
	struct kube_config config;
	struct fetch_peer peer;
	struct token token;
	struct health health;
	const char *mode;
	int patience_ms;
};

/* Opens a GET on a loop with the identity's headers; NULL when memory is out. */
struct fetch_stream *client_stream(struct fetch_loop *loop, struct kube *k, const char *path, int idle_ms, int total_ms,
				   const struct fetch_handler *h, void *context);

/* GET of an object's metadata alone, or of a list's objects' alone; ERR_UNAVAILABLE also without an object in the answer. */
enum err client_metadata(struct kube *k, struct arena *a, const char *path, bool list, struct kube_answer *answer) MUST_CHECK;

#endif
