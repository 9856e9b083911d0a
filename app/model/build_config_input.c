/* Build configurations, what people give: the rules of each field, and the default of a new project. */
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/gitref.h"
#include "base/phrases.h"
#include "base/secret.h"
#include "base/str.h"
#include "db/db.h"
#include "gitea/gitea.h"
#include "model/build_configs.h"
#include "model/settings.h"

enum { REPO_URL_MAX = 500, IMAGE_REPO_MAX = 200 };

static bool lower_or_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* The grammar of image names: components of [a-z0-9] with single separators inside, joined by '/'. */
static bool image_repo_valid(const char *s)
{
	size_t len = strlen(s);
	if (!len || len > IMAGE_REPO_MAX)
		return false;
	for (size_t i = 0; i < len; i++) {
		bool inside = i && i + 1 < len && lower_or_digit(s[i - 1]) && lower_or_digit(s[i + 1]);
		if (!lower_or_digit(s[i]) && !(inside && strchr("._-/", s[i])))
			return false;
	}
	return true;
}

int build_config_check(struct arena *a, const struct build_config_input *in, const char *schemes,
		       struct build_config_fault faults[BUILD_CONFIG_FIELDS])
{
	struct repo_address address;
	const char *why;
	int n = 0;
	if (strlen(in->repo_url) > REPO_URL_MAX || !repo_address_parse(a, in->repo_url, schemes, &address, &why))
		faults[n++] = (struct build_config_fault){ "repo_url", "repo_url" };
	if (!git_branch_valid(in->branch))
		faults[n++] = (struct build_config_fault){ "branch", "branch" };
	if (!git_path_valid(in->dockerfile_path) || !strcmp(in->dockerfile_path, "."))
		faults[n++] = (struct build_config_fault){ "dockerfile_path", "path" };
	if (!git_path_valid(in->context_path))
		faults[n++] = (struct build_config_fault){ "context_path", "path" };
	if (!image_repo_valid(in->image_repo))
		faults[n++] = (struct build_config_fault){ "image_repo", "image_repo" };
	if (strcmp(in->tag_strategy, "short_sha") && strcmp(in->tag_strategy, "branch_latest"))
		faults[n++] = (struct build_config_fault){ "tag_strategy", "choice" };
	return n;
}

/* Makes a word a component of an image name: lower case, anything else a single '-'; `otherwise` where nothing is left. */
static void add_component(struct buf *b, const char *word, const char *otherwise)
{
	size_t start = b->len;
	bool gap = false;
	for (; *word; word++) {
		char c = *word >= 'A' && *word <= 'Z' ? (char)(*word - 'A' + 'a') : *word;
		if (!lower_or_digit(c)) {
			gap = b->len > start;
			continue;
		}
		if (gap)
			buf_puts(b, "-");
		gap = false;
		buf_add(b, &c, 1);
	}
	if (b->len == start)
		buf_puts(b, otherwise);
}

static const char *expand(struct arena *a, const char *template, const char *course, const char *student, const char *project,
			  int64_t project_id)
{
	struct buf b = { .cap = 4096 };
	const char *id = arena_printf(a, "p%lld", (long long)project_id);
	while (*template) {
		if (str_starts(template, "{course}")) {
			add_component(&b, course, id);
			template += strlen("{course}");
		} else if (str_starts(template, "{student}")) {
			add_component(&b, student, id);
			template += strlen("{student}");
		} else if (str_starts(template, "{project}")) {
			add_component(&b, project, id);
			template += strlen("{project}");
		} else {
			buf_add(&b, template ++, 1);
		}
	}
	const char *text = arena_memdup(a, b.data ? b.data : "", b.len);
	buf_free(&b);
	return image_repo_valid(text) ? text : id;
}

enum err model_build_configs_create(struct db *db, struct arena *a, struct keyring *k, const struct settings *s,
				    int64_t project_id, const char *repo_url, const char *schemes, const char **why)
{
	struct db_rows r;
	struct repo_address address;
	struct deploy_key key;
	const char *secret;
	if (!repo_address_parse(a, repo_url, schemes, &address, why))
		return ERR_INVALID;
	*why = phrase_text(PHRASE_PROJECT_NONE);
	enum err e = db_query(
		db, a, &r,
		"SELECT c.code, s.student_number, p.name, (SELECT id FROM registries ORDER BY id = $2 DESC, id LIMIT 1)"
		" FROM projects p JOIN students s ON s.id = p.student_id JOIN courses c ON c.id = s.course_id WHERE p.id = $1",
		DB_INT(project_id), DB_INT(settings_int(s, SETTING_DEFAULT_REGISTRY_ID)));
	if (e)
		return e;
	if (!r.count)
		return ERR_NOT_FOUND;
	const char *image_repo = expand(a, settings_text(s, SETTING_DEFAULT_IMAGE_REPO_TEMPLATE), db_text(&r, 0, 0),
					db_text(&r, 0, 1), db_text(&r, 0, 2), project_id);
	*why = phrase_text(PHRASE_PROJECT_NO_CONFIG);
	e = db_query(db, a, NULL,
		     "INSERT INTO build_configs (project_id, repo_url, repo_path, registry_id, image_repo, webhook_secret_sealed)"
		     " VALUES ($1, $2, $3, $4, $5, '')",
		     DB_INT(project_id), DB_TEXT(repo_url), DB_TEXT(address.path), DB_ID(db_int(&r, 0, 3)), DB_TEXT(image_repo));
	if (!e)
		e = model_build_configs_new_key(db, a, k, project_id, &key);
	if (!e)
		e = model_build_configs_new_secret(db, a, k, project_id, &secret);
	return e;
}
