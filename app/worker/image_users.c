/* Reads from the registries which user the images of running applications start as. */
#include "worker/image_users.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "db/db.h"
#include "model/image_users.h"
#include "model/registries.h"
#include "worker/tasks.h"
#include "worker/worker.h"

/* A round ends after so long, so that a registry that hangs does not keep a thread of the crew. */
enum { PAUSE_MS = 5000, ROUND_MS = 10000, AT_ONCE = 50 };

/* Asks for one with no connection of the database held; NULL: it is not known. */
static const char *read_user(struct worker *w, struct arena *a, const char *image, enum image_user_said *said)
{
	static const enum image_user_said words[] = { [REGISTRY_IMAGE_THERE] = IMAGE_SAID_THERE,
						      [REGISTRY_IMAGE_MISSING] = IMAGE_SAID_MISSING,
						      [REGISTRY_IMAGE_DENIED] = IMAGE_SAID_DENIED,
						      [REGISTRY_IMAGE_UNKNOWN] = IMAGE_SAID_UNKNOWN };
	struct image_place at;
	const char *user = NULL;
	struct db *db = db_acquire(w->db, 2000);
	enum err e = model_registries_place(db, a, w->keys, image, &at);
	db_release(db);
	*said = e == ERR_NOT_FOUND ? IMAGE_SAID_NO_REGISTRY : IMAGE_SAID_UNKNOWN;
	if (e)
		return NULL;
	*said = words[registry_image_user(a, &at.server, &at.pull, at.repository, at.reference, &user)];
	return *said == IMAGE_SAID_THERE ? user : NULL;
}

/* One that is due. False: none is. */
static bool read_one(struct worker *w, struct arena *a)
{
	const char *image = NULL;
	enum image_user_said said;
	struct db *db = db_acquire(w->db, 2000);
	enum err e = model_image_users_take(db, a, &image);
	db_release(db);
	if (e || !image)
		return false;
	const char *user = read_user(w, a, image, &said);
	db = db_acquire(w->db, 2000);
	e = model_image_users_done(db, a, image, said, user);
	db_release(db);
	log_event(e ? LOG_WARN : LOG_INFO, "image_user_read", LOG_STR("image", image), LOG_STR("said", image_said_word(said)),
		  LOG_STR("error", err_name(e)));
	return !e;
}

static void round_task(void *context, bool stopping)
{
	struct worker *w = context;
	struct arena *a = stopping ? NULL : arena_new(ACT_ARENA);
	struct db *db = a ? db_acquire(w->db, 2000) : NULL;
	int64_t ends = clock_ms() + ROUND_MS;
	bool more = db && !model_image_users_note(db, a);
	db_release(db);
	for (int i = 0; more && i < AT_ONCE && clock_ms() < ends; i++) {
		arena_reset(a);
		more = read_one(w, a);
	}
	arena_free(a);
	atomic_store(&w->reading.busy, false);
}

void image_users_kick(struct worker *w)
{
	tasks_again(w->slow, &w->reading, PAUSE_MS, round_task, w);
}
