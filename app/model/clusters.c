/* Clusters: rows, and what was last seen of them. */
#include "model/clusters.h"

#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/str.h"
#include "db/db.h"
#include "kube/kube.h"
#include "model/row.h"
#include "model/settings.h"

static const char *const kinds[CLUSTER_KIND__MAX] = { "own", "kubeconfig", "token", "certificate" };

const char *cluster_kind_name(enum cluster_kind k)
{
	return kinds[k];
}

bool cluster_kind_parse(const char *word, enum cluster_kind *out)
{
	for (int i = 0; i < CLUSTER_KIND__MAX; i++)
		if (!strcmp(kinds[i], word)) {
			*out = (enum cluster_kind)i;
			return true;
		}
	return false;
}

#define COLUMNS                                                                                                                  \
	"c.id, c.name, c.kind, c.server, c.config_sealed, c.is_default, c.students_namespace, c.base_domain, c.ingress_class,"   \
	" c.version, c.created_at, c.updated_at, c.reachable, c.server_version, c.message, c.checked_at, c.looked_at,"           \
	" coalesce(c.latency_ms, -1), coalesce(c.applications, -1), (SELECT count(*) FROM projects p WHERE p.cluster_id = "      \
	"c.id),"                                                                                                                 \
	" c.quota_apps, c.quota_cpu, c.quota_memory, c.guard_faults"

static void read_row(const struct db_rows *r, int i, struct cluster *c)
{
	*c = (struct cluster){ .id = db_int(r, i, 0),
			       .name = db_text(r, i, 1),
			       .server = db_text(r, i, 3),
			       .config_sealed = db_text(r, i, 4),
			       .is_default = db_bool(r, i, 5),
			       .students_namespace = db_text(r, i, 6),
			       .base_domain = db_text(r, i, 7),
			       .ingress_class = db_text(r, i, 8),
			       .version = (int)db_int(r, i, 9),
			       .created_at = db_text(r, i, 10),
			       .updated_at = db_text(r, i, 11),
			       .looked = !db_is_null(r, i, 12),
			       .reachable = !db_is_null(r, i, 12) && db_bool(r, i, 12),
			       .server_version = db_text(r, i, 13),
			       .message = db_text(r, i, 14),
			       .checked_at = db_text(r, i, 15),
			       .looked_at = db_text(r, i, 16),
			       .latency_ms = (int)db_int(r, i, 17),
			       .applications = (int)db_int(r, i, 18),
			       .projects = (int)db_int(r, i, 19),
			       .quota_apps = db_text(r, i, 20),
			       .quota_cpu = db_text(r, i, 21),
			       .quota_memory = db_text(r, i, 22),
			       .guard_faults = db_text(r, i, 23) };
	if (!cluster_kind_parse(db_text(r, i, 2), &c->kind))
		c->kind = CLUSTER_KUBECONFIG;
}

enum err model_clusters_get(struct db *db, struct arena *a, int64_t id, struct cluster *out)
{
	struct db_rows r;
	enum err e = db_query(db, a, &r, "SELECT " COLUMNS " FROM clusters c WHERE c.id = $1", DB_INT(id));
	if (e)
		return e;
	if (!r.count)
		return ERR_NOT_FOUND;
	read_row(&r, 0, out);
	return ERR_NONE;
}

enum err model_clusters_default(struct db *db, struct arena *a, struct cluster *out)
{
	struct db_rows r;
	enum err e =
		db_query(db, a, &r, "SELECT " COLUMNS " FROM clusters c ORDER BY c.is_default DESC, c.kind <> 'own' LIMIT 1");
	if (e || !r.count)
		return e ? e : ERR_NOT_FOUND;
	read_row(&r, 0, out);
	return ERR_NONE;
}

enum err model_clusters_list(struct db *db, struct arena *a, struct cluster **out, int *count)
{
	struct db_rows r;
	*count = 0;
	enum err e = db_query(db, a, &r, "SELECT " COLUMNS " FROM clusters c ORDER BY c.kind <> 'own', c.name LIMIT $1",
			      DB_INT(CLUSTERS_MAX));
	if (e)
		return e;
	*out = arena_alloc(a, sizeof **out * (size_t)(r.count + 1));
	for (; *count < r.count; ++*count)
		read_row(&r, *count, &(*out)[*count]);
	return ERR_NONE;
}

const char *cluster_health(const struct cluster *c)
{
	return !c->looked ? "unknown" : !c->reachable ? "away" : c->message ? "troubled" : "well";
}

const char *cluster_namespace(const struct cluster *c, const struct settings *s)
{
	return c->students_namespace ? c->students_namespace : settings_text(s, SETTING_STUDENTS_NAMESPACE);
}

