/* Deployments, what is asked for: one act, decided under the lock on its project. */
#include <string.h>

#include "base/arena.h"
#include "base/phrases.h"
#include "db/db.h"
#include "model/audit.h"
#include "model/deployments.h"
#include "model/settings.h"

/* What is so of the project's application before the act. */
struct before {
	int64_t student_id, course_id;
	int64_t cluster_id; /* where it would come up */
	struct takes takes; /* of that cluster, already */
	/* The act that is wanted now; id 0: none. */
	int64_t wanted_id, wanted_build;
	enum deployment_action wanted_action;
	enum deployment_state wanted_state;
	const char *wanted_image;
	bool wanted_fresh; /* asked for seconds ago */
	/* What restart and start bring back: the last that did not fail, else the last. */
	const char *last_image, *last_commit;
	int64_t last_build;
};

/* What is to be deployed. */
struct image {
	const char *name, *commit_sha;
	int64_t build_id;
};

static enum err lock_project(struct db *db, struct arena *a, int64_t id, struct before *out)
{
	struct db_rows r;
	enum err e = db_query(db, a, &r, "SELECT student_id FROM projects WHERE id = $1 FOR UPDATE", DB_INT(id));
	if (e)
		return e;
	if (!r.count)
		return ERR_NOT_FOUND;
	*out = (struct before){ .student_id = db_int(&r, 0, 0) };
	/* A statement of its own, so that it sees what the lock's last owner committed. */
	e = db_query(db, a, &r,
		     "SELECT s.course_id, w.id, w.build_id, w.action, w.state, w.image,"
		     " w.created_at > now() - interval '5 seconds', l.image, l.commit_sha, l.build_id, place.id,"
		     " CASE WHEN place.id = w.cluster_id THEN p.takes_cpu END, CASE WHEN place.id = w.cluster_id THEN "
		     "p.takes_memory END"
		     " FROM projects p JOIN students s ON s.id = p.student_id"
		     " LEFT JOIN LATERAL (SELECT coalesce(p.cluster_id, (SELECT id FROM clusters ORDER BY is_default DESC,"
		     "  kind <> 'own' LIMIT 1)) AS id) place ON true LEFT JOIN deployments w ON w.id = p.wanted_deployment_id"
		     " LEFT JOIN LATERAL (SELECT image, commit_sha, build_id FROM deployments WHERE project_id = p.id"
		     " AND image IS NOT NULL ORDER BY state = 'failed', id DESC LIMIT 1) l ON true WHERE p.id = $1",
		     DB_INT(id));
	if (e)
		return e;
	out->course_id = db_int(&r, 0, 0);
	out->wanted_id = db_int(&r, 0, 1);
	out->wanted_build = db_int(&r, 0, 2);
	if (out->wanted_id && (!deployment_action_parse(db_text(&r, 0, 3), &out->wanted_action) ||
			       !deployment_state_parse(db_text(&r, 0, 4), &out->wanted_state)))
		return ERR_INTERNAL;
	out->wanted_image = db_text(&r, 0, 5);
	out->wanted_fresh = db_bool(&r, 0, 6);
	out->last_image = db_text(&r, 0, 7);
	out->last_commit = db_text(&r, 0, 8);
	out->last_build = db_int(&r, 0, 9);
	out->cluster_id = db_int(&r, 0, 10);
	out->takes = (struct takes){ db_int(&r, 0, 11), db_int(&r, 0, 12) };
	return ERR_NONE;
}

static enum err refuse(struct deployment_asked *out, enum deployment_refusal why)
{
	out->refusal = why;
	return ERR_CONFLICT;
}

