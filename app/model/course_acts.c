/* Acts of people on courses and their students. */
#include "model/course_acts.h"

#include <string.h>

#include "base/arena.h"
#include "base/phrases.h"
#include "config.h"
#include "db/db.h"
#include "http/app.h"
#include "model/audit.h"
#include "model/builds.h"
#include "model/deployments.h"
#include "model/invitations.h"
#include "model/projects.h"
#include "model/settings.h"
#include "model/users.h"

/* The audit line of an act on a course or a student, in business words. */
static enum err note(struct request *req, const char *action, struct audit_object object, int64_t student_id, const char *detail)
{
	struct audit line = audit_of(req, action, object);
	line.student_id = student_id;
	line.detail = detail;
	return model_audit_write(request_db(req), req->arena, &line);
}

enum err model_act_course_create(struct request *req, const char *code, const char *name, int64_t *id)
{
	struct db *db = request_db(req);
	enum err e = db_begin(db);
	if (e)
		return e;
	e = model_courses_create(db, req->arena, code, name, id);
	if (!e)
		e = note(req, "course.create", audit_object_id(req->arena, AUDIT_COURSE, *id), 0,
			 phrase(req->arena, PHRASE_AUDIT_COURSE_MADE, req->actor.name, code, name));
	return db_end(request_db(req), e);
}

enum err model_act_course_change(struct request *req, const struct course *c, const char *code, const char *name, bool archived,
				 int version, bool *taken)
{
	struct db *db = request_db(req);
	*taken = false;
	enum err e = db_begin(db);
	if (e)
		return e;
	e = model_courses_change(db, req->arena, c->id, code, name, archived, version, taken);
	if (!e)
		e = note(req, "course.change", audit_object_id(req->arena, AUDIT_COURSE, c->id), 0,
			 phrase(req->arena, archived ? PHRASE_AUDIT_COURSE_ARCHIVED : PHRASE_AUDIT_COURSE_CHANGED,
				req->actor.name, c->code, code, name));
	return db_end(request_db(req), e);
}

/* The user of a login; "" is none. ERR_CONFLICT: there is no such account. */
static enum err find_user(struct request *req, const char *login, int64_t *id, enum student_fault *fault)
{
	struct user u;
	*id = 0;
	if (!*login)
		return ERR_NONE;
	enum err e = model_users_find(request_db(req), req->arena, login, &u);
	*fault = e == ERR_NOT_FOUND ? STUDENT_NO_ACCOUNT : STUDENT_FINE;
	*id = e ? 0 : u.id;
	return e == ERR_NOT_FOUND ? ERR_CONFLICT : e;
}

enum err model_act_student_add(struct request *req, const struct course *c, const struct student_input *in, int64_t *id,
			       enum student_fault *fault)
{
	struct db *db = request_db(req);
	int64_t user, there;
	*fault = STUDENT_FINE;
	enum err e = db_begin(db);
	if (e)
		return e;
	e = find_user(req, in->login, &user, fault);
	if (!e && model_students_find(db, req->arena, c->id, in->number, &there) == ERR_NONE) {
		struct student s;
		e = model_students_get(db, req->arena, there, &s);
		if (!e && !s.left_at) {
			*fault = STUDENT_NUMBER_TAKEN;
			e = ERR_CONFLICT;
		}
	}
	if (!e)
		e = model_students_put(db, req->arena, c->id, in->number, in->name, user, id);
	if (!e)
		e = note(req, "student.add", audit_object_id(req->arena, AUDIT_STUDENT, *id), *id,
			 phrase(req->arena, PHRASE_AUDIT_STUDENT_ADDED, req->actor.name, in->name, in->number, c->code));
	return db_end(request_db(req), e);
}

enum err model_act_student_change(struct request *req, const struct student *s, const struct student_input *in, int version,
				  enum student_fault *fault)
{
	struct db *db = request_db(req);
	int64_t user;
	*fault = STUDENT_FINE;
	enum err e = db_begin(db);
	if (e)
		return e;
	e = find_user(req, in->login, &user, fault);
	if (!e) {
		bool taken;
		e = model_students_change(db, req->arena, s->id, in->number, in->name, user, version, &taken);
		if (e == ERR_CONFLICT)
			*fault = taken ? STUDENT_NUMBER_TAKEN : STUDENT_STALE;
	}
	if (!e)
		e = note(req, "student.change", audit_object_id(req->arena, AUDIT_STUDENT, s->id), s->id,
			 phrase(req->arena, PHRASE_AUDIT_STUDENT_CHANGED, req->actor.name, s->name, s->student_number, in->name,
				in->number, in->login));
	return db_end(request_db(req), e);
}

