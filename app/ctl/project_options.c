/* The options of a new project, and making it from them. */
#include "ctl/project_options.h"

#include <string.h>

#include "base/str.h"
#include "config.h"
#include "model/build_configs.h"
#include "model/projects.h"
#include "model/registries.h"
#include "model/settings.h"

void project_options_rows(struct project_options *o, struct ctl_option rows[PROJECT_OPTIONS])
{
	const struct ctl_option all[PROJECT_OPTIONS] = { { .name = "--project", .text = &o->name },
							 { .name = "--repo", .text = &o->repo },
							 { .name = "--branch", .text = &o->branch },
							 { .name = "--dockerfile", .text = &o->dockerfile },
							 { .name = "--context", .text = &o->context },
							 { .name = "--registry", .text = &o->registry },
							 { .name = "--image-repo", .text = &o->image_repo },
							 { .name = "--tag-strategy", .text = &o->tag_strategy },
							 { .name = "--port", .text = &o->port },
							 { .name = "--no-auto-build", .flag = &o->no_auto_build },
							 { .name = "--no-auto-deploy", .flag = &o->no_auto_deploy },
							 { 0 } };
	memcpy(rows, all, sizeof all);
}

static bool find_registry(struct ctl *ctl, const char *name, int64_t *id)
{
	struct registry *list;
	int count;
	enum err e = model_registries_list(ctl->db, ctl->arena, &list, &count);
	if (e != ERR_NONE) {
		ctl_fail_err(e, "list the registries");
		return false;
	}
	for (int i = 0; i < count; i++)
		if (!strcmp(list[i].name, name)) {
			*id = list[i].id;
			return true;
		}
	ctl_fail("there is no registry %s: make it by `portalctl registry add`", name);
	return false;
}

/* What differs from the defaults that the model gave the new configuration. */
static enum ctl_exit configure(struct ctl *ctl, const struct settings *s, int64_t id, const struct project_options *o)
{
	struct build_config c;
	enum err e = model_build_configs_get(ctl->db, ctl->arena, s, id, &c);
	if (e != ERR_NONE)
		return ctl_fail_err(e, "read the new configuration");
	struct build_config_input in = { .repo_url = c.repo_url,
					 .branch = o->branch ? o->branch : c.branch,
					 .dockerfile_path = o->dockerfile ? o->dockerfile : c.dockerfile_path,
					 .context_path = o->context ? o->context : c.context_path,
					 .image_repo = o->image_repo ? o->image_repo : c.image_repo,
					 .tag_strategy = o->tag_strategy ? o->tag_strategy : c.tag_strategy,
					 .registry_id = c.registry_id,
					 .auto_build = !o->no_auto_build,
					 .auto_deploy = !o->no_auto_deploy };
	if (o->registry && !find_registry(ctl, o->registry, &in.registry_id))
		return CTL_FAILED;
	struct build_config_fault faults[BUILD_CONFIG_FIELDS];
	const char *schemes = ctl->config->repo_schemes;
	if (build_config_check(ctl->arena, &in, schemes, faults))
		return ctl_fail("%s breaks its rules (%s)", faults[0].field, faults[0].code);
	e = model_build_configs_save(ctl->db, ctl->arena, id, &in, schemes, 0);
	return e == ERR_NONE ? CTL_DONE : ctl_fail_err(e, "store the configuration");
}

enum ctl_exit project_make(struct ctl *ctl, int64_t student_id, const struct project_options *o, int64_t *id)
{
	if (!o->name || !o->repo)
		return ctl_fail("a project needs --project and --repo");
	int64_t port = 0;
	if (o->port && !str_to_int(o->port, 1, 65535, &port))
		return ctl_fail("--port must be a number from 1 to 65535");
	struct settings *s;
	enum err e = model_settings_load(ctl->db, ctl->arena, &s);
	if (e != ERR_NONE)
		return ctl_fail_err(e, "read the settings");
	const struct project_new p = { .student_id = student_id,
				       .name = o->name,
				       .container_port = (int)port,
				       .repo_url = o->repo,
				       .repo_schemes = ctl->config->repo_schemes };
	const char *why;
	e = model_projects_create(ctl->db, ctl->arena, ctl->keyring, s, &p, id, &why);
	if (e == ERR_INVALID || e == ERR_CONFLICT)
		return ctl_fail("%s", why);
	if (e != ERR_NONE)
		return ctl_fail_err(e, "make the project");
	enum ctl_exit result = configure(ctl, s, *id, o);
	if (result != CTL_DONE)
		return result;
	e = ctl_audit(ctl, "project.create", audit_object_id(ctl->arena, AUDIT_PROJECT, *id), *id, o->name);
	return e == ERR_NONE ? CTL_DONE : ctl_fail_err(e, "write the audit line");
}
