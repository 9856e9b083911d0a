/* The user that each image of a running application starts as, and so whether it would start where no image may run as root. */
#ifndef MODEL_IMAGE_USERS_H
#define MODEL_IMAGE_USERS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct arena;
struct db;

/* What that means under `restricted`, in the order of the list: those that break first. */
enum image_user_verdict {
	IMAGE_USER_ROOT,    /* it names none, or root: it runs as root */
	IMAGE_USER_NAME,    /* a name: the cluster cannot tell that it is not root, and refuses it too */
	IMAGE_USER_UNKNOWN, /* not read yet, or it cannot be read */
	IMAGE_USER_FINE,    /* a number other than 0 */
	IMAGE_USER__MAX
};
/* "root", "name", "unknown", "fine". */
const char *image_user_word(enum image_user_verdict x);
/* As a cluster judges the user of an image's configuration ("", "app", "1000:1000"); NULL: unknown. Pure. */
enum image_user_verdict image_user_judge(const char *run_as);

/* Why it is not known: the last try of reading it. WAITING: there was none yet. NO_REGISTRY: none of its address is registered.
 */
enum image_user_said {
	IMAGE_SAID_WAITING,
	IMAGE_SAID_THERE,
	IMAGE_SAID_MISSING,
	IMAGE_SAID_DENIED,
	IMAGE_SAID_UNKNOWN,
	IMAGE_SAID_NO_REGISTRY,
	IMAGE_SAID__MAX
};
/* "waiting", "there", "missing", "denied", "unknown", "no_registry". */
const char *image_said_word(enum image_user_said x);

/* A running application and its image. Texts are the arena's. */
struct image_user {
	int64_t project_id, student_id, course_id;
	const char *project_name, *student_name, *course_code;
	const char *image;
	const char *run_as; /* "": it names none; NULL: not known */
	enum image_user_verdict verdict;
	enum image_user_said said;
};

/* Of all running applications; breaking: of the verdicts ROOT and NAME. */
struct image_user_counts {
	int64_t all, breaking, unknown;
};
enum err model_image_users_count(struct db *db, struct arena *a, struct image_user_counts *out) MUST_CHECK;

/* A page of them, those that break first; `after`: the project of the last row of the page before, 0: from the beginning. limit
 * 1..200. */
enum err model_image_users_list(struct db *db, struct arena *a, int64_t after, int limit, struct image_user **out, int *count,
				bool *more) MUST_CHECK;

/* Notes the images that running applications serve and that were not asked for yet, and forgets those that are not known and not
 * served any more. */
enum err model_image_users_note(struct db *db, struct arena *a) MUST_CHECK;

/* An image that is due becomes this caller's: others find it due again in a few minutes. *image NULL: none is. */
enum err model_image_users_take(struct db *db, struct arena *a, const char **image) MUST_CHECK;

/* What came of reading it; run_as NULL: nothing, and it is due again after a pause that grows to an hour. */
enum err model_image_users_done(struct db *db, struct arena *a, const char *image, enum image_user_said said,
				const char *run_as) MUST_CHECK;

/* All that is not known is due now: a registry has changed. In the caller's transaction. */
enum err model_image_users_again(struct db *db, struct arena *a) MUST_CHECK;

#endif
