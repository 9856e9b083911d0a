/* What a stream's address asks for, checked. */
#include "stream/request.h"

#include <string.h>

#include "base/str.h"

static bool parse_id(const char *text, size_t len, int64_t *id)
{
	char digits[24];
	if (len >= sizeof digits)
		return false;
	memcpy(digits, text, len);
	digits[len] = 0;
	return str_to_int(digits, 1, INT64_MAX, id);
}

static bool parse_list(const char *text, int64_t *ids, size_t *count)
{
	*count = 0;
	if (!text)
		return true;
	while (*text) {
		size_t len = strcspn(text, ",");
		if (*count == STREAM_IDS_MAX || !parse_id(text, len, &ids[*count]))
			return false;
		++*count;
		text += len;
		if (*text == ',' && !*++text)
			return false;
	}
	return true;
}

/* "PREFIX<id>SUFFIX" */
static bool match(const char *path, const char *prefix, const char *suffix, int64_t *id)
{
	if (!str_starts(path, prefix))
		return false;
	path += strlen(prefix);
	size_t len = strcspn(path, "/");
	return !strcmp(path + len, suffix) && parse_id(path, len, id);
}

static bool parse_place(const char *text, int64_t *place)
{
	int64_t seq;
	if (!text || !*text)
		return true;
	if (!str_to_int(text, 0, INT64_MAX, &seq))
		return false;
	if (seq > *place)
		*place = seq;
	return true;
}

int stream_request_parse(struct stream_request *r, const char *path, const char *last_event_id, const char *after,
			 const char *builds, const char *projects)
{
	*r = (struct stream_request){ .kind = STREAM_WATCH };
	struct wish *w = &r->wish;
	w->builds = r->builds;
	w->projects = r->projects;
	if (!strcmp(path, "/stream/health")) {
		r->kind = STREAM_HEALTH;
		return 200;
	}
	if (match(path, "/stream/builds/", "/log", r->builds)) {
		w->is_log = true;
		w->build_count = 1;
		return parse_place(last_event_id, &w->after) && parse_place(after, &w->after) ? 200 : 400;
	}
	if (match(path, "/stream/builds/", "/state", r->builds)) {
		w->build_count = 1;
		return 200;
	}
	if (match(path, "/stream/projects/", "/state", r->projects)) {
		w->project_count = 1;
		return 200;
	}
	if (strcmp(path, "/stream/state"))
		return 404;
	if (!parse_list(builds, r->builds, &w->build_count) || !parse_list(projects, r->projects, &w->project_count))
		return 400;
	return w->build_count + w->project_count ? 200 : 400;
}
