/* portalctl keys: secrets at rest under the newest key. */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/phrases.h"
#include "base/secret.h"
#include "config.h"
#include "ctl/ctl.h"
#include "model/maintenance.h"

/* Seals one value anew; false: it does not open, which was said. */
static bool reseal(struct ctl *ctl, struct arena *a, enum sealed_column column, const struct sealed_value *v, enum err *e)
{
	const char *place = arena_printf(a, "%s.%lld", sealed_column_place(column), (long long)v->id);
	const char *plain = keyring_open(ctl->keyring, a, place, v->sealed);
	if (!plain) {
		ctl_fail("%s does not open: its key is not in SECRET_KEYS, or the value was changed; it stays as it is", place);
		return false;
	}
	*e = model_maintenance_reseal(ctl->db, a, column, v, keyring_seal(ctl->keyring, a, place, plain));
	return true;
}

enum ctl_exit ctl_keys_rotate(struct ctl *ctl, int argc, char **argv)
{
	if (!ctl_parse(argc, argv, NULL, NULL, 0))
		return CTL_USAGE;
	const char *keys = ctl->config->secret_keys;
	const char *prefix = arena_printf(ctl->arena, "v1:%.*s:", (int)strcspn(keys, ":"), keys);
	struct arena *a = arena_new(16 << 20);
	int done = 0, broken = 0;
	enum err e = a ? ERR_NONE : ERR_UNAVAILABLE;
	for (enum sealed_column column = 0; e == ERR_NONE && column < SEALED__MAX; column++) {
		int count = SEALED_BATCH;
		for (int64_t after = 0; e == ERR_NONE && count == SEALED_BATCH; arena_reset(a)) {
			struct sealed_value *values;
			e = model_maintenance_sealed(ctl->db, a, column, prefix, after, &values, &count);
			for (int i = 0; e == ERR_NONE && i < count; i++) {
				bool opened = reseal(ctl, a, column, &values[i], &e);
				done += opened;
				broken += !opened;
				after = values[i].id;
			}
		}
	}
	arena_free(a);
	if (e == ERR_NONE)
		e = ctl_audit(ctl, "keys.rotate", audit_object(ctl->arena, AUDIT_KEYS, NULL), 0,
			      phrase(ctl->arena, PHRASE_AUDIT_KEYS_ROTATED, arena_printf(ctl->arena, "%d", done),
				     arena_printf(ctl->arena, "%d", broken)));
	printf("%d sealed anew\n", done);
	if (e != ERR_NONE)
		return ctl_fail_err(e, "seal the rest; run it again");
	return broken ? CTL_FAILED : CTL_DONE;
}
