/* The audit trail over the API. */
#include "model/audit.h"
#include "api/api.h"
#include "base/arena.h"
#include "view/view.h"

SHAPE(shape_audit_line, "AuditLine", struct audit_row, MEMBER("id", SHAPE_INT64, struct audit_row, id),
      MEMBER("at", SHAPE_TIME, struct audit_row, at),
      MEMBER("login", SHAPE_STRING, struct audit_row, login, .about = "\"system\" where no person acted"),
      MEMBER("role", SHAPE_STRING, struct audit_row, role), MEMBER("action", SHAPE_STRING, struct audit_row, action),
      MEMBER("object", SHAPE_STRING, struct audit_row, object, .about = "such as \"project 7\""),
      MEMBER("project_id", SHAPE_ID, struct audit_row, project_id), MEMBER("student_id", SHAPE_ID, struct audit_row, student_id),
      MEMBER("result", SHAPE_STRING, struct audit_row, result, .choices = AUDIT_RESULTS),
      MEMBER("detail", SHAPE_TEXT, struct audit_row, detail, .about = "one sentence with the particulars, in English"),
      MEMBER("ip", SHAPE_TEXT, struct audit_row, ip), MEMBER("request_id", SHAPE_TEXT, struct audit_row, request_id));
SHAPE_LIST(shape_audit, "AuditList", shape_audit_line);

enum { Q, LOGIN, ROLE, ACTION, PROJECT, STUDENT, RESULT, FROM, TO, CURSOR, LIMIT, QUERY_FIELDS };
INPUT_SET(query_api_audit, [Q] = { .name = "q", .kind = IN_TEXT, .max = 100, .about = "a part of the detail" },
	  [LOGIN] = { .name = "login", .kind = IN_TEXT, .max = 63 },
	  [ROLE] = { .name = "role", .kind = IN_ENUM, .choices = AUDIT_ROLES },
	  [ACTION] = { .name = "action", .kind = IN_ENUM, .choices = AUDIT_ACTIONS },
	  [PROJECT] = { .name = "project_id", .kind = IN_ID }, [STUDENT] = { .name = "student_id", .kind = IN_ID },
	  [RESULT] = { .name = "result", .kind = IN_ENUM, .choices = AUDIT_RESULTS },
	  [FROM] = { .name = "from", .kind = IN_DATE, .about = "the first day, in one's own zone" },
	  [TO] = { .name = "to", .kind = IN_DATE, .about = "the last day, in one's own zone" }, [CURSOR] = API_CURSOR,
	  [LIMIT] = API_LIMIT_FIELD);

static const char *or_null(const struct input_value *v)
{
	return v->present && *v->text ? v->text : NULL;
}

/* GET /api/v1/audit */
int api_audit_list(struct request *req, struct response *res)
{
	struct input_value v[QUERY_FIELDS];
	struct audit_list found;
	int status = input_check(req, res, INPUT_QUERY, v);
	if (status)
		return status;
	const char *zone = req->actor.timezone;
	struct audit_filter f = { .login = or_null(&v[LOGIN]),
				  .role = or_null(&v[ROLE]),
				  .action = or_null(&v[ACTION]),
				  .result = or_null(&v[RESULT]),
				  .project_id = v[PROJECT].number,
				  .student_id = v[STUDENT].number,
				  .from = v[FROM].present ? view_day(req->arena, zone, v[FROM].text, 0) : NULL,
				  .to = v[TO].present ? view_day(req->arena, zone, v[TO].text, 1) : NULL,
				  .search = v[Q].text,
				  .before = v[CURSOR].number,
				  .limit = api_limit(&v[LIMIT]) };
	enum err e = model_audit_search(request_db(req), req->arena, &f, &found);
	if (e)
		return response_err(res, e, NULL);
	return api_rows(res, found.rows, found.count, api_cursor(req, found.more ? found.rows[found.count - 1].id : 0));
}
