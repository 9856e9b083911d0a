/* portalctl prune: deletes what has expired. */
#include <stdio.h>

#include "base/arena.h"
#include "base/phrases.h"
#include "ctl/ctl.h"
#include "model/maintenance.h"
#include "model/sessions.h"

enum ctl_exit ctl_prune(struct ctl *ctl, int argc, char **argv)
{
	if (!ctl_parse(argc, argv, NULL, NULL, 0))
		return CTL_USAGE;
	int64_t total = 0, left = 0, before;
	enum err e = model_maintenance_expired(ctl->db, ctl->arena, &left);
	/* In small steps, so that nobody waits for locks; it ends when a step leaves as much as it found. */
	do {
		before = left;
		if (e == ERR_NONE)
			e = model_sessions_prune(ctl->db, ctl->arena);
		if (e == ERR_NONE)
			e = model_maintenance_prune(ctl->db, ctl->arena);
		if (e == ERR_NONE)
			e = model_maintenance_expired(ctl->db, ctl->arena, &left);
		total += before - left;
	} while (e == ERR_NONE && left && left < before);
	if (e == ERR_NONE)
		e = ctl_audit(ctl, "prune", audit_object(ctl->arena, AUDIT_DATABASE, NULL), 0,
			      phrase(ctl->arena, PHRASE_AUDIT_PRUNED, arena_printf(ctl->arena, "%lld", (long long)total)));
	if (e != ERR_NONE)
		return ctl_fail_err(e, "delete the rest; run it again");
	printf("%lld rows deleted\n", (long long)total);
	return CTL_DONE;
}
