/* Deleting what belongs to no row, by a person. */
#include "model/stray_acts.h"

#include <inttypes.h>

#include "base/arena.h"
#include "model/audit.h"
#include "model/clusters.h"

enum err model_act_strays(struct request *req, const struct cluster *c, struct kube *k, const struct strays *s, int *deleted,
			  const char **why)
{
	request_release_db(req);
	enum err e = strays_delete(k, req->arena, s, deleted, why);
	struct audit line = audit_of(req, "cluster.cleanup", arena_printf(req->arena, "cluster %" PRId64, c->id));
	line.refused = e != ERR_NONE;
	line.detail = arena_printf(req->arena, "%s deleted %d of %d objects without a row on the cluster %s%s%s", req->actor.name,
				   *deleted, s->count, c->name, e ? ": " : "", e ? *why : "");
	enum err noted = model_audit_write(request_db(req), req->arena, &line);
	return e ? e : noted;
}