/* The image of a build: the one that was named, else the newest successful one of the project. */
static enum err image_of_build(struct db *db, struct arena *a, const struct deployment_ask *d, struct image *image,
			       struct deployment_asked *out)
{
	struct db_rows r;
	enum err e;
	if (d->build_id)
		e = db_query(db, a, &r,
			     "SELECT id, image_repo || '@' || digest, commit_sha FROM builds WHERE id = $1 AND project_id = $2",
			     DB_INT(d->build_id), DB_INT(d->project_id));
	else
		e = db_query(db, a, &r,
			     "SELECT id, image_repo || '@' || digest, commit_sha FROM builds WHERE project_id = $1"
			     " AND status = 'success' AND digest IS NOT NULL ORDER BY id DESC LIMIT 1",
			     DB_INT(d->project_id));
	if (e)
		return e;
	if (!r.count)
		return d->build_id ? ERR_NOT_FOUND : refuse(out, REFUSED_NO_IMAGE);
	if (db_is_null(&r, 0, 1))
		return refuse(out, REFUSED_BUILD_NOT_READY);
	*image = (struct image){ .build_id = db_int(&r, 0, 0), .name = db_text(&r, 0, 1), .commit_sha = db_text(&r, 0, 2) };
	return ERR_NONE;
}

static enum err image_of_deployment(struct db *db, struct arena *a, const struct deployment_ask *d, struct image *image)
{
	struct db_rows r;
	enum err e = db_query(
		db, a, &r,
		"SELECT build_id, image, commit_sha FROM deployments WHERE id = $1 AND project_id = $2 AND image IS NOT NULL",
		DB_INT(d->rollback_to), DB_INT(d->project_id));
	if (e)
		return e;
	if (!r.count)
		return ERR_NOT_FOUND;
	*image = (struct image){ .build_id = db_int(&r, 0, 0), .name = db_text(&r, 0, 1), .commit_sha = db_text(&r, 0, 2) };
	return ERR_NONE;
}

static enum err choose_image(struct db *db, struct arena *a, const struct deployment_ask *d, const struct before *b,
			     struct image *image, struct deployment_asked *out)
{
	bool gone = !b->wanted_id || !b->last_image || b->wanted_action == ACT_DELETE;
	*image = (struct image){ 0 };
	switch (d->action) {
	case ACT_DEPLOY:
		return image_of_build(db, a, d, image, out);
	case ACT_ROLLBACK:
	case ACT_MOVE:
		return image_of_deployment(db, a, d, image);
	case ACT_RESTART:
	case ACT_START:
		if (gone)
			return refuse(out, REFUSED_NOT_DEPLOYED);
		*image = (struct image){ .build_id = b->last_build, .name = b->last_image, .commit_sha = b->last_commit };
		return ERR_NONE;
	case ACT_STOP:
		return gone ? refuse(out, REFUSED_NOT_DEPLOYED) : ERR_NONE;
	case ACT_DELETE:
		/* A delete that failed may be asked for again. */
		if (!b->wanted_id || (b->wanted_action == ACT_DELETE && b->wanted_state == DEPLOYMENT_DELETED))
			return refuse(out, REFUSED_NOT_DEPLOYED);
		return ERR_NONE;
	case DEPLOYMENT_ACTION__MAX:
		break;
	}
	return ERR_INVALID;
}

static bool goes_down(const struct deployment_ask *d)
{
	return d->action == ACT_STOP || d->action == ACT_DELETE;
}

/* What comes up must fit; what is up already does, unless it is to take more. */
static enum err check_quota(struct db *db, struct arena *a, const struct settings *s, const struct deployment_ask *d,
			    const struct before *b, struct deployment_asked *out)
{
	const struct quota_ask ask = { .project_id = d->project_id,
				       .student_id = b->student_id,
				       .course_id = b->course_id,
				       .cluster_id = b->cluster_id,
				       .before = b->takes,
				       .after = takes_of_settings(s) };
	enum err e = goes_down(d) ? ERR_NONE : model_quotas_check(db, a, s, &ask, &out->full);
	return e == ERR_CONFLICT ? refuse(out, REFUSED_QUOTA + (int)out->full.quota) : e;
}

