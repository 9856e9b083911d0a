/* The plan of a deployment. */
#include "worker/deployment_plan.h"

#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/str.h"
#include "db/db.h"
#include "model/app_secrets.h"
#include "model/deployment_drive.h"
#include "model/projects.h"
#include "model/registries.h"
#include "model/settings.h"
#include "model/variables.h"
#include "worker/links.h"

enum { VARIABLES = 512 };

/* "KEY=VALUE" lines of the setting, then the project's own: a later name wins. */
static int add_shared(const struct planning *x, struct app_variable *all)
{
	int count = 0;
	for (const char *line = settings_text(x->settings, SETTING_SHARED_ENV); *line && count < VARIABLES;) {
		size_t len = strcspn(line, "\r\n");
		const char *equals = memchr(line, '=', len);
		if (equals && equals > line)
			all[count++] = (struct app_variable){
				.name = arena_memdup(x->arena, line, (size_t)(equals - line)),
				.value = arena_memdup(x->arena, equals + 1, len - (size_t)(equals - line) - 1),
			};
		line += len;
		line += strspn(line, "\r\n");
	}
	return count;
}

static enum err add_variables(const struct planning *x, struct app_plan *p, const char **content, const char **fault)
{
	struct app_variable *all = arena_alloc(x->arena, VARIABLES * sizeof *all);
	struct variable_opened *own;
	json_object *secrets = json_own(x->arena, json_object_new_object());
	const char *broken;
	int count = add_shared(x, all), own_count;
	enum err e = model_variables_open(x->db, x->arena, x->keys, x->project_id, &own, &own_count, &broken);
	if (e == ERR_INTERNAL && broken)
		*fault = arena_printf(x->arena, "The value of the secret variable %s does not open with the portal's keys.",
				      broken);
	for (int i = 0; !e && i < own_count && count < VARIABLES; i++) {
		bool secret = own[i].digest != NULL;
		all[count++] = (struct app_variable){ own[i].name, secret ? NULL : own[i].value, own[i].digest };
		if (secret)
			json_add_text(secrets, own[i].name, own[i].value);
	}
	p->variables = all;
	p->variable_count = count;
	*content = json_object_object_length(secrets)
			   ? arena_strdup(x->arena, json_object_to_json_string_ext(secrets, JSON_PLAIN))
			   : NULL;
	return e;
}

/* The registry whose address the image begins with, when it asks for a password; 0: none. */
static enum err find_registry(const struct planning *x, const char *image, int64_t *id)
{
	struct registry *all;
	int count;
	*id = 0;
	enum err e = model_registries_list(x->db, x->arena, &all, &count);
	for (int i = 0; !e && i < count; i++) {
		size_t len = strlen(all[i].address);
		if (!strncmp(image, all[i].address, len) && image[len] == '/' && all[i].pull_username)
			*id = all[i].id;
	}
	return e;
}

enum err deployment_plan_make(const struct planning *x, const struct deployment_basis *b, struct app_plan *out,
			      const char **content, const char **fault)
{
	const struct settings *s = x->settings;
	*content = *fault = NULL;
	*out = (struct app_plan){
		.project_id = x->project_id,
		.deployment_id = x->deployment_id,
		.image = b->image,
		.commit_sha = b->commit_sha,
		.replicas = b->replicas,
		.port = b->port,
		.health_path = b->health_path,
		.restarted_at = b->restarted_at,
		.cpu = settings_text(s, SETTING_APP_CPU),
		.memory = settings_text(s, SETTING_APP_MEMORY),
		.disk = settings_text(s, SETTING_APP_DISK),
		.restricted = !strcmp(settings_text(s, SETTING_POD_SECURITY), "restricted"),
		.host = project_host(x->arena, s, x->link->base_domain, x->project_id),
		.ingress_class = *x->link->ingress_class ? x->link->ingress_class : settings_text(s, SETTING_INGRESS_CLASS),
		.cluster_issuer = settings_text(s, SETTING_CLUSTER_ISSUER),
		.deadline_seconds = settings_int(s, SETTING_DEPLOY_TIMEOUT),
	};
	enum err e = find_registry(x, out->image, &out->registry_id);
	return e ? e : add_variables(x, out, content, fault);
}

static enum err store(const struct planning *x, const struct lease *l, const char *content, struct app_plan *p)
{
	const char *digest;
	enum err e = ERR_NONE;
	if (content) {
		e = model_variables_digest(x->db, x->arena, x->keys, x->project_id, content, &digest);
		if (!e)
			e = model_app_secrets_keep(x->db, x->arena, x->keys,
						   &(struct app_secret_new){ x->project_id, x->link->id, digest, content },
						   &p->secret_id);
	}
	return e ? e : model_deployment_drive_plan(x->db, x->arena, l, p->deployment_id, app_plan_text(x->arena, p));
}

enum err deployment_plan_store(const struct planning *x, const struct lease *l, const char *content, struct app_plan *p)
{
	enum err e = db_begin(x->db);
	if (!e)
		e = store(x, l, content, p);
	if (!e)
		return db_commit(x->db);
	db_rollback(x->db);
	return e;
}
