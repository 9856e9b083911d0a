/* Builds, what is wanted: a new head, a click, a repetition. Each is decided under one lock a project. */
#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/secret.h"
#include "base/str.h"
#include "db/db.h"
#include "model/builds.h"
#include "model/deployments.h"
#include "model/settings.h"

enum { SHORT_SHA = 7, MESSAGE_MAX = 200, AUTHOR_MAX = 100, TAG_PLAIN_MAX = 100 };

/* What a new build takes over from its project at the moment it is made. */
struct source {
	int64_t project_id, student_id, course_id, registry_id;
	const char *repo_url, *branch, *dockerfile_path, *context_path;
	const char *image_repo; /* with the registry's address; NULL: there is no registry */
	const char *tag_strategy, *head_sha;
	bool auto_build, auto_deploy;
	const char *digest; /* of the configuration */
};

/* Everything that is decided for a project is decided under this lock. */
static enum err lock_source(struct db *db, struct arena *a, int64_t project_id, struct source *out)
{
	struct db_rows r;
	enum err e = db_query(db, a, &r,
			      "SELECT p.student_id, s.course_id, bc.registry_id, bc.repo_url, bc.branch, bc.dockerfile_path,"
			      " bc.context_path, g.address || '/' || bc.image_repo, bc.tag_strategy, bc.head_sha, bc.auto_build,"
			      " bc.auto_deploy FROM build_configs bc JOIN projects p ON p.id = bc.project_id"
			      " JOIN students s ON s.id = p.student_id LEFT JOIN registries g ON g.id = bc.registry_id"
			      " WHERE bc.project_id = $1 FOR UPDATE OF bc",
			      DB_INT(project_id));
	if (e)
		return e;
	if (!r.count)
		return ERR_NOT_FOUND;
	*out = (struct source){ .project_id = project_id,
				.student_id = db_int(&r, 0, 0),
				.course_id = db_int(&r, 0, 1),
				.registry_id = db_int(&r, 0, 2),
				.repo_url = db_text(&r, 0, 3),
				.branch = db_text(&r, 0, 4),
				.dockerfile_path = db_text(&r, 0, 5),
				.context_path = db_text(&r, 0, 6),
				.image_repo = db_text(&r, 0, 7),
				.tag_strategy = db_text(&r, 0, 8),
				.head_sha = db_text(&r, 0, 9),
				.auto_build = db_bool(&r, 0, 10),
				.auto_deploy = db_bool(&r, 0, 11) };
	/* A newline cannot be in any of the parts, so that two configurations never look alike. */
	out->digest = secret_digest(a, arena_printf(a, "%s\n%s\n%s\n%s", out->repo_url, out->dockerfile_path, out->context_path,
						    out->image_repo ? out->image_repo : ""));
	return ERR_NONE;
}

/* What is there already for a commit; ids, 0: none. */
struct known {
	int64_t live, built, newest, pending;
	bool delivered;
};

/* A statement of its own behind the lock: its snapshot holds what earlier owners of the lock committed. */
static enum err look_up(struct db *db, struct arena *a, const struct source *s, const struct build_want *w, struct known *out)
{
	struct db_rows r;
	enum err e = db_query(db, a, &r,
			      "SELECT max(id) FILTER (WHERE status IN ('pending', 'running') AND branch = $3),"
			      " max(id) FILTER (WHERE status = 'success' AND digest IS NOT NULL AND config_digest = $4), max(id),"
			      " (SELECT id FROM builds WHERE project_id = $1 AND status = 'pending'),"
			      " EXISTS (SELECT 1 FROM webhook_deliveries WHERE delivery_id = $5 AND project_id = $1)"
			      " FROM builds WHERE project_id = $1 AND commit_sha = $2",
			      DB_INT(s->project_id), DB_TEXT(w->commit_sha), DB_TEXT(w->branch), DB_TEXT(s->digest),
			      DB_TEXT(w->delivery_id));
	if (e)
		return e;
	*out = (struct known){ .live = db_int(&r, 0, 0),
			       .built = db_int(&r, 0, 1),
			       .newest = db_int(&r, 0, 2),
			       .pending = db_int(&r, 0, 3),
			       .delivered = db_bool(&r, 0, 4) };
	return ERR_NONE;
}