static bool same_text(const char *x, const char *y)
{
	return x && y ? !strcmp(x, y) : x == y;
}

/* The very same act waits already, or was taken up moments ago: a double click. */
static bool asked_already(const struct deployment_ask *d, const struct before *b, const struct image *image)
{
	if (!b->wanted_id || b->wanted_action != d->action || b->wanted_build != image->build_id ||
	    !same_text(b->wanted_image, image->name))
		return false;
	return b->wanted_state == DEPLOYMENT_PENDING || (b->wanted_state == DEPLOYMENT_DEPLOYING && b->wanted_fresh);
}

static enum err supersede_pending(struct db *db, struct arena *a, int64_t project_id, int64_t *id)
{
	struct db_rows r;
	enum err e = db_query(db, a, &r,
			      "WITH d AS (UPDATE deployments SET state = 'superseded', finished_at = now()"
			      " WHERE project_id = $1 AND state = 'pending' RETURNING id), e AS (INSERT INTO deployment_events"
			      " (deployment_id, kind, value) SELECT id, 'state', 'superseded' FROM d) SELECT id FROM d",
			      DB_INT(project_id));
	*id = !e && r.count ? db_int(&r, 0, 0) : 0;
	return e;
}

/* app_state says pending for what is to come up; what is to go down stays what it is, and takes its room, until the worker did
 * it.
 */
static enum err insert_act(struct db *db, struct arena *a, const struct settings *s, const struct deployment_ask *d,
			   const struct image *image, int64_t *id)
{
	struct db_rows r;
	const struct takes takes = takes_of_settings(s);
	bool down = goes_down(d), used = d->trigger == DEPLOYMENT_AUTO || d->trigger == DEPLOYMENT_MANUAL;
	enum err e = db_query(
		db, a, &r,
		"WITH place AS (SELECT CASE WHEN $7 > 0 THEN coalesce(p.cluster_id, (SELECT id FROM clusters"
		"   ORDER BY is_default DESC, kind <> 'own' LIMIT 1)) ELSE coalesce(p.applied_cluster_id, p.cluster_id)"
		"  END AS id FROM projects p WHERE p.id = $1),"
		" d AS (INSERT INTO deployments (project_id, build_id, action, trigger, image, commit_sha, replicas,"
		"  created_by, cluster_id) SELECT $1, $2, $3, $4, $5, $6, $7, $8, place.id FROM place"
		"  RETURNING id, action, cluster_id),"
		" kept AS (DELETE FROM project_leftovers l USING place WHERE $7 > 0 AND l.project_id = $1"
		"  AND l.cluster_id = place.id),"
		" e AS (INSERT INTO deployment_events (deployment_id, kind, value) SELECT id, 'state', 'pending' FROM d),"
		" b AS (UPDATE builds SET not_deployed = NULL WHERE id = $2 AND not_deployed IS NOT NULL)"
		" UPDATE projects p SET wanted_deployment_id = d.id, app_state = CASE WHEN $7 > 0 THEN 'pending' ELSE "
		"app_state END,"
		" cluster_id = CASE WHEN $7 > 0 THEN d.cluster_id ELSE p.cluster_id END,"
		" restarted_at = CASE WHEN d.action = 'restart' THEN now() ELSE restarted_at END,"
		" takes_cpu = CASE WHEN $7 > 0 THEN $9::bigint ELSE takes_cpu END,"
		" takes_memory = CASE WHEN $7 > 0 THEN $10::bigint ELSE takes_memory END,"
		" active_at = CASE WHEN $11 THEN now() ELSE active_at END"
		" FROM d WHERE p.id = $1 RETURNING d.id",
		DB_INT(d->project_id), DB_ID(image->build_id), DB_TEXT(deployment_action_name(d->action)),
		DB_TEXT(deployment_trigger_name(d->trigger)), DB_TEXT(image->name), DB_TEXT(image->commit_sha),
		DB_INT(down ? 0 : 1), DB_ID(d->user_id), DB_INT(takes.cpu), DB_INT(takes.memory), DB_BOOL(used));
	if (!e)
		*id = db_int(&r, 0, 0);
	return e;
}

