/* What the builders share. */
#include "worker/builder.h"

#include <stdbool.h>
#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "model/settings.h"

const struct builder *builder_find(const char *name)
{
	return !strcmp(name, builder_buildkit.name) ? &builder_buildkit : &builder_kaniko;
}

static json_object *list_of(json_object *o, const char *name)
{
	json_object *list;
	if (!json_object_object_get_ex(o, name, &list)) {
		list = json_object_new_array();
		json_add(o, name, list);
	}
	return list;
}

void builder_env(json_object *container, const char *name, const char *value)
{
	json_object *e = json_object_new_object();
	json_add_text(e, "name", name);
	json_add_text(e, "value", value ? value : "");
	json_object_array_add(list_of(container, "env"), e);
}

void builder_arg(json_object *container, const char *text)
{
	json_object_array_add(list_of(container, "args"), json_object_new_string(text));
}

void builder_mount(json_object *container, const char *volume, const char *path)
{
	json_object *m = json_object_new_object();
	json_add_text(m, "name", volume);
	json_add_text(m, "mountPath", path);
	json_object_array_add(list_of(container, "volumeMounts"), m);
}

void builder_extra_args(json_object *container, const struct settings *s)
{
	for (const char *p = settings_text(s, SETTING_BUILDER_ARGS); *p;) {
		size_t len = strcspn(p, "\r\n");
		if (len)
			json_object_array_add(list_of(container, "args"), json_object_new_string_len(p, (int)len));
		p += len;
		p += strspn(p, "\r\n");
	}
}

void builder_insecure(struct arena *a, const struct settings *s, void (*each)(void *context, const char *registry), void *context)
{
	for (const char *p = settings_text(s, SETTING_INSECURE_REGISTRIES); *p;) {
		size_t len = strcspn(p, ", ");
		if (len)
			each(context, arena_memdup(a, p, len));
		p += len;
		p += strspn(p, ", ");
	}
}
