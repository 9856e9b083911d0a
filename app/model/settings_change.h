/* Settings as a form shows and changes them: all at once, never over what somebody else has saved meanwhile. */
#ifndef MODEL_SETTINGS_CHANGE_H
#define MODEL_SETTINGS_CHANGE_H

#include "model/settings.h"

/* One setting of one moment. Texts are the arena's. */
struct setting_row {
	const char *value;     /* in force */
	const char *otherwise; /* what it is without a stored value: the variable's, or the default */
	const char *origin;    /* as settings_origin */
	int64_t version;       /* of the last change; 0: never changed */
	const char *updated_by, *updated_by_name, *updated_at; /* login and name NULL: the operator's command line */
};

/* All of them. `version` is the greatest one: what a form carries, and the API's ETag. */
struct settings_state {
	struct setting_row rows[SETTING__MAX];
	int64_t version;
};

/* By one query. */
enum err model_settings_state(struct db *db, struct arena *a, struct settings_state *out) MUST_CHECK;

/* What somebody asks of one setting. */
struct setting_wish {
	const char *value; /* NULL: as it is */
	bool reset;	   /* back to the default, whatever the value says */
};

enum setting_outcome { SETTING_KEPT, SETTING_SET, SETTING_RESET, SETTING_CONFLICT };

/*
 * What a wish comes to, for one who saw the settings at version `seen`: a value that is in force already is kept, stored or not;
 * a conflict is another value than was wished, of a newer version. Pure.
 */
enum setting_outcome setting_merge(const struct setting_row *row, const struct setting_wish *wish, int64_t seen);

/* What became of them. */
struct settings_changed {
	struct settings_state before; /* under the lock */
	enum setting_outcome outcomes[SETTING__MAX];
	const char *faults[SETTING__MAX]; /* setting_fault's, or NULL */
	int count;			  /* set or reset */
};

/*
 * All wishes or none, in the caller's transaction, which it may not go on with after an error. `seen` INT64_MAX: whatever was
 * saved meanwhile. ERR_INVALID: faults say what is wrong; ERR_CONFLICT: outcomes say where somebody else was faster. user_id 0:
 * the command line.
 */
enum err model_settings_change(struct db *db, struct arena *a, const struct setting_wish wishes[SETTING__MAX], int64_t seen,
			       int64_t user_id, struct settings_changed *out) MUST_CHECK;

/* What the audit trail says of one that was set or reset: the old and the new value, each cut to a readable length. In the arena.
 */
const char *setting_changed_text(struct arena *a, const struct settings_changed *c, const struct setting_wish *wish,
				 enum setting which);

#endif
