/* A Kubernetes cluster over plain HTTP: identity, requests, watches, logs; what to make of objects is the caller's. */
#ifndef KUBE_KUBE_H
#define KUBE_KUBE_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct arena;
struct fetch_loop;
struct kube; /* one cluster and one identity; any thread may use it */

/*
 * Opens by kubeconfig file (the operator's: files it names may be read; exec, auth-provider and proxy-url are refused), or in
 * the cluster when path is "": KUBERNETES_SERVICE_HOST and _PORT, token, ca.crt and namespace under
 * /var/run/secrets/kubernetes.io/serviceaccount, or under $KUBERNETES_SERVICEACCOUNT_DIR where that is set. Nothing is sent yet.
 * NULL: *why is a sentence in the arena. The token file is read again when it changes and after a 401.
 */
struct kube *kube_open(struct arena *a, const char *path, const char **why);
/* How a cluster is reached and who one is there, as somebody typed it. Texts are the arena's; NULL where there is none. */
struct kube_access {
	const char *server, *ca_pem, *tls_name, *token, *cert_pem, *key_pem;
};
/*
 * Opens by what somebody typed. http:// and addresses of the portal's own machine or link are refused (literal ones: a name is
 * not looked up) unless `local`, which then allows loopback, without TLS too. The texts are copied.
 */
struct kube *kube_open_access(struct arena *a, const struct kube_access *x, bool local, const char **why);
/*
 * Takes it from a kubeconfig's text: of that context (NULL: the current one) server, CA data, token, certificate and key data,
 * tls-server-name. Paths, exec, auth-provider, insecure-skip-tls-verify, proxy-url, as-*, user name and password are refused.
 * False: *why is a sentence in the arena. Pure.
 */
bool kube_access_read(struct arena *a, const char *yaml, const char *context, bool local, struct kube_access *out,
		      const char **why);
/* The contexts that a kubeconfig has, for a person to choose from; current NULL: it names none. */
enum { KUBE_CONTEXTS_MAX = 50 };
struct kube_contexts {
	const char *names[KUBE_CONTEXTS_MAX], *current;
	int count;
};
bool kube_contexts_read(struct arena *a, const char *yaml, struct kube_contexts *out, const char **why);
/* When its watches are stopped and its logs are done. NULL is allowed. */
void kube_free(struct kube *k);
/* "in_cluster" or "kubeconfig"; the server's address; the namespace of the identity ("" unknown). */
const char *kube_mode(const struct kube *k);
const char *kube_server(const struct kube *k);
const char *kube_namespace(const struct kube *k);

/* What the API server answered. */
struct kube_answer {
	int status;	     /* HTTP status; 0: none */
	json_object *object; /* the arena's; NULL when the body is not JSON (proxies, 429) */
	const char *reason;  /* of a Status object: "AlreadyExists", "Conflict", "Expired", ...; "" otherwise */
	const char *message; /* for logs and evidence; the arena's, at most 1,000 bytes, never NULL */
	int retry_after_ms;
};

/*
 * One request, at most 10 s. Codes: ERR_NONE 2xx; ERR_NOT_FOUND 404; ERR_CONFLICT 409 (see reason: AlreadyExists or Conflict);
 * ERR_GONE 410; ERR_INVALID 400 and 422; ERR_FORBIDDEN 403; ERR_UNAUTHORIZED 401 (after one try with the token read again);
 * ERR_TOO_MANY 429; ERR_UNAVAILABLE 5xx, no connection, or an answer that is not the API server's (an ingress' 404 page too);
 * ERR_TIMEOUT: outcome unknown; ERR_TOO_LARGE: 413, or an answer over 64 MiB; ERR_INTERNAL: another 4xx.
 * `path` is absolute with its query ("/api/v1/namespaces/x/pods?labelSelector=a%3Db"). `body` may be NULL.
 * While a cluster is failing, requests are answered ERR_UNAVAILABLE at once for a pause that grows from 1 to 30 s, after which
 * one request goes ahead of the others. One refused connection begins it; of 5xx and timeouts it takes two in a row, because a
 * single one may concern that object alone. After a 429 all requests are answered ERR_TOO_MANY until its Retry-After is over.
 * Escaped NUL characters in an answer are read as U+FFFD. A 2xx with text/plain ("/readyz") is ERR_NONE with the text in
 * `message`, object NULL.
 */
