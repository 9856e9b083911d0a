/* The answer: headers, JSON, redirects, errors. */
#include "http/response.h"

#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/log.h"
#include "base/str.h"
#include "config.h"
#include "http/router.h"
#include "http/wire.h"

#define CONTENT_POLICY                                                                                                           \
	"default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "                          \
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"

enum { NOTICE_S = 60 };

/* On every answer. */
static const char *const security_headers[][2] = {
	{ "Content-Security-Policy", CONTENT_POLICY },
	{ "X-Content-Type-Options", "nosniff" },
	{ "Cross-Origin-Opener-Policy", "same-origin" },
};

static const struct {
	int status;
	const char *text;
} statuses[] = {
	{ 200, "OK" },
	{ 201, "Created" },
	{ 202, "Accepted" },
	{ 204, "No Content" },
	{ 206, "Partial Content" },
	{ 303, "See Other" },
	{ 304, "Not Modified" },
	{ 400, "Bad Request" },
	{ 401, "Unauthorized" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 409, "Conflict" },
	{ 410, "Gone" },
	{ 412, "Precondition Failed" },
	{ 413, "Content Too Large" },
	{ 414, "URI Too Long" },
	{ 415, "Unsupported Media Type" },
	{ 416, "Range Not Satisfiable" },
	{ 421, "Misdirected Request" },
	{ 422, "Unprocessable Content" },
	{ 429, "Too Many Requests" },
	{ 431, "Request Header Fields Too Large" },
	{ 500, "Internal Server Error" },
	{ 502, "Bad Gateway" },
	{ 503, "Service Unavailable" },
	{ 504, "Gateway Timeout" },
};

const char *status_text(int status)
{
	for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
		if (statuses[i].status == status)
			return statuses[i].text;
	return "Unknown";
}

void response_begin(struct response *res, struct request *req)
{
	struct buf body = res->body, headers = res->headers; /* their memory is used again */
	*res = (struct response){ .req = req, .content_type = "text/html; charset=utf-8", .no_store = true };
	res->body = body;
	res->headers = headers;
	buf_reset(&res->body);
	buf_reset(&res->headers);
}

void response_begin_again(struct response *res)
{
	response_begin(res, res->req);
}

void response_end(struct response *res)
{
	buf_free(&res->body);
	buf_free(&res->headers);
}

void response_header(struct response *res, const char *name, const char *value)
{
	if (str_has_control(value, "")) {
		log_event(LOG_ERROR, "header_refused", LOG_STR("name", name));
		res->broken = true;
		return;
	}
	buf_printf(&res->headers, "%s: %s\r\n", name, value);
}

void response_cookie(struct response *res, const char *name, const char *value, int max_age_s)
{
	struct arena *a = res->req->arena;
	const char *age = max_age_s < 0 ? "" : arena_printf(a, "; Max-Age=%d", max_age_s);
	const char *secure = res->req->app->config->secure_cookies ? "; Secure" : "";
	response_header(res, "Set-Cookie",
			arena_printf(a, "%s=%s; Path=/; HttpOnly; SameSite=Lax%s%s", name, value, secure, age));
}

void response_notice(struct response *res, const char *name)
{
	response_cookie(res, NOTICE_COOKIE, name, NOTICE_S);
}

bool response_path_local(const char *path)
{
	return *path == '/' && path[1] != '/' && !strchr(path, '\\') && !str_has_control(path, "");
}

int response_redirect(struct response *res, const char *path)
{
	buf_reset(&res->body);
	response_header(res, "Location", response_path_local(path) ? path : "/");
	return 303;
}

int response_json(struct response *res, int status, json_object *o)
{
	buf_reset(&res->body);
	res->content_type = "application/json";
	size_t len;
	const char *text = json_object_to_json_string_length(o, JSON_PLAIN, &len);
	if (text)
		buf_add(&res->body, text, len);
	return text ? status : response_error(res, 500, NULL);
}

const char *response_sentence(const struct response *res, const char *name)
{
	const char *(*string)(const char *, const char *) = res->req->app->hooks.string;
	return string ? string(res->req->language, name) : NULL;
}

static const char *sentence(const struct response *res, const char *name, const char *otherwise)
{
	const char *text = response_sentence(res, name);
	return text ? text : otherwise;
}

static int answer_problem(struct response *res, int status, const char *detail, const char *member, json_object *value)
{
	struct request *req = res->req;
	struct arena *a = req->arena;
	const char *title = sentence(res, arena_printf(a, "error.%d.title", status), status_text(status));
	if (!detail)
		detail = sentence(res, arena_printf(a, "error.%d.detail", status), title);
	buf_reset(&res->body);
	if (!req->wants_json && req->app->hooks.error_page) {
		res->content_type = "text/html; charset=utf-8";
		req->app->hooks.error_page(res, status, title, detail);
		return status;
	}
	json_object *o = json_own(a, json_object_new_object());
	json_add_text(o, "type", "about:blank");
	json_add_text(o, "title", title);
	json_add_int(o, "status", status);
	json_add_text(o, "detail", detail);
	json_add_text(o, "instance", req->path);
	json_add_text(o, "request_id", req->id);
	if (value)
		json_add(o, member, value);
	response_json(res, status, o);
	res->content_type = "application/problem+json";
	return status;
}

int response_problem(struct response *res, int status, const char *detail, json_object *errors)
{
	return answer_problem(res, status, detail, "errors", errors);
}

int response_problem_with(struct response *res, int status, const char *detail, const char *member, json_object *object)
{
	return answer_problem(res, status, detail, member, object ? json_object_get(object) : NULL);
}

int response_error(struct response *res, int status, const char *detail)
{
	return response_problem(res, status, detail, NULL);
}

int response_err(struct response *res, enum err e, const char *detail)
{
	if (e == ERR_UNAVAILABLE || e == ERR_TOO_MANY)
		response_header(res, "Retry-After", "5");
	return response_error(res, err_http_status(e), detail);
}

void response_head(const struct response *res, int status, struct buf *out)
{
	const struct request *req = res->req;
	buf_printf(out, "Status: %d %s\r\n", status, status_text(status));
	if (status != 204 && status != 304)
		buf_printf(out, "Content-Type: %s\r\nContent-Length: %zu\r\n", res->content_type, res->body.len);
	for (size_t i = 0; i < sizeof security_headers / sizeof *security_headers; i++)
		buf_printf(out, "%s: %s\r\n", security_headers[i][0], security_headers[i][1]);
	bool secret = req->route && req->route->guards & SECRET_PATH;
	buf_printf(out, "Referrer-Policy: %s\r\n", secret ? "strict-origin" : "same-origin");
	if (str_starts(req->app->config->portal_url, "https:"))
		buf_puts(out, "Strict-Transport-Security: max-age=31536000\r\n");
	if (res->no_store)
		buf_puts(out, "Cache-Control: no-store\r\n");
	buf_printf(out, "X-Request-Id: %s\r\n", req->id);
	if (res->headers.len)
		buf_add(out, res->headers.data, res->headers.len);
	buf_puts(out, "\r\n");
}
