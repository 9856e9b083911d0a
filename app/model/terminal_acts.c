/* Acts in containers: a ticket for a terminal, one command. */
#include "model/terminal_acts.h"

#include <inttypes.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/phrases.h"
#include "base/secret.h"
#include "db/db.h"
#include "model/audit.h"
#include "model/projects.h"

enum { TICKET_BYTES = 32 };

enum err model_terminals_ticket(struct request *req, const struct terminal *t, const char **ticket)
{
	struct db *db = request_db(req);
	const char *text = secret_token(req->arena, TICKET_BYTES);
	enum err e = db_query(db, req->arena, NULL, "DELETE FROM terminal_tickets WHERE expires_at < now() - interval '1 day'");
	if (!e)
		e = db_query(
			db, req->arena, NULL,
			"INSERT INTO terminal_tickets (token_hash, user_id, project_id, cluster_id, namespace, pod, container, "
			"seconds, ip, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, "
			"now() + make_interval(secs => $10::integer))",
			DB_TEXT(secret_digest(req->arena, text)), DB_INT(req->actor.id), DB_INT(t->project_id),
			DB_INT(t->cluster_id), DB_TEXT(t->ns), DB_TEXT(t->pod), DB_TEXT(t->container), DB_INT(t->seconds),
			DB_TEXT(req->ip), DB_INT(TERMINAL_TICKET_SECONDS));
	*ticket = e ? NULL : text;
	return e;
}

enum err model_act_command(struct request *req, const struct project *p, struct kube *k, const struct kube_exec_ask *ask,
			   struct kube_exec_result *out, const char **why)
{
	struct arena *a = req->arena;
	int64_t began = clock_ms();
	request_release_db(req);
	enum err e = kube_exec_run(k, a, ask, COMMAND_SECONDS, COMMAND_OUTPUT, out, why);
	const char *end = e	      ? *why ? *why : err_name(e)
				    : out->late ? phrase_text(PHRASE_COMMAND_LATE)
				      : phrase(a, PHRASE_COMMAND_EXIT, arena_printf(a, "%d", out->exit_code));
	struct audit line = audit_of(req, "terminal.command", audit_object_in(a, audit_kind_word(AUDIT_POD), ask->ns, ask->pod));
	line.project_id = p->id;
	line.student_id = p->student_id;
	line.refused = e != ERR_NONE;
	line.detail = phrase(a, PHRASE_AUDIT_COMMAND_RUN, req->actor.name, ask->argv[0], ask->pod, ask->container,
			     arena_printf(a, "%" PRId64, clock_ms() - began), end);
	enum err noted = model_audit_write(request_db(req), a, &line);
	return e ? e : noted;
}