enum err kube_request(struct kube *k, struct arena *a, const char *method, const char *path, const char *content_type,
		      json_object *body, struct kube_answer *answer) MUST_CHECK;

/* A GET whose 2xx answer is text (a pod's log): at most `cap` bytes in the arena, a NUL behind them. Codes as kube_request. */
enum err kube_text(struct kube *k, struct arena *a, const char *path, size_t cap, const char **text, size_t *len,
		   struct kube_answer *answer) MUST_CHECK;

/* How long one request may take from now on, instead of 10 s: for a program in which a person waits. Before threads start. */
void kube_set_patience(struct kube *k, int ms);

#define KUBE_JSON "application/json"
#define KUBE_MERGE_PATCH "application/merge-patch+json"
#define KUBE_STRATEGIC_PATCH "application/strategic-merge-patch+json"
/* Server-side apply; add fieldManager=hydrosim-portal&force=true to the path. */
#define KUBE_APPLY "application/apply-patch+yaml"

/* The kinds that the portal uses. */
enum kube_kind {
	KUBE_JOB,
	KUBE_POD,
	KUBE_SECRET,
	KUBE_DEPLOYMENT,
	KUBE_SERVICE,
	KUBE_INGRESS,
	KUBE_EVENT,
	KUBE_REPLICASET,
	KUBE_NAMESPACE,
	KUBE_CONFIGMAP,
	KUBE_QUOTA,
	KUBE_POD_METRICS,
	KUBE_NETWORK_POLICY,
	KUBE_LIMIT_RANGE
};
/* The path of one object, or of a collection (name NULL; ns NULL: that of all namespaces), in the arena. */
char *kube_path(struct arena *a, enum kube_kind kind, const char *ns, const char *name);

/*
 * kube_request for the usual verbs; an answer without an object is ERR_UNAVAILABLE, but delete's. Delete sends Background
 * propagation and, where uid is not NULL, it as precondition; 404 is success.
 */
enum err kube_get(struct kube *k, struct arena *a, enum kube_kind kind, const char *ns, const char *name,
		  struct kube_answer *out) MUST_CHECK;
/* As kube_get, but for metadata alone: of a Secret the values do not come. */
enum err kube_metadata(struct kube *k, struct arena *a, enum kube_kind kind, const char *ns, const char *name,
		       struct kube_answer *out) MUST_CHECK;
enum err kube_create(struct kube *k, struct arena *a, enum kube_kind kind, const char *ns, json_object *body,
		     struct kube_answer *out) MUST_CHECK;
enum err kube_apply(struct kube *k, struct arena *a, enum kube_kind kind, const char *ns, const char *name, json_object *body,
		    struct kube_answer *out) MUST_CHECK;
enum err kube_delete(struct kube *k, struct arena *a, enum kube_kind kind, const char *ns, const char *name, const char *uid,
		     struct kube_answer *out) MUST_CHECK;
/*
 * The whole list, page by page (500); `each` is called per object, which is valid during the call. resource_version may be
 * NULL, else *resource_version is the arena's. When the place in the list expires it begins again: an object may come twice then.
 * ERR_TIMEOUT also where there are still more pages after three times the patience of a request.
 */
enum err kube_list(struct kube *k, struct arena *a, enum kube_kind kind, const char *ns, const char *selector,
		   void (*each)(void *context, json_object *object), void *context, const char **resource_version) MUST_CHECK;

/* As kube_list, but for metadata alone: of Secrets the values do not come. */
enum err kube_list_metadata(struct kube *k, struct arena *a, enum kube_kind kind, const char *ns, const char *selector,
			    void (*each)(void *context, json_object *object), void *context) MUST_CHECK;

/* What a watch tells. All calls come from the loop's thread and must not block; those that are NULL are left out. */
struct kube_watch_handler {
	/* An object is there or has changed (the object lacks kind and apiVersion in lists), or is gone. Duplicates are normal.
	 */
	void (*object)(void *context, json_object *object, bool deleted);
	/*
	 * A full list begins, and has ended: what was not seen in between does not exist any more. A list may begin anew without
	 * an end.
	 */
	void (*list_begin)(void *context);
	void (*list_end)(void *context);
	/*
	 * The watch cannot be kept up (message for people; told at the second failure in a row, a refusal such as 403 at once,
	 * and again with each further failure), and is well again (NULL).
	 */
	void (*trouble)(void *context, const char *message);
};
struct kube_watch;

