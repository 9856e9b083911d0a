/* Clusters: rows, how each is reached (sealed), what was last seen of it, and which projects are placed on it. */
#ifndef MODEL_CLUSTERS_H
#define MODEL_CLUSTERS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "model/field_fault.h"

struct arena;
struct db;
struct keyring;
struct kube_access;
struct settings;

/* How it was given: the portal's own one comes from the operator's environment and has no credential here. */
enum cluster_kind { CLUSTER_OWN, CLUSTER_KUBECONFIG, CLUSTER_TOKEN, CLUSTER_CERTIFICATE, CLUSTER_KIND__MAX };
/* Those that somebody can give. */
#define CLUSTER_KINDS "kubeconfig|token|certificate"
/* "own", "kubeconfig", ... and back; false for another word. */
const char *cluster_kind_name(enum cluster_kind k);
bool cluster_kind_parse(const char *word, enum cluster_kind *out);

/* A row. Texts are the arena's and NULL where the column is. */
struct cluster {
	int64_t id;
	const char *name;
	enum cluster_kind kind;
	const char *server, *config_sealed;
	bool is_default;
	const char *students_namespace, *base_domain, *ingress_class; /* NULL: the settings' */
	const char *quota_apps, *quota_cpu, *quota_memory;	      /* likewise; as their settings are written */
	int version;
	const char *created_at, *updated_at;
	const char *guard_faults; /* [{"what", "why", "detail"}]: why is a word of the catalogue; NULL: not looked at yet */
	/* What was seen last. */
	bool looked, reachable; /* reachable says nothing unless looked */
	const char *server_version, *message, *checked_at, *looked_at;
	int latency_ms, applications; /* -1: not known */
	int projects;		      /* that are placed there */
};
enum { CLUSTERS_MAX = 50 };

enum err model_clusters_get(struct db *db, struct arena *a, int64_t id, struct cluster *out) MUST_CHECK;
/* The one on which new projects are placed. */
enum err model_clusters_default(struct db *db, struct arena *a, struct cluster *out) MUST_CHECK;
/* All, the portal's own one first, then by name; at most CLUSTERS_MAX. */
enum err model_clusters_list(struct db *db, struct arena *a, struct cluster **out, int *count) MUST_CHECK;

/* "unknown", "away", "troubled" (it answers, and something is wrong), "well". */
const char *cluster_health(const struct cluster *c);

/* The settings' values where the row has none of its own. */
const char *cluster_namespace(const struct cluster *c, const struct settings *s);

/* What a form or the API asks. Secrets ("" or NULL): they stay as they are. */
struct cluster_edit {
	const char *name;
	enum cluster_kind kind;
	const char *server, *ca_pem, *tls_name;			      /* with token and certificate */
	const char *token, *cert_pem, *key_pem;			      /* likewise */
	const char *kubeconfig, *context;			      /* with kubeconfig; context "": the only one */
	const char *students_namespace, *base_domain, *ingress_class; /* "": the settings' */
	const char *quota_apps, *quota_cpu, *quota_memory;	      /* likewise */
};

/* What is wrong with it beyond `faults`: a sentence on the kubeconfig (English), or the contexts to choose from. */
struct cluster_check {
	struct field_fault faults[FIELD_FAULTS];
	int count;
	const char *sentence, *sentence_field; /* NULL: none */
	const char *const *contexts;	       /* with the fault "context" */
	int context_count;
};
/*
 * Makes the access of a checked edit; `old` NULL: a new one; `local`: addresses of this machine are allowed (config). A stored
 * credential does not follow to another server. False: out->count or out->sentence say what is wrong. Texts are the arena's.
 */
bool cluster_check(struct arena *a, struct keyring *k, const struct cluster_edit *in, const struct cluster *old, bool local,
		   struct kube_access *access, struct cluster_check *out);