/* True when the branch may stand in a tag as it is, and could not be mistaken for one that was altered. */
static bool plain_tag(const char *branch)
{
	size_t len = strlen(branch);
	static const char *const set = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
	if (len > TAG_PLAIN_MAX || !str_only(branch, set) || strchr(".-", *branch))
		return false;
	return len < 9 || branch[len - 9] != '-' || strspn(branch + len - 8, "0123456789abcdef") < 8;
}

const char *build_branch_tag(struct arena *a, const char *branch)
{
	if (plain_tag(branch))
		return arena_printf(a, "%s-latest", branch);
	char legal[TAG_PLAIN_MAX + 1];
	size_t n = 0;
	for (const char *p = branch; *p && n < TAG_PLAIN_MAX - 9; p++) {
		bool fits = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') || *p == '_' ||
			    (n && (*p == '.' || *p == '-'));
		if (fits)
			legal[n++] = *p;
		else if (n && legal[n - 1] != '-')
			legal[n++] = '-';
	}
	legal[n] = 0;
	return arena_printf(a, "%s%s%.8s-latest", n ? legal : "branch", n && legal[n - 1] == '-' ? "" : "-",
			    secret_digest(a, branch));
}

/* The first line, at most `max` bytes, without control characters; NULL stays NULL. */
static const char *one_line(struct arena *a, const char *text, size_t max)
{
	if (!text)
		return NULL;
	size_t len = strcspn(text, "\r\n");
	char *s = arena_memdup(a, text, str_utf8_cut(text, len, max));
	for (char *p = s; *p; p++)
		if ((unsigned char)*p < 32 || *p == 127)
			*p = ' ';
	return s;
}

/* A commit, and why it is built. */
struct order {
	const char *commit_sha, *branch, *message, *author;
	enum build_trigger trigger;
	int64_t user_id, retry_of;
	bool set_head;
};

static const char *config_text(struct arena *a, const struct source *s, const struct order *o)
{
	const char *tag = strcmp(s->tag_strategy, "branch_latest") ? NULL : build_branch_tag(a, o->branch);
	json_object *config =
		json_build(a, "{'repo_url': %s, 'dockerfile_path': %s, 'context_path': %s, 'registry_id': %d, 'extra_tag': %s}",
			   s->repo_url, s->dockerfile_path, s->context_path, s->registry_id, tag);
	return json_object_to_json_string_ext(config, JSON_PLAIN);
}

/* One statement: the build, its first event, and the head where a push or poll set it. */
static enum err insert_build(struct db *db, struct arena *a, const struct source *s, const struct order *o, int64_t *id)
{
	struct db_rows r;
	if (!s->image_repo)
		return ERR_INVALID;
	const char *builder = settings_text(settings_defaults(a), SETTING_BUILDER);
	enum err e = db_query(
		db, a, &r,
		"WITH b AS (INSERT INTO builds (project_id, student_id, course_id, commit_sha, branch,"
		" commit_message, commit_author, image_repo, image_tag, trigger, config, config_digest, created_by,"
		" retry_of, status_retry_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10,"
		" jsonb_set($11::jsonb, '{builder}', to_jsonb(COALESCE("
		"(SELECT value FROM settings WHERE name = 'builder'), $12::text))), $13, $14, $15, now()) RETURNING id),"
		" e AS (INSERT INTO build_events (build_id, kind, value) SELECT id, 'status', 'pending' FROM b),"
		" h AS (UPDATE build_configs SET head_sha = $4, head_seen_at = now(), head_error = NULL"
		" WHERE project_id = $1 AND $16),"
		" v AS (UPDATE projects SET active_at = now() WHERE id = $1 AND active_at < now() - interval '1 hour')"
		" SELECT id FROM b",
		DB_INT(s->project_id), DB_INT(s->student_id), DB_INT(s->course_id), DB_TEXT(o->commit_sha), DB_TEXT(o->branch),
		DB_TEXT(one_line(a, o->message, MESSAGE_MAX)), DB_TEXT(one_line(a, o->author, AUTHOR_MAX)),
		DB_TEXT(s->image_repo), DB_TEXT(arena_memdup(a, o->commit_sha, SHORT_SHA)),
		DB_TEXT(build_trigger_name(o->trigger)), DB_TEXT(config_text(a, s, o)), DB_TEXT(builder), DB_TEXT(s->digest),
		DB_ID(o->user_id), DB_ID(o->retry_of), DB_BOOL(o->set_head));
	if (!e)
		*id = db_int(&r, 0, 0);
	return e;
}