/*
 * Keeps a list and a watch of a collection going until it is stopped: lists, watches with bookmarks and a finite timeoutSeconds
 * (about 5 minutes, with jitter), lists again on 410 in both shapes, on any doubt, and every relist_ms; pauses 0.8 s doubling to
 * 30 s with jitter on failure; honours Retry-After. `selector` is a label selector, not yet encoded, or NULL. Lists and watches
 * run on the loop: no thread of their own. relist_ms 0: only on doubt. Any thread; callbacks may begin before it returns. The
 * cluster `k` is needed until kube_watch_stop. NULL only when memory is out.
 */
struct kube_watch *kube_watch_start(struct fetch_loop *loop, struct kube *k, enum kube_kind kind, const char *ns,
				    const char *selector, int relist_ms, const struct kube_watch_handler *h, void *context);
/*
 * Any thread. No callback runs any more when it returns (it waits for one that is running, so hold no lock that a callback
 * takes); also allowed inside a callback. The loop may have ended before. NULL is allowed.
 */
void kube_watch_stop(struct kube_watch *w);

/*
 * Where a log was left: the newest time stamp taken (as the cluster wrote it), and how many lines were taken from the first line
 * bearing it on: lines of the two output streams may lie slightly out of order. stamp "" is the beginning.
 */
struct kube_log_seam {
	char stamp[40];
	int lines;
};

struct kube_log_handler {
	/*
	 * Whole lines (each with its '\n'; the last one of a container may lack it) without their time stamps, and the seam
	 * behind them. Lines already taken are left out. false: cannot take them now; the same lines come again after
	 * kube_log_resume.
	 */
	bool (*lines)(void *context, const char *bytes, size_t len, const struct kube_log_seam *seam);
	/*
	 * ERR_NONE: the stream ended (whether the container has, the pod's status tells); ERR_INVALID: not started yet (400);
	 * ERR_NOT_FOUND: the pod is gone; ERR_TIMEOUT: silent for 5 minutes or open for an hour; others: cut, try again. With
	 * ERR_UNAVAILABLE the message may be the kubelet's own (lines without a time stamp are its words, such as that the files
	 * are gone, and not the container's). Lines that were refused before come again after the next kube_log_open. The last
	 * call.
	 */
	void (*done)(void *context, enum err e, const char *message);
};
struct kube_log;

/*
 * Follows one container's log with timestamps=true from a seam (sinceTime is whole seconds, and one second earlier than the seam:
 * the overlap is dropped here; where the seam itself is gone, a line in brackets says that the node had rotated lines away). A
 * line longer than 1 MiB comes in pieces, whose seam lies before that line: a cut inside it repeats it. follow=false reads what
 * is there and ends. All callbacks come from the loop's thread and may begin before this returns to another one. `k` is needed
 * until done. Any thread; NULL only when memory is out.
 */
struct kube_log *kube_log_open(struct fetch_loop *loop, struct kube *k, const char *ns, const char *pod, const char *container,
			       bool follow, const struct kube_log_seam *from, const struct kube_log_handler *h, void *context);
/* Any thread, until `done` has returned. */
void kube_log_resume(struct kube_log *l);
/* The same. done is called soon with ERR_GONE, or with what ended it before. */
void kube_log_cancel(struct kube_log *l);

/* Rollout of a Deployment as kubectl computes it (kubectl pkg/polymorphichelpers/rollout_status.go). Pure. */
enum kube_rollout { ROLLOUT_WAITING, ROLLOUT_DONE, ROLLOUT_FAILED };
/* *message is static text or the object's own. */
enum kube_rollout kube_rollout(json_object *deployment, const char **message);

/* True when a condition of that type has status "True"; *reason and *message (may be NULL) get its texts. Pure. */
bool kube_condition(json_object *object, const char *type, const char **reason, const char **message);

#endif