struct kube;
struct kube_test;
/*
 * The connection test of a stored cluster (kube/rights.h); own: the portal's own one. False: it cannot be opened, and *why is a
 * sentence in the arena (NULL: own is NULL). Blocks as kube_test.
 */
bool cluster_test(struct arena *a, struct keyring *k, struct kube *own, const struct cluster *c, const struct settings *s,
		  bool local, struct kube_test *out, const char **why);

/* How a row is reached. False: it has no credential here (own), or it does not open (logged). */
bool cluster_access(struct arena *a, struct keyring *k, const struct cluster *c, struct kube_access *out);

/*
 * Makes, changes or deletes one, in the caller's transaction; access NULL: it stays. ERR_CONFLICT: the name is taken (create,
 * save), or projects are placed there or have objects there (delete), or it is the default or the own one; ERR_GONE: another
 * version; ERR_TOO_MANY: there are CLUSTERS_MAX.
 */
enum err model_clusters_create(struct db *db, struct arena *a, struct keyring *k, const struct cluster_edit *in,
			       const struct kube_access *access, int64_t *id) MUST_CHECK;
enum err model_clusters_save(struct db *db, struct arena *a, struct keyring *k, int64_t id, const struct cluster_edit *in,
			     const struct kube_access *access, int version) MUST_CHECK;
enum err model_clusters_delete(struct db *db, struct arena *a, int64_t id) MUST_CHECK;
/* New projects are placed there from now on; those that are placed already stay. ERR_NOT_FOUND. */
enum err model_clusters_set_default(struct db *db, struct arena *a, int64_t id) MUST_CHECK;

/*
 * Has the workers and the pages open a cluster anew, and the workers list what lies there; looked_at is NULL until one has looked
 * again. It is another version then, as after a change. ERR_NOT_FOUND. The caller commits, then calls model_builds_notify.
 */
enum err model_clusters_sync(struct db *db, struct arena *a, int64_t id) MUST_CHECK;

/* What a look at a cluster showed. */
struct cluster_look {
	bool reachable;
	const char *server, *server_version, *message; /* server NULL: as it is; message NULL: well */
	int latency_ms, applications;		       /* applications -1: not known */
};
/* Writes it, where it says something new or the last one is a minute old. */
enum err model_clusters_looked(struct db *db, struct arena *a, int64_t id, const struct cluster_look *look) MUST_CHECK;

/* What guards the applications' namespace there and is not as it should be (see guard_faults of struct cluster). */
enum err model_clusters_guarded(struct db *db, struct arena *a, int64_t id, const char *faults) MUST_CHECK;

/* Places a project on a cluster, in the caller's transaction; it moves with its next deployment. ERR_NOT_FOUND. */
enum err model_clusters_place(struct db *db, struct arena *a, int64_t project_id, int64_t cluster_id) MUST_CHECK;

/* Objects of a project that are still on a cluster where they do not belong. */
struct leftover {
	int64_t project_id, cluster_id, deployment_id;
	const char *cluster_name, *since, *message; /* message NULL: not tried yet */
};
/* All of a project (0: of all projects); at most 1,000, the oldest first. */
enum err model_leftovers_list(struct db *db, struct arena *a, int64_t project_id, struct leftover **out, int *count) MUST_CHECK;
/*
 * Has the workers delete what a project has on a cluster, unless it belongs there: is applied there and is not being deleted, or
 * is about to be applied.
 */
enum err model_leftovers_note(struct db *db, struct arena *a, int64_t project_id, int64_t cluster_id) MUST_CHECK;
/*
 * One that is due (never tried, or a minute ago) and that no deployment to that cluster contradicts becomes this caller's for a
 * minute. *found false: none is.
 */
enum err model_leftovers_take(struct db *db, struct arena *a, struct leftover *out, bool *found) MUST_CHECK;
/* It is done (message NULL), or why not. */
enum err model_leftovers_done(struct db *db, struct arena *a, const struct leftover *l, const char *message) MUST_CHECK;

#endif
