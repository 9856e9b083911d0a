/* What every handler of a portal-web process shares: set before its threads start, only read afterwards. */
#ifndef HTTP_APP_H
#define HTTP_APP_H

#include <stddef.h>

#include "base/err.h"

struct child_state;
struct cluster_links;
struct config;
struct db_pool;
struct gate;
struct gitea;
struct keyring;
struct kube;
struct objects;
struct request;
struct response;
struct route;
struct stream_route;

/*
 * What the room http needs from rooms above it. Each may be NULL (unit tests); then nobody is signed in, and errors are plain.
 */
struct app_hooks {
	/* Checks the route's guards and fills req->actor. 0: go on; else the status, already answered. */
	int (*guard)(struct request *req, struct response *res, const struct route *route);
	/* Runs the handler of a route that is IDEMPOTENT, at most once a key. Returns the status. */
	int (*idempotent)(struct request *req, struct response *res, const struct route *route);
	/* Answers a page's repeated request whose first answer showed a secret once. `path`: of what was made; NULL: unknown. */
	int (*shown_before)(struct response *res, const char *path);
	/* Fills a finished page for an error. `title` and `detail` are sentences in the request's language. */
	void (*error_page)(struct response *res, int status, const char *title, const char *detail);
	/* A string of the catalogue in "en" or "zh"; NULL when there is none of that name. */
	const char *(*string)(const char *language, const char *name);
};

struct app {
	const struct config *config;
	struct db_pool *pool;
	struct keyring *keyring;
	struct gate *password_gate; /* before password hashes, so that logins cannot eat the machine */
	struct gate *away_gate;	    /* before handlers that wait for another system: routes with AWAY */
	struct kube *kube;	    /* the portal's own cluster; NULL: none is configured; why not is in kube_why */
	const char *kube_why;
	struct cluster_links *clusters; /* all clusters, by the id of their row (model/cluster_links.h) */
	struct objects *objects;	/* the log archive; NULL: it cannot be opened */
	struct gitea *gitea;		/* NULL: no API */
	const struct route *routes;
	size_t route_count;
	const struct stream_route *streams;
	size_t stream_count;
	const char *api_description;	    /* OpenAPI, JSON text */
	const struct child_state *handlers; /* of all handler processes; NULL: not known */
	struct app_hooks hooks;
};

#endif