enum err model_builds_supersede_pending(struct db *db, struct arena *a, int64_t project_id, int64_t by, int64_t *id)
{
	struct db_rows r;
	*id = 0;
	enum err e =
		db_query(db, a, &r,
			 "WITH b AS (UPDATE builds SET status = 'cancelled', phase = 'done', reason = 'SUPERSEDED', waiting_for "
			 "= NULL, waiting_words = NULL, status_retry_at = now(),"
			 " superseded_by = $2, finished_at = now() WHERE project_id = $1 AND status = 'pending' RETURNING id),"
			 " e AS (INSERT INTO build_events (build_id, kind, value, message)"
			 " SELECT id, 'status', 'cancelled', 'SUPERSEDED' FROM b) SELECT id FROM b",
			 DB_INT(project_id), DB_ID(by));
	if (!e && r.count)
		*id = db_int(&r, 0, 0);
	return e;
}

/* The waiting one has to go before the new one comes, so it learns its successor's name last. */
static enum err replace_pending(struct db *db, struct arena *a, const struct source *s, const struct order *o, bool pending,
				int64_t *id, int64_t *superseded)
{
	*superseded = 0;
	enum err e = pending ? model_builds_supersede_pending(db, a, s->project_id, 0, superseded) : ERR_NONE;
	if (!e)
		e = insert_build(db, a, s, o, id);
	if (!e && *superseded)
		e = db_query(db, a, NULL, "UPDATE builds SET superseded_by = $2 WHERE id = $1", DB_INT(*superseded), DB_INT(*id));
	return e;
}

/* A commit that was built before: its image is deployed again, unless it is what is wanted there already. */
static enum err redeploy(struct db *db, struct arena *a, const struct settings *s, const struct source *src, int64_t build_id,
			 struct build_wanted *out)
{
	struct db_rows r;
	out->outcome = WANT_ALREADY_BUILT;
	out->build_id = build_id;
	enum err e = model_builds_supersede_pending(db, a, src->project_id, build_id, &out->superseded_id);
	if (e || !src->auto_deploy)
		return e;
	e = db_query(
		db, a, &r,
		"SELECT 1 FROM projects p JOIN deployments d ON d.id = p.wanted_deployment_id WHERE p.id = $1 AND d.build_id = $2"
		" AND d.action NOT IN ('stop', 'delete') AND d.state IN ('pending', 'deploying', 'running')",
		DB_INT(src->project_id), DB_INT(build_id));
	if (e || r.count)
		return e;
	struct settings *loaded = NULL;
	if (!s)
		e = model_settings_load(db, a, &loaded);
	if (!e)
		e = model_deployments_auto_build(db, a, s ? s : loaded, src->project_id, build_id, &out->deployment_id);
	if (!e && out->deployment_id)
		out->outcome = WANT_REDEPLOYED;
	return e;
}

static bool same_text(const char *x, const char *y)
{
	return x && y ? !strcmp(x, y) : x == y;
}

/* What GitHub, GitLab and Gitea understand alike. */
static bool skips(const char *message)
{
	return message && (strcasestr(message, "[skip ci]") || strcasestr(message, "[ci skip]"));
}

static enum err set_head(struct db *db, struct arena *a, const struct build_want *w)
{
	return db_query(
		db, a, NULL,
		"WITH v AS (UPDATE projects SET active_at = now() WHERE id = $1 AND active_at < now() - interval '1 hour')"
		" UPDATE build_configs SET head_sha = $2, head_seen_at = now(), head_error = NULL WHERE project_id = $1",
		DB_INT(w->project_id), DB_TEXT(w->commit_sha));
}