/* --- how it is reached --------------------------------------------------------------------------------------------------- */

static const char *place(struct arena *a, int64_t id)
{
	return arena_printf(a, "clusters.config.%lld", (long long)id);
}

static const char *seal(struct arena *a, struct keyring *k, int64_t id, const struct kube_access *x)
{
	json_object *o = json_build(a, "{'server':%s,'ca':%s,'tls_name':%s,'token':%s,'cert':%s,'key':%s}", x->server, x->ca_pem,
				    x->tls_name, x->token, x->cert_pem, x->key_pem);
	return keyring_seal(k, a, place(a, id), json_object_to_json_string_ext(o, JSON_PLAIN));
}

bool cluster_access(struct arena *a, struct keyring *k, const struct cluster *c, struct kube_access *out)
{
	const char *why, *text = c->config_sealed ? keyring_open(k, a, place(a, c->id), c->config_sealed) : NULL;
	json_object *o = text ? json_parse(a, text, strlen(text), 2, &why) : NULL;
	if (c->config_sealed && !o)
		log_event(LOG_ERROR, "secret_does_not_open", LOG_STR("place", place(a, c->id)));
	if (!o)
		return false;
	*out = (struct kube_access){ .server = json_text(o, "server", NULL),
				     .ca_pem = json_text(o, "ca", NULL),
				     .tls_name = json_text(o, "tls_name", NULL),
				     .token = json_text(o, "token", NULL),
				     .cert_pem = json_text(o, "cert", NULL),
				     .key_pem = json_text(o, "key", NULL) };
	return true;
}

/* The columns of an edit but the credential. */
static enum err store_access(struct db *db, struct arena *a, struct keyring *k, int64_t id, const struct kube_access *x)
{
	if (!x)
		return ERR_NONE;
	return db_query(db, a, NULL,
			"UPDATE clusters SET config_sealed = $2, server = $3, reachable = NULL, message = NULL, looked_at = NULL"
			" WHERE id = $1",
			DB_INT(id), DB_TEXT(seal(a, k, id, x)), DB_TEXT(x->server));
}

enum err model_clusters_create(struct db *db, struct arena *a, struct keyring *k, const struct cluster_edit *in,
			       const struct kube_access *access, int64_t *id)
{
	struct db_rows r;
	enum err e = db_query(db, a, &r,
			      "INSERT INTO clusters (name, kind, students_namespace, base_domain, ingress_class, quota_apps,"
			      " quota_cpu, quota_memory) SELECT $1, $2, $3, $4, $5, $6::bigint, $7, $8"
			      " WHERE (SELECT count(*) FROM clusters) < $9 RETURNING id",
			      DB_TEXT(in->name), DB_TEXT(kinds[in->kind]), DB_TEXT(str_or_null(in->students_namespace)),
			      DB_TEXT(str_or_null(in->base_domain)), DB_TEXT(str_or_null(in->ingress_class)),
			      DB_TEXT(str_or_null(in->quota_apps)), DB_TEXT(str_or_null(in->quota_cpu)),
			      DB_TEXT(str_or_null(in->quota_memory)), DB_INT(CLUSTERS_MAX));
	if (e)
		return e;
	if (!r.count)
		return ERR_TOO_MANY;
	*id = db_int(&r, 0, 0);
	return store_access(db, a, k, *id, access);
}

enum err model_clusters_save(struct db *db, struct arena *a, struct keyring *k, int64_t id, const struct cluster_edit *in,
			     const struct kube_access *access, int version)
{
	struct db_rows r;
	enum err e = db_query(db, a, &r, "SELECT version FROM clusters WHERE id = $1 FOR UPDATE", DB_INT(id));
	if (!e)
		e = row_version(&r, version);
	if (e)
		return e;
	e = db_query(db, a, NULL,
		     "UPDATE clusters SET name = $2, kind = $3, students_namespace = $4, base_domain = $5, ingress_class = $6,"
		     " quota_apps = $7::bigint, quota_cpu = $8, quota_memory = $9,"
		     " version = version + 1, updated_at = now() WHERE id = $1",
		     DB_INT(id), DB_TEXT(in->name), DB_TEXT(kinds[in->kind]), DB_TEXT(str_or_null(in->students_namespace)),
		     DB_TEXT(str_or_null(in->base_domain)), DB_TEXT(str_or_null(in->ingress_class)),
		     DB_TEXT(str_or_null(in->quota_apps)), DB_TEXT(str_or_null(in->quota_cpu)),
		     DB_TEXT(str_or_null(in->quota_memory)));
	return e ? e : store_access(db, a, k, id, access);
}