/* Every application of the student that is deployed is deleted, as if a person had asked for each. */
static enum err delete_applications(struct request *req, int64_t student_id)
{
	struct settings *settings;
	struct project_list list;
	struct project_filter f = { .student_id = student_id, .limit = 200 };
	struct db *db = request_db(req);
	enum err e = model_settings_load(db, req->arena, &settings);
	if (!e)
		e = model_projects_list(db, req->arena, &f, &list);
	for (int i = 0; !e && i < list.count; i++) {
		struct deployment_asked asked;
		struct deployment_ask ask = { .project_id = list.rows[i].id,
					      .action = ACT_DELETE,
					      .trigger = DEPLOYMENT_MANUAL,
					      .user_id = req->actor.id };
		e = model_deployments_ask(db, req->arena, settings, &ask, &asked);
		if (e == ERR_CONFLICT && asked.refusal) /* nothing was deployed */
			e = ERR_NONE;
	}
	return e;
}

enum err model_act_student_remove(struct request *req, const struct student *s)
{
	struct db *db = request_db(req);
	enum err e = db_begin(db);
	if (e)
		return e;
	e = model_students_remove(db, req->arena, s->id);
	if (!e)
		e = delete_applications(req, s->id);
	if (!e)
		e = note(req, "student.remove", audit_object_id(req->arena, AUDIT_STUDENT, s->id), s->id,
			 phrase(req->arena, PHRASE_AUDIT_STUDENT_REMOVED, req->actor.name, s->name, s->student_number,
				s->course_code));
	e = db_end(request_db(req), e);
	if (!e)
		model_builds_notify(db, req->arena);
	return e;
}

enum err model_act_roster_import(struct request *req, const struct course *c, const struct roster_options *o, struct roster *r,
				 const char **why)
{
	struct settings *settings;
	struct db *db = request_db(req);
	*why = "";
	enum err e = model_settings_load(db, req->arena, &settings);
	if (!e)
		e = db_begin(db);
	if (e)
		return e;
	e = model_roster_apply(db, req->arena, req->app->keyring, settings, c->id, o, r, why);
	if (!e)
		e = note(req, "roster.import", audit_object_id(req->arena, AUDIT_COURSE, c->id), 0,
			 phrase(req->arena, PHRASE_AUDIT_ROSTER_IMPORTED, req->actor.name,
				arena_printf(req->arena, "%d", r->count), c->code, arena_printf(req->arena, "%d", r->changes)));
	return db_end(request_db(req), e);
}

enum err model_course_uninvited(struct request *req, int64_t course_id, int64_t student_id, struct student_invited **out,
				int *count)
{
	struct db_rows r;
	*count = 0;
	enum err e = db_query(
		request_db(req), req->arena, &r,
		"SELECT s.id, u.id, s.student_number, s.name, u.login FROM students s JOIN users u ON u.id = s.user_id"
		" WHERE s.course_id = $1 AND s.left_at IS NULL AND u.role = 'student' AND u.disabled_at IS NULL"
		" AND CASE $2::bigint WHEN 0 THEN u.password_hash = $3 ELSE s.id = $2 END ORDER BY s.name, s.id LIMIT $4",
		DB_INT(course_id), DB_INT(student_id), DB_TEXT(PASSWORD_NONE), DB_INT(INVITED_MAX));
	if (e)
		return e;
	*out = arena_alloc(req->arena, sizeof **out * (size_t)(r.count + 1));
	for (*count = 0; *count < r.count; ++*count)
		(*out)[*count] = (struct student_invited){ .student_id = db_int(&r, *count, 0),
							   .user_id = db_int(&r, *count, 1),
							   .number = db_text(&r, *count, 2),
							   .name = db_text(&r, *count, 3),
							   .login = db_text(&r, *count, 4) };
	return ERR_NONE;
}

static enum err invite(struct request *req, struct student_invited *row, int days)
{
	const char *code;
	enum err e =
		model_invitations_create(request_db(req), req->arena, row->user_id, req->actor.id, days, &code, &row->expires_at);
	if (e)
		return e;
	row->url = invitation_url(req->arena, req->app->config->portal_url, code);
	return note(req, "user.invite", audit_object_id(req->arena, AUDIT_USER, row->user_id), row->student_id,
		    phrase(req->arena, PHRASE_AUDIT_INVITED, req->actor.name, row->name, row->login));
}

enum err model_act_students_invite(struct request *req, struct student_invited *rows, int count)
{
	struct settings *settings;
	struct db *db = request_db(req);
	enum err e = model_settings_load(db, req->arena, &settings);
	if (!e)
		e = db_begin(db);
	if (e)
		return e;
	for (int i = 0; i < count && !e; i++)
		e = invite(req, &rows[i], (int)settings_int(settings, SETTING_INVITATION_DAYS));
	return db_end(request_db(req), e);
}
