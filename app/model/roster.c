/* A course's roster from a table. */
#include "model/roster.h"

#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/csv_table.h"
#include "base/phrases.h"
#include "base/str.h"
#include "db/db.h"
#include "gitea/gitea.h"
#include "model/courses.h"
#include "model/projects.h"
#include "model/users.h"

enum column { NUMBER, NAME, LOGIN, REPOSITORY, COLUMNS };

static const char *const changes[ROSTER_CHANGE__MAX] = { "new", "back", "renamed", "same", "left_out" };

const char *roster_change_name(enum roster_change c)
{
	return changes[c];
}

/* How spreadsheets head their columns. */
static const struct {
	const char *word;
	enum column column;
} heads[] = {
	{ "number", NUMBER },
	{ "student number", NUMBER },
	{ "student_number", NUMBER },
	{ "id", NUMBER },
	{ "学号", NUMBER },
	{ "name", NAME },
	{ "姓名", NAME },
	{ "名字", NAME },
	{ "login", LOGIN },
	{ "account", LOGIN },
	{ "user", LOGIN },
	{ "账号", LOGIN },
	{ "用户名", LOGIN },
	{ "repository", REPOSITORY },
	{ "repo", REPOSITORY },
	{ "repo_url", REPOSITORY },
	{ "仓库", REPOSITORY },
	{ "仓库地址", REPOSITORY },
};

/* Fills places[] from a first line that names columns; false: it is a student. */
static bool read_heads(const struct csv_record *r, int places[COLUMNS])
{
	int found[COLUMNS] = { -1, -1, -1, -1 };
	for (int i = 0; i < r->count; i++)
		for (size_t h = 0; h < sizeof heads / sizeof *heads; h++)
			if (!strcasecmp(r->cells[i], heads[h].word) && found[heads[h].column] < 0)
				found[heads[h].column] = i;
	if (found[NUMBER] < 0 || found[NAME] < 0)
		return false;
	memcpy(places, found, sizeof found);
	return true;
}

static const char *fill_in(struct arena *a, const char *text, const char *place, const char *value)
{
	for (const char *at; (at = strstr(text, place));)
		text = arena_printf(a, "%.*s%s%s", (int)(at - text), text, value, at + strlen(place));
	return text;
}