enum err model_clusters_delete(struct db *db, struct arena *a, int64_t id)
{
	struct db_rows r;
	/* The lock keeps a project from being placed there while it goes. */
	enum err e = db_query(db, a, &r, "SELECT kind = 'own' OR is_default FROM clusters WHERE id = $1 FOR UPDATE", DB_INT(id));
	if (e)
		return e;
	if (!r.count)
		return ERR_NOT_FOUND;
	if (db_bool(&r, 0, 0))
		return ERR_CONFLICT;
	e = db_query(db, a, &r,
		     "SELECT EXISTS (SELECT 1 FROM projects WHERE cluster_id = $1 OR applied_cluster_id = $1)"
		     " OR EXISTS (SELECT 1 FROM deployments WHERE cluster_id = $1 AND state IN ('pending', 'deploying'))",
		     DB_INT(id));
	if (!e && db_bool(&r, 0, 0))
		return ERR_CONFLICT;
	/* What was left behind there stays there: its cluster is no longer the portal's. */
	if (!e)
		e = db_query(db, a, NULL, "DELETE FROM project_leftovers WHERE cluster_id = $1", DB_INT(id));
	if (!e)
		e = db_query(db, a, NULL, "DELETE FROM app_secrets WHERE cluster_id = $1", DB_INT(id));
	if (!e)
		e = db_query(db, a, NULL, "DELETE FROM pull_secrets WHERE cluster_id = $1", DB_INT(id));
	if (!e)
		e = db_query(db, a, NULL, "UPDATE deployments SET cluster_id = NULL WHERE cluster_id = $1", DB_INT(id));
	return e ? e : db_query(db, a, NULL, "DELETE FROM clusters WHERE id = $1", DB_INT(id));
}

enum err model_clusters_set_default(struct db *db, struct arena *a, int64_t id)
{
	struct db_rows r;
	enum err e = db_query(db, a, &r, "SELECT id FROM clusters WHERE id = $1 FOR UPDATE", DB_INT(id));
	if (e || !r.count)
		return e ? e : ERR_NOT_FOUND;
	e = db_query(db, a, NULL, "UPDATE clusters SET is_default = false, version = version + 1 WHERE is_default AND id <> $1",
		     DB_INT(id));
	return e ? e
		 : db_query(db, a, NULL,
			    "UPDATE clusters SET is_default = true, version = version + 1 WHERE id = $1 AND NOT is_default",
			    DB_INT(id));
}

enum err model_clusters_sync(struct db *db, struct arena *a, int64_t id)
{
	struct db_rows r;
	enum err e = db_query(db, a, &r, "UPDATE clusters SET version = version + 1, looked_at = NULL WHERE id = $1 RETURNING id",
			      DB_INT(id));
	return e ? e : r.count ? ERR_NONE : ERR_NOT_FOUND;
}

enum err model_clusters_looked(struct db *db, struct arena *a, int64_t id, const struct cluster_look *look)
{
	return db_query(
		db, a, NULL,
		"UPDATE clusters SET reachable = $2, server = coalesce($3, server),"
		" server_version = coalesce($4, server_version), message = $5,"
		" latency_ms = CASE WHEN $2 THEN $6::integer ELSE latency_ms END,"
		" checked_at = CASE WHEN $2 THEN now() ELSE checked_at END, looked_at = now(),"
		" applications = coalesce(NULLIF($7::integer, -1), applications)"
		" WHERE id = $1 AND (looked_at IS NULL OR looked_at < now() - interval '1 minute'"
		"  OR (reachable, server_version, message, applications) IS DISTINCT FROM ($2, coalesce($4, server_version),"
		"   $5, coalesce(NULLIF($7::integer, -1), applications)))",
		DB_INT(id), DB_BOOL(look->reachable), DB_TEXT(look->server), DB_TEXT(look->server_version),
		DB_TEXT(look->message), DB_INT(look->latency_ms), DB_INT(look->applications));
}

enum err model_clusters_place(struct db *db, struct arena *a, int64_t project_id, int64_t cluster_id)
{
	struct db_rows r;
	enum err e = db_query(db, a, &r, "SELECT id FROM clusters WHERE id = $1 FOR KEY SHARE", DB_INT(cluster_id));
	if (e || !r.count)
		return e ? e : ERR_NOT_FOUND;
	e = db_query(db, a, &r, "UPDATE projects SET cluster_id = $2 WHERE id = $1 RETURNING id", DB_INT(project_id),
		     DB_INT(cluster_id));
	return e ? e : r.count ? ERR_NONE : ERR_NOT_FOUND;
}

