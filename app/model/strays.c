/* Objects on a cluster that belong to no row. */
#include "model/strays.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/phrases.h"
#include "base/secret.h"
#include "base/str.h"
#include "db/db.h"
#include "kube/labels.h"
#include "kube/rights.h"
#include "model/audit.h"

/* What an application and a build leave behind: pods and the like go with these. */
static const struct {
	const char *kind;
	enum kube_place place;
} looked_at[] = {
	{ "deployments", KUBE_APPLICATIONS }, { "services", KUBE_APPLICATIONS }, { "ingresses", KUBE_APPLICATIONS },
	{ "configmaps", KUBE_APPLICATIONS },  { "secrets", KUBE_APPLICATIONS },	 { "jobs", KUBE_BUILDS },
	{ "secrets", KUBE_BUILDS },
};

static int64_t label(const struct resource *o, const char *name)
{
	json_object *labels = json_at(o->object, "metadata.labels"), *value = NULL;
	int64_t id = 0;
	if (!json_object_is_type(labels, json_type_object) || !json_object_object_get_ex(labels, name, &value))
		return 0;
	return str_to_int(json_object_get_string(value), 1, INT64_MAX, &id) ? id : 0;
}

enum { CANDIDATES_MAX = 10000, PAGE_ARENA = 16 << 20, FIRST = 64 };

static void add(struct arena *a, struct strays *s, const struct stray *one)
{
	if (s->count == CANDIDATES_MAX) {
		s->more = true;
		return;
	}
	if (s->count == s->size) {
		s->size = s->size ? 2 * s->size : FIRST;
		struct stray *larger = arena_alloc(a, sizeof *larger * (size_t)s->size);
		if (s->count)
			memcpy(larger, s->at, sizeof *larger * (size_t)s->count);
		s->at = larger;
	}
	s->at[s->count++] = *one;
}

/* What belongs to neither a project nor a build is none of what is cleaned up. */
static void add_page(struct arena *a, struct strays *out, const struct resource_kind *kind, enum kube_place place,
		     const struct resource_page *page)
{
	for (int i = 0; i < page->count; i++) {
		const struct resource *o = &page->rows[i];
		struct stray one = { .kind = kind,
				     .object = { .name = arena_strdup(a, o->name),
						 .ns = arena_strdup(a, o->ns),
						 .uid = arena_strdup(a, o->uid),
						 .created_at = arena_strdup(a, o->created_at),
						 .managed = o->managed,
						 .project_id = o->project_id } };
		if (place == KUBE_BUILDS)
			one.build_id = label(o, LABEL_BUILD);
		else
			one.project_id = o->project_id;
		if (o->managed && (one.project_id || one.build_id))
			add(a, out, &one);
	}
}

/* Each page in an arena of its own: of a large cluster only the names stay. */
static enum err list_kind(struct kube *k, struct arena *a, const struct resource_kind *kind, enum kube_place place,
			  const char *ns, struct strays *out, const char **why)
{
	const char *from = NULL;
	enum err e = ERR_NONE;
	do {
		struct resource_page page;
		const char *said = "";
		struct arena *own = arena_new(PAGE_ARENA);
		if (!own)
			return ERR_INTERNAL;
		e = kube_resources_list(k, own, kind, ns, LABEL_MANAGED_BY "=" MANAGED_BY, RESOURCE_LIMIT_MAX, from, &page,
					&said);
		*why = arena_strdup(a, said);
		if (!e)
			add_page(a, out, kind, place, &page);
		from = e || !page.next ? NULL : arena_strdup(a, page.next);
		arena_free(own);
	} while (from && !out->more);
	return e;
}

enum err strays_list(struct kube *k, struct arena *a, const char *applications, const char *builds, struct strays *out,
		     const char **why)
{
	*why = "";
	*out = (struct strays){ 0 };
	for (size_t i = 0; i < sizeof looked_at / sizeof *looked_at && !out->more; i++) {
		const char *ns = looked_at[i].place == KUBE_BUILDS ? builds : applications;
		enum err e =
			ns ? list_kind(k, a, resource_kind_of(looked_at[i].kind), looked_at[i].place, ns, out, why) : ERR_NONE;
		if (e == ERR_FORBIDDEN)
			out->hidden = arena_printf(a, "%s%s%s", out->hidden ? out->hidden : "", out->hidden ? ", " : "",
						   looked_at[i].kind);
		else if (e)
			return e;
	}
	return ERR_NONE;
}

/* Ids as "{1,2}"; each as often as it comes. */
static const char *id_list(struct arena *a, const struct strays *s, bool builds)
{
	struct buf b = { .cap = 1 << 20 };
	for (int i = 0; i < s->count; i++) {
		int64_t id = builds ? s->at[i].build_id : s->at[i].project_id;
		if (id)
			buf_printf(&b, "%s%" PRId64, b.len ? "," : "", id);
	}
	const char *list = arena_printf(a, "{%s}", b.data ? b.data : "");
	buf_free(&b);
	return list;
}

static int by_number(const void *x, const void *y)
{
	int64_t p = *(const int64_t *)x, q = *(const int64_t *)y;
	return (p > q) - (p < q);
}