/* A login from a number: lower case, and nothing but what a login may hold. */
static const char *login_of(struct arena *a, const char *number)
{
	char *login = arena_strdup(a, number);
	for (char *p = login; *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	return login;
}

static bool login_valid(const char *s)
{
	return *s && strlen(s) <= 63 && str_only(s, "abcdefghijklmnopqrstuvwxyz0123456789._-") && !strchr("._-", *s);
}

static void take_record(struct arena *a, const struct csv_record *r, const int places[COLUMNS], const struct roster_options *o,
			struct roster_line *l)
{
	const char *cells[COLUMNS];
	struct repo_address address;
	const char *why;
	for (int i = 0; i < COLUMNS; i++)
		cells[i] = places[i] >= 0 ? r->cells[places[i]] : "";
	*l = (struct roster_line){ .number = r->number,
				   .student_number = cells[NUMBER],
				   .name = cells[NAME],
				   .login = cells[LOGIN],
				   .own_login = *cells[LOGIN] != 0,
				   .repo_url = cells[REPOSITORY] };
	if (o->accounts && !*l->login)
		l->login = login_of(a, l->student_number);
	if (o->project && !*l->repo_url && o->repo_url && *o->repo_url) {
		l->repo_url = fill_in(a, o->repo_url, "{login}", *l->login ? l->login : login_of(a, l->student_number));
		l->repo_url = fill_in(a, l->repo_url, "{number}", l->student_number);
		l->repo_url = fill_in(a, l->repo_url, "{project}", o->project);
	}
	if (!student_number_valid(l->student_number))
		l->fault = "roster.fault.number";
	else if (!student_name_valid(l->name))
		l->fault = "roster.fault.name";
	else if (*l->login && !login_valid(l->login))
		l->fault = "roster.fault.login";
	else if (o->project && !repo_address_parse(a, l->repo_url, o->repo_schemes, &address, &why))
		l->fault = "roster.fault.repository";
}

/* A number or a login that stands on two lines: the second one is wrong. */
static void find_twins(struct roster *r)
{
	for (int i = 0; i < r->count; i++)
		for (int k = 0; k < i && !r->lines[i].fault; k++) {
			if (!strcmp(r->lines[i].student_number, r->lines[k].student_number))
				r->lines[i].fault = "roster.fault.twice";
			else if (*r->lines[i].login && !strcmp(r->lines[i].login, r->lines[k].login))
				r->lines[i].fault = "roster.fault.login_twice";
		}
}

static const char *array_of(struct arena *a, const struct roster *r, bool logins)
{
	size_t room = 3;
	for (int i = 0; i < r->count; i++)
		room += 3 + strlen(logins ? r->lines[i].login : r->lines[i].student_number);
	char *text = arena_alloc(a, room), *p = text;
	*p++ = '{';
	for (int i = 0; i < r->count; i++) {
		const char *word = logins ? r->lines[i].login : r->lines[i].student_number;
		if (r->lines[i].fault || !*word)
			continue;
		if (p > text + 1)
			*p++ = ',';
		p = stpcpy(p, word); /* letters, digits and ._- only: nothing to quote */
	}
	stpcpy(p, "}");
	return text;
}

static struct roster_line *by_number(struct roster *r, const char *number)
{
	for (int i = 0; i < r->count; i++)
		if (!r->lines[i].fault && !strcmp(r->lines[i].student_number, number))
			return &r->lines[i];
	return NULL;
}

/* What the course and the accounts say of each line: two statements, whatever the number of lines. */
static enum err look_up(struct db *db, struct arena *a, int64_t course_id, const struct roster_options *o, struct roster *r)
{
	struct db_rows rows, users;
	enum err e = db_query(db, a, &rows,
			      "SELECT s.student_number, s.name, u.login, s.left_at IS NOT NULL,"
			      " EXISTS (SELECT 1 FROM projects WHERE student_id = s.id)"
			      " FROM students s LEFT JOIN users u ON u.id = s.user_id"
			      " WHERE s.course_id = $1 AND s.student_number = ANY ($2::text[])",
			      DB_INT(course_id), DB_TEXT(array_of(a, r, false)));
	if (!e)
		e = db_query(db, a, &users, "SELECT login FROM users WHERE login = ANY ($1::text[])",
			     DB_TEXT(array_of(a, r, true)));
	if (e)
		return e;
	for (int i = 0; i < r->count; i++) {
		r->lines[i].change = r->lines[i].fault ? ROSTER_LEFT_OUT : ROSTER_NEW;
		r->lines[i].new_project = o->project != NULL;
		r->lines[i].new_account = o->accounts && *r->lines[i].login;
	}
	for (int i = 0; i < rows.count; i++) {
		struct roster_line *l = by_number(r, db_text(&rows, i, 0));
		const char *login = db_text(&rows, i, 2);
		if (login && !l->own_login) /* who has an account keeps it */
			l->login = login;
		bool relinked = *l->login && (!login || strcmp(login, l->login));
		l->change = db_bool(&rows, i, 3)				? ROSTER_BACK
			    : strcmp(db_text(&rows, i, 1), l->name) || relinked ? ROSTER_RENAMED
										: ROSTER_SAME;
		l->new_project = l->new_project && !db_bool(&rows, i, 4);
		l->new_account = l->new_account && (!login || relinked);
	}
	for (int i = 0; i < r->count; i++) {
		struct roster_line *l = &r->lines[i];
		bool exists = false;
		for (int k = 0; k < users.count && *l->login; k++)
			exists = exists || !strcmp(db_text(&users, k, 0), l->login);
		if (exists)
			l->new_account = false;
		else if (!l->fault && l->own_login && !o->accounts)
			l->fault = "roster.fault.no_account";
		if (l->fault)
			l->change = ROSTER_LEFT_OUT;
		r->wrong += l->fault != NULL;
		r->changes += !l->fault && (l->change != ROSTER_SAME || l->new_project || l->new_account);
	}
	return ERR_NONE;
}

enum err model_roster_read(struct db *db, struct arena *a, int64_t course_id, const char *bytes, size_t len,
			   const struct roster_options *o, struct roster *out, const char **why)
{
	struct csv_table table;
	int places[COLUMNS] = { 0, 1, 2, 3 };
	*out = (struct roster){ 0 };
	enum err e = csv_table_read(a, bytes, len, ROSTER_MAX + 1, &table);
	*why = e == ERR_TOO_LARGE ? "roster.too_large" : "roster.unreadable";
	if (e)
		return e;
	int first = table.count && read_heads(&table.records[0], places);
	if (table.count - first > ROSTER_MAX)
		return ERR_TOO_LARGE;
	if (table.count == first) {
		*why = "roster.empty";
		return ERR_INVALID;
	}
	out->lines = arena_alloc(a, sizeof *out->lines * (size_t)(table.count + 1));
	for (int i = first; i < table.count; i++)
		take_record(a, &table.records[i], places, o, &out->lines[out->count++]);
	find_twins(out);
	return look_up(db, a, course_id, o, out);
}

static enum err apply_account(struct db *db, struct arena *a, struct roster_line *l)
{
	struct user u;
	if (!*l->login)
		return ERR_NONE;
	enum err e = model_users_find(db, a, l->login, &u);
	if (e == ERR_NOT_FOUND && l->new_account)
		return model_users_create(db, a, l->login, l->name, ROLE_STUDENT, PASSWORD_NONE, &l->user_id);
	l->user_id = e ? 0 : u.id;
	l->new_account = false;
	return e;
}

static enum err apply_project(struct db *db, struct arena *a, struct keyring *k, const struct settings *s,
			      const struct roster_options *o, struct roster_line *l, const char **why)
{
	int64_t first;
	struct project_new p = {
		.student_id = l->student_id, .name = o->project, .repo_url = l->repo_url, .repo_schemes = o->repo_schemes
	};
	enum err e = model_projects_first_of_student(db, a, l->student_id, &first);
	if (e || first || !l->new_project)
		return e;
	return model_projects_create(db, a, k, s, &p, &l->project_id, why);
}

enum err model_roster_apply(struct db *db, struct arena *a, struct keyring *k, const struct settings *s, int64_t course_id,
			    const struct roster_options *o, struct roster *r, const char **why)
{
	enum err e = ERR_NONE;
	*why = "";
	for (int i = 0; i < r->count && !e; i++) {
		struct roster_line *l = &r->lines[i];
		if (l->fault)
			continue;
		e = apply_account(db, a, l);
		if (!e)
			e = model_students_put(db, a, course_id, l->student_number, l->name, l->user_id, &l->student_id);
		if (!e)
			e = apply_project(db, a, k, s, o, l, why);
		if (e)
			*why = phrase(a, PHRASE_ROSTER_NOT_DONE, arena_printf(a, "%d", l->number), l->student_number,
				      **why ? *why : err_name(e));
	}
	return e;
}