/* --- what is left behind -------------------------------------------------------------------------------------------------------
 */

static void read_leftover(const struct db_rows *r, int i, struct leftover *out)
{
	*out = (struct leftover){ .project_id = db_int(r, i, 0),
				  .cluster_id = db_int(r, i, 1),
				  .deployment_id = db_int(r, i, 2),
				  .cluster_name = db_text(r, i, 3),
				  .since = db_text(r, i, 4),
				  .message = db_text(r, i, 5) };
}

enum err model_leftovers_list(struct db *db, struct arena *a, int64_t project_id, struct leftover **out, int *count)
{
	struct db_rows r;
	*count = 0;
	enum err e = db_query(db, a, &r,
			      "SELECT l.project_id, l.cluster_id, l.deployment_id, c.name, l.since, l.message"
			      " FROM project_leftovers l JOIN clusters c ON c.id = l.cluster_id"
			      " WHERE $1::bigint = 0 OR l.project_id = $1 ORDER BY l.since LIMIT 1000",
			      DB_INT(project_id));
	if (e)
		return e;
	*out = arena_alloc(a, sizeof **out * (size_t)(r.count + 1));
	for (; *count < r.count; ++*count)
		read_leftover(&r, *count, &(*out)[*count]);
	return ERR_NONE;
}

enum err model_leftovers_note(struct db *db, struct arena *a, int64_t project_id, int64_t cluster_id)
{
	return db_query(
		db, a, NULL,
		"INSERT INTO project_leftovers (project_id, cluster_id, deployment_id)"
		" SELECT p.id, $2::bigint, coalesce(d.id, 0)"
		" FROM projects p LEFT JOIN deployments d ON d.id = p.wanted_deployment_id WHERE p.id = $1::bigint"
		" AND CASE WHEN d.action = 'delete' AND d.state <> 'failed' THEN true"
		"  WHEN d.state IN ('pending', 'deploying') AND d.cluster_id = $2::bigint THEN false"
		"  ELSE p.applied_cluster_id IS DISTINCT FROM $2::bigint END"
		" ON CONFLICT (project_id, cluster_id) DO UPDATE SET deployment_id = excluded.deployment_id, tried_at = NULL",
		DB_INT(project_id), DB_INT(cluster_id));
}

enum err model_leftovers_take(struct db *db, struct arena *a, struct leftover *out, bool *found)
{
	struct db_rows r;
	enum err e = db_query(
		db, a, &r,
		"WITH due AS (SELECT l.project_id, l.cluster_id FROM project_leftovers l JOIN projects p ON p.id = l.project_id"
		"  WHERE (l.tried_at IS NULL OR l.tried_at < now() - interval '1 minute')"
		"  AND p.applied_cluster_id IS DISTINCT FROM l.cluster_id AND NOT EXISTS (SELECT 1 FROM deployments d"
		"   WHERE d.project_id = l.project_id AND d.cluster_id = l.cluster_id AND d.state IN ('pending', 'deploying'))"
		"  ORDER BY l.tried_at NULLS FIRST LIMIT 1 FOR UPDATE OF l SKIP LOCKED)"
		" UPDATE project_leftovers l SET tried_at = now() FROM due, clusters c WHERE l.project_id = due.project_id"
		" AND l.cluster_id = due.cluster_id AND c.id = l.cluster_id"
		" RETURNING l.project_id, l.cluster_id, l.deployment_id, c.name, l.since, l.message");
	*found = !e && r.count;
	if (*found)
		read_leftover(&r, 0, out);
	return e;
}

enum err model_leftovers_done(struct db *db, struct arena *a, const struct leftover *l, const char *message)
{
	if (message)
		return db_query(db, a, NULL,
				"UPDATE project_leftovers SET message = $3 WHERE project_id = $1 AND cluster_id = $2",
				DB_INT(l->project_id), DB_INT(l->cluster_id), DB_TEXT(message));
	return db_query(db, a, NULL,
			"DELETE FROM project_leftovers WHERE project_id = $1 AND cluster_id = $2 AND deployment_id = $3",
			DB_INT(l->project_id), DB_INT(l->cluster_id), DB_INT(l->deployment_id));
}

enum err model_clusters_guarded(struct db *db, struct arena *a, int64_t id, const char *faults)
{
	return db_query(db, a, NULL,
			"UPDATE clusters SET guard_faults = $2::jsonb WHERE id = $1 AND guard_faults IS DISTINCT FROM $2::jsonb",
			DB_INT(id), DB_TEXT(faults));
}
