/* Kaniko: builds as root inside its own container, without any privilege beyond the file capabilities it uses. */
#include <stdbool.h>
#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "model/settings.h"
#include "worker/builder.h"

static void insecure(void *context, const char *registry)
{
	struct {
		struct arena *a;
		json_object *container;
	} *c = context;
	builder_arg(c->container, arena_printf(c->a, "--insecure-registry=%s", registry));
}

static void fill(struct arena *a, json_object *container, const struct build_job *job, const struct settings *s)
{
	struct {
		struct arena *a;
		json_object *container;
	} c = { a, container };
	builder_arg(container, "--context=dir://" BUILD_SOURCE);
	if (strcmp(job->context_path, ".") != 0)
		builder_arg(container, arena_printf(a, "--context-sub-path=%s", job->context_path));
	/* Absolute: Kaniko looks for a relative one in the context first, and the path is the repository's. */
	builder_arg(container, arena_printf(a, "--dockerfile=" BUILD_SOURCE "/%s", job->dockerfile_path));
	builder_arg(container, arena_printf(a, "--destination=%s:%s", job->image, job->tag));
	builder_arg(container, "--no-push");
	builder_arg(container, "--tar-path=" BUILD_IMAGE_FILE);
	builder_arg(container, "--cache=false");
	builder_arg(container, "--compressed-caching=false");
	builder_arg(container, "--image-download-retry=3");
	builder_arg(container, "--log-format=text");
	builder_insecure(a, s, insecure, &c);
	builder_extra_args(container, s);
	json_add(container, "securityContext",
		 json_object_get(json_build(
			 a, "{'runAsUser':0,'allowPrivilegeEscalation':false,'seccompProfile':{'type':'RuntimeDefault'},"
			    "'capabilities':{'drop':['ALL'],'add':['CHOWN','DAC_OVERRIDE','FOWNER','FSETID','SETFCAP',"
			    "'SETGID','SETUID']}}")));
}

static void volumes(struct arena *a, json_object *list, const struct settings *s)
{
	(void)a;
	(void)list;
	(void)s;
}

const struct builder builder_kaniko = {
	.name = "kaniko",
	.default_image = "martizih/kaniko:v1.28.3",
	.archive = "docker-archive",
	.fill = fill,
	.volumes = volumes,
};