/* The ids that have a row, in order. */
static int64_t *known(struct arena *a, const struct db_rows *rows)
{
	int64_t *ids = arena_alloc(a, sizeof *ids * (size_t)(rows->count + 1));
	for (int i = 0; i < rows->count; i++)
		ids[i] = db_int(rows, i, 0);
	qsort(ids, (size_t)rows->count, sizeof *ids, by_number);
	return ids;
}

enum err strays_keep(struct db *db, struct arena *a, struct strays *s)
{
	struct db_rows projects, builds;
	enum err e =
		db_query(db, a, &projects, "SELECT id FROM projects WHERE id = ANY($1::bigint[])", DB_TEXT(id_list(a, s, false)));
	if (!e)
		e = db_query(db, a, &builds, "SELECT id FROM builds WHERE id = ANY($1::bigint[])", DB_TEXT(id_list(a, s, true)));
	if (e)
		return e;
	const int64_t *of_projects = known(a, &projects), *of_builds = known(a, &builds);
	int n = 0;
	for (int i = 0; i < s->count; i++) {
		const struct stray *o = &s->at[i];
		bool there =
			o->build_id ? bsearch(&o->build_id, of_builds, (size_t)builds.count, sizeof *of_builds, by_number) != NULL
				    : bsearch(&o->project_id, of_projects, (size_t)projects.count, sizeof *of_projects,
					      by_number) != NULL;
		if (!there)
			s->at[n++] = *o;
	}
	s->count = n;
	return ERR_NONE;
}

const char *strays_fingerprint(struct arena *a, const struct strays *s)
{
	unsigned char digest[SHA256_SIZE];
	char *hex = arena_alloc(a, 2 * sizeof digest + 1);
	struct secret_hash *h = secret_hash_new();
	for (int i = 0; i < s->count; i++)
		secret_hash_add(h, s->at[i].object.uid, strlen(s->at[i].object.uid));
	secret_hash_end(h, digest);
	str_hex(digest, sizeof digest, hex);
	return hex;
}

enum err strays_delete(struct kube *k, struct arena *a, const struct strays *s, int *deleted, const char **why)
{
	*deleted = 0;
	*why = "";
	for (int i = 0; i < s->count; i++) {
		struct arena *own = arena_new(PAGE_ARENA);
		const char *said = "";
		enum err e = own ? kube_resources_act(k, own, s->at[i].kind, &s->at[i].object, RESOURCE_DELETE, 0, &said)
				 : ERR_INTERNAL;
		*why = arena_strdup(a, said);
		arena_free(own);
		/* One that was made anew under the same name is another one. */
		if (e && e != ERR_CONFLICT)
			return e;
		*deleted += !e;
	}
	return ERR_NONE;
}

/* --- the schedule ----------------------------------------------------------------------------------------------------------- */

enum err model_cleanups_take(struct db *db, struct arena *a, int hours, int64_t *cluster_id)
{
	struct db_rows rows;
	enum err e = db_query(
		db, a, &rows,
		"INSERT INTO cluster_cleanups AS c (cluster_id) SELECT k.id FROM clusters k LEFT JOIN cluster_cleanups o "
		"ON o.cluster_id = k.id WHERE o.cluster_id IS NULL OR o.started_at < now() - make_interval(hours => "
		"$1::integer) ORDER BY k.id LIMIT 1 ON CONFLICT (cluster_id) DO UPDATE SET started_at = now(), "
		"finished_at = NULL, deleted = 0, message = NULL WHERE c.started_at < now() - make_interval(hours => "
		"$1::integer) RETURNING cluster_id",
		DB_INT(hours));
	*cluster_id = !e && rows.count ? db_int(&rows, 0, 0) : 0;
	return e;
}

enum err model_cleanups_done(struct db *db, struct arena *a, int64_t cluster_id, int deleted, const char *message)
{
	enum err e = db_begin(db);
	if (e)
		return e;
	e = db_query(db, a, NULL,
		     "INSERT INTO cluster_cleanups AS c (cluster_id, finished_at, deleted, message) VALUES ($1, now(), $2, $3) "
		     "ON CONFLICT (cluster_id) DO UPDATE SET finished_at = now(), deleted = $2, message = $3",
		     DB_INT(cluster_id), DB_INT(deleted), DB_TEXT(message));
	const struct audit line = { .action = "cluster.cleanup",
				    .object = audit_object_id(a, AUDIT_CLUSTER, cluster_id),
				    .refused = message != NULL,
				    .detail = phrase(a, message ? PHRASE_AUDIT_CLEANUP_PARTLY : PHRASE_AUDIT_CLEANUP,
						     arena_printf(a, "%d", deleted), message) };
	if (!e && (deleted || message))
		e = model_audit_write(db, a, &line);
	return db_end(db, e);
}

enum err model_cleanups_get(struct db *db, struct arena *a, int64_t cluster_id, struct cleanup *out)
{
	struct db_rows rows;
	enum err e = db_query(db, a, &rows, "SELECT finished_at, message, deleted FROM cluster_cleanups WHERE cluster_id = $1",
			      DB_INT(cluster_id));
	if (e || !rows.count)
		return e ? e : ERR_NOT_FOUND;
	*out = (struct cleanup){ db_text(&rows, 0, 0), db_text(&rows, 0, 1), (int)db_int(&rows, 0, 2) };
	return ERR_NONE;
}
