/* The users of the images of running applications: what is known, what is to be asked for, and the list for people. */
#include "model/image_users.h"

#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "db/db.h"
#include "model/list.h"

enum { DIGITS = 18 };

static const char *const verdicts[IMAGE_USER__MAX] = {
	[IMAGE_USER_ROOT] = "root", [IMAGE_USER_NAME] = "name", [IMAGE_USER_UNKNOWN] = "unknown", [IMAGE_USER_FINE] = "fine"
};
static const char *const said_words[IMAGE_SAID__MAX] = {
	[IMAGE_SAID_WAITING] = "waiting", [IMAGE_SAID_THERE] = "there",	    [IMAGE_SAID_MISSING] = "missing",
	[IMAGE_SAID_DENIED] = "denied",	  [IMAGE_SAID_UNKNOWN] = "unknown", [IMAGE_SAID_NO_REGISTRY] = "no_registry"
};

const char *image_user_word(enum image_user_verdict x)
{
	return verdicts[x];
}

const char *image_said_word(enum image_user_said x)
{
	return said_words[x];
}

/* The place of a word of the database; the table allows no other. */
static int place(const char *const *words, int count, const char *word)
{
	int i = 0;
	while (i < count - 1 && strcmp(words[i], word) != 0)
		i++;
	return i;
}

enum image_user_verdict image_user_judge(const char *run_as)
{
	if (!run_as)
		return IMAGE_USER_UNKNOWN;
	size_t n = strcspn(run_as, ":");
	if (strspn(run_as, "0") == n || (n == 4 && str_starts(run_as, "root")))
		return IMAGE_USER_ROOT;
	/* What is no number of 64 bits is a name to the cluster. */
	return strspn(run_as, "0123456789") == n && n <= DIGITS ? IMAGE_USER_FINE : IMAGE_USER_NAME;
}

#define SERVING                                                                                                                  \
	" FROM projects p JOIN deployments d ON d.id = p.serving_deployment_id LEFT JOIN image_users i ON i.image = d.image"
#define UP " p.takes_cpu IS NOT NULL AND p.serving_deployment_id IS NOT NULL AND d.image IS NOT NULL"

enum err model_image_users_count(struct db *db, struct arena *a, struct image_user_counts *out)
{
	struct db_rows r;
	enum err e = db_query(db, a, &r,
			      "SELECT count(*), count(*) FILTER (WHERE i.verdict IN ('root', 'name')),"
			      " count(*) FILTER (WHERE coalesce(i.verdict, 'unknown') = 'unknown')" SERVING " WHERE" UP);
	if (!e)
		*out = (struct image_user_counts){ db_int(&r, 0, 0), db_int(&r, 0, 1), db_int(&r, 0, 2) };
	return e;
}

/* The order of enum image_user_verdict. */
#define RANK "array_position(ARRAY['root', 'name', 'unknown', 'fine'], coalesce(i.verdict, 'unknown'))"
#define ROWS(limit)                                                                                                              \
	"SELECT p.id, s.id, c.id, p.name, s.name, c.code, d.image, i.run_as, coalesce(i.verdict, 'unknown'),"                    \
	" coalesce(i.said, 'waiting')" SERVING " JOIN students s ON s.id = p.student_id JOIN courses c ON c.id = s.course_id"    \
	" WHERE" UP " AND (" RANK ", p.id) > (coalesce((SELECT " RANK SERVING " WHERE p.id = $1), 0), $1) ORDER BY " RANK        \
	", p.id LIMIT " limit

enum err model_image_users_list(struct db *db, struct arena *a, int64_t after, int limit, struct image_user **out, int *count,
				bool *more)
{
	struct db_rows r;
	enum err e = list_query(db, a, &r, limit, ROWS, DB_INT(after));
	if (e)
		return e;
	*more = r.count > limit;
	*count = *more ? limit : r.count;
	*out = arena_alloc(a, sizeof **out * (size_t)(*count + 1));
	for (int i = 0; i < *count; i++)
		(*out)[i] = (struct image_user){
			.project_id = db_int(&r, i, 0),
			.student_id = db_int(&r, i, 1),
			.course_id = db_int(&r, i, 2),
			.project_name = db_text(&r, i, 3),
			.student_name = db_text(&r, i, 4),
			.course_code = db_text(&r, i, 5),
			.image = db_text(&r, i, 6),
			.run_as = db_text(&r, i, 7),
			.verdict = (enum image_user_verdict)place(verdicts, IMAGE_USER__MAX, db_text(&r, i, 8)),
			.said = (enum image_user_said)place(said_words, IMAGE_SAID__MAX, db_text(&r, i, 9)),
		};
	return ERR_NONE;
}

enum err model_image_users_note(struct db *db, struct arena *a)
{
	return db_query(
		db, a, NULL,
		"WITH up AS MATERIALIZED (SELECT DISTINCT d.image FROM projects p JOIN deployments d"
		"  ON d.id = p.serving_deployment_id WHERE" UP "),"
		" gone AS (DELETE FROM image_users i WHERE i.due_at IS NOT NULL"
		"  AND NOT EXISTS (SELECT 1 FROM up WHERE up.image = i.image))"
		" INSERT INTO image_users (image) SELECT up.image FROM up"
		"  WHERE NOT EXISTS (SELECT 1 FROM image_users i WHERE i.image = up.image) ORDER BY 1 ON CONFLICT DO NOTHING");
}

enum err model_image_users_take(struct db *db, struct arena *a, const char **image)
{
	struct db_rows r;
	enum err e =
		db_query(db, a, &r,
			 "UPDATE image_users SET due_at = now() + interval '5 minutes' WHERE image ="
			 " (SELECT image FROM image_users WHERE due_at <= now() ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED)"
			 " RETURNING image");
	if (!e)
		*image = r.count ? db_text(&r, 0, 0) : NULL;
	return e;
}

enum err model_image_users_done(struct db *db, struct arena *a, const char *image, enum image_user_said said, const char *run_as)
{
	return db_query(db, a, NULL,
			"UPDATE image_users SET said = $2, run_as = $3, verdict = $4, tries = tries + 1,"
			" due_at = CASE WHEN $3::text IS NULL THEN now() + least(interval '1 hour',"
			"  interval '30 seconds' * power(2, least(tries, 10))) END WHERE image = $1 AND due_at IS NOT NULL",
			DB_TEXT(image), DB_TEXT(said_words[said]), DB_TEXT(run_as), DB_TEXT(verdicts[image_user_judge(run_as)]));
}

enum err model_image_users_again(struct db *db, struct arena *a)
{
	return db_query(db, a, NULL, "UPDATE image_users SET due_at = now(), tries = 0 WHERE due_at IS NOT NULL");
}