enum err model_builds_want(struct db *db, struct arena *a, const struct settings *s, const struct build_want *w,
			   struct build_wanted *out)
{
	struct source src;
	struct known known = { 0 };
	*out = (struct build_wanted){ .outcome = WANT_OTHER_BRANCH };
	enum err e = lock_source(db, a, w->project_id, &src);
	if (e || strcmp(src.branch, w->branch))
		return e;
	out->outcome = WANT_OFF;
	if (!src.auto_build)
		return ERR_NONE;
	e = look_up(db, a, &src, w, &known);
	if (e)
		return e;
	bool same_head = same_text(src.head_sha, w->commit_sha);
	if (known.delivered || same_head) {
		*out = (struct build_wanted){ .outcome = WANT_DUPLICATE, .build_id = known.live ? known.live : known.newest };
		return ERR_NONE;
	}
	if (w->guarded && !same_text(src.head_sha, w->seen_head)) {
		out->outcome = WANT_MOVED;
		return ERR_NONE;
	}
	if (skips(w->message)) {
		out->outcome = WANT_SKIPPED;
		return set_head(db, a, w);
	}
	if (known.live) {
		*out = (struct build_wanted){ .outcome = WANT_IN_PROGRESS, .build_id = known.live };
		/* What waits behind the running build of this commit is not wanted any more. */
		if (known.pending && known.pending != known.live)
			e = model_builds_supersede_pending(db, a, w->project_id, known.live, &out->superseded_id);
		return e ? e : set_head(db, a, w);
	}
	if (known.built) {
		e = redeploy(db, a, s, &src, known.built, out);
		return e ? e : set_head(db, a, w);
	}
	struct order o = { .commit_sha = w->commit_sha,
			   .branch = w->branch,
			   .message = w->message,
			   .author = w->author,
			   .trigger = w->trigger,
			   .set_head = true };
	out->outcome = WANT_BUILD_CREATED;
	return replace_pending(db, a, &src, &o, known.pending != 0, &out->build_id, &out->superseded_id);
}

/* A repetition takes commit and branch from the build that it repeats. */
static enum err take_repeated(struct db *db, struct arena *a, int64_t project_id, struct order *o)
{
	struct db_rows r;
	enum err e =
		db_query(db, a, &r,
			 "SELECT commit_sha, branch, commit_message, commit_author FROM builds WHERE id = $1 AND project_id = $2",
			 DB_INT(o->retry_of), DB_INT(project_id));
	if (e)
		return e;
	if (!r.count)
		return ERR_NOT_FOUND;
	o->commit_sha = db_text(&r, 0, 0);
	o->branch = db_text(&r, 0, 1);
	o->message = db_text(&r, 0, 2);
	o->author = db_text(&r, 0, 3);
	return ERR_NONE;
}

/* A person who names a commit seldom knows its message: an earlier build of it does. */
static enum err take_message(struct db *db, struct arena *a, int64_t project_id, struct order *o)
{
	struct db_rows r;
	if (o->message)
		return ERR_NONE;
	enum err e = db_query(db, a, &r,
			      "SELECT commit_message, commit_author FROM builds WHERE project_id = $1 AND commit_sha = $2"
			      " ORDER BY id DESC LIMIT 1",
			      DB_INT(project_id), DB_TEXT(o->commit_sha));
	if (!e && r.count) {
		o->message = db_text(&r, 0, 0);
		o->author = db_text(&r, 0, 1);
	}
	return e;
}

enum err model_builds_trigger(struct db *db, struct arena *a, const struct settings *s, const struct build_trigger_ask *t,
			      int64_t *build_id, bool *created)
{
	(void)s;
	struct source src;
	struct known known = { 0 };
	enum err e = lock_source(db, a, t->project_id, &src);
	if (e)
		return e;
	struct order o = { .commit_sha = t->commit_sha ? t->commit_sha : src.head_sha,
			   .branch = t->branch ? t->branch : src.branch,
			   .message = t->message,
			   .author = t->author,
			   .trigger = t->trigger,
			   .user_id = t->user_id,
			   .retry_of = t->retry_of };
	if (t->retry_of)
		e = take_repeated(db, a, t->project_id, &o);
	if (!e && !o.commit_sha)
		e = ERR_NOT_FOUND;
	if (!e)
		e = take_message(db, a, t->project_id, &o);
	struct build_want w = { .branch = o.branch, .commit_sha = o.commit_sha };
	if (!e)
		e = look_up(db, a, &src, &w, &known);
	if (e)
		return e;
	*created = false;
	*build_id = known.live;
	if (known.live)
		return ERR_NONE;
	if (known.pending && t->trigger == TRIGGER_RETRY)
		return ERR_CONFLICT;
	int64_t superseded;
	*created = true;
	/* A named head of the configured branch is the newest that is known of it. */
	o.set_head = t->trigger == TRIGGER_MANUAL && !t->commit_sha;
	return replace_pending(db, a, &src, &o, known.pending != 0, build_id, &superseded);
}
