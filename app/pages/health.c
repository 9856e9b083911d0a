/* Whether the portal works: JSON for machines, a page for people. */
#include <autoconf.h> /* autoconf's: PACKAGE_VERSION */
#include <string.h>

#include "base/json.h"
#include "model/health.h"
#include "pages/page.h"

/* GET /health: 200 "ok" or "degraded" (no worker beats), 503 when the database is away. */
int page_health(struct request *req, struct response *res)
{
	struct health health = { 0 };
	bool database = model_health_read(request_db(req), req->arena, &health) == ERR_NONE;
	const char *status = !database ? "unavailable" : health.workers ? "ok" : "degraded";
	int code = database ? 200 : 503;
	if (!database)
		response_header(res, "Retry-After", "5");
	if (strstr(request_header(req, "HTTP_ACCEPT"), "text/html")) {
		struct view *v = page_view(req);
		view_set(v, "Page.title", view_string(v, "health.title"));
		view_set(v, "Health.status", status);
		view_set_bool(v, "Health.database", database);
		view_set_int(v, "Health.workers", health.workers);
		view_set(v, "Health.version", PACKAGE_VERSION);
		return page_answer(res, code, v, "health");
	}
	json_object *o =
		json_build(req->arena, "{'status': %s, 'version': %s, 'database': %s, 'workers': %d, 'schema': %s}", status,
			   PACKAGE_VERSION, database ? "ok" : "unavailable", (int64_t)health.workers, health.schema);
	return response_json(res, code, o);
}