enum err model_deployments_ask(struct db *db, struct arena *a, const struct settings *s, const struct deployment_ask *d,
			       struct deployment_asked *out)
{
	struct before before;
	struct image image;
	*out = (struct deployment_asked){ 0 };
	enum err e = lock_project(db, a, d->project_id, &before);
	if (!e)
		e = choose_image(db, a, d, &before, &image, out);
	if (!e)
		e = check_quota(db, a, s, d, &before, out);
	if (e)
		return e;
	if (asked_already(d, &before, &image)) {
		out->id = before.wanted_id;
		return ERR_NONE;
	}
	e = supersede_pending(db, a, d->project_id, &out->superseded);
	if (!e)
		e = insert_act(db, a, s, d, &image, &out->id);
	if (!e && out->superseded)
		e = db_query(db, a, NULL, "UPDATE deployments SET superseded_by = $2 WHERE id = $1", DB_INT(out->superseded),
			     DB_INT(out->id));
	out->created = !e;
	return e;
}

/* The image is there and nobody sees why it does not run: the build says it, and the audit trail. */
static enum err note_not_deployed(struct db *db, struct arena *a, const struct deployment_ask *d,
				  const struct deployment_asked *asked)
{
	const struct audit line = { .action = "deployment.deploy",
				    .object = audit_object_id(a, AUDIT_PROJECT, d->project_id),
				    .project_id = d->project_id,
				    .student_id = asked->full.student_id,
				    .refused = true,
				    .detail =
					    phrase(a, PHRASE_AUDIT_NOT_DEPLOYED, arena_printf(a, "%lld", (long long)d->build_id),
						   deployment_refusal_name(asked->refusal)) };
	enum err e = db_query(db, a, NULL, "UPDATE builds SET not_deployed = $2 WHERE id = $1", DB_INT(d->build_id),
			      DB_TEXT(deployment_refusal_name(asked->refusal)));
	return e ? e : model_audit_write(db, a, &line);
}

enum err model_deployments_auto_build(struct db *db, struct arena *a, const struct settings *s, int64_t project_id,
				      int64_t build_id, int64_t *id)
{
	const struct deployment_ask ask = {
		.project_id = project_id, .action = ACT_DEPLOY, .trigger = DEPLOYMENT_AUTO, .build_id = build_id
	};
	struct deployment_asked asked;
	enum err e = model_deployments_ask(db, a, s, &ask, &asked);
	*id = e ? 0 : asked.id;
	return e == ERR_CONFLICT && asked.refusal >= REFUSED_QUOTA ? note_not_deployed(db, a, &ask, &asked)
	       : e == ERR_CONFLICT				   ? ERR_NONE
								   : e;
}

enum err model_deployments_auto(struct db *db, struct arena *a, const struct settings *s, int64_t build_id, int64_t *id)
{
	struct db_rows r;
	*id = 0;
	/* The lock that model_builds_want takes: the head cannot move between this look and the commit. */
	enum err e =
		db_query(db, a, &r,
			 "SELECT b.project_id, bc.auto_deploy AND (b.trigger = 'manual' OR bc.head_sha = b.commit_sha),"
			 " EXISTS (SELECT 1 FROM deployments d WHERE d.project_id = b.project_id AND d.build_id > b.id)"
			 " FROM builds b JOIN build_configs bc ON bc.project_id = b.project_id WHERE b.id = $1 FOR UPDATE OF bc",
			 DB_INT(build_id));
	if (e)
		return e;
	if (!r.count || !db_bool(&r, 0, 1) || db_bool(&r, 0, 2))
		return ERR_NONE;
	return model_deployments_auto_build(db, a, s, db_int(&r, 0, 0), build_id, id);
}
