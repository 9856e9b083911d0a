/* BuildKit without root: its daemon in a user namespace of the container, beside it the client that builds once. */
#include <stdbool.h>
#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "model/settings.h"
#include "worker/builder.h"

/*
 * A constant: values come by the environment, extra arguments by "$@". The daemon's own log is shown only when it never came up.
 * The process sandbox needs rights that a plain pod has not; student code can therefore see the daemon, which holds nothing of
 * worth.
 */
static const char script[] =
	"state=$(mktemp -d /hydrosim/state/buildkit.XXXXXX)\n"
	"export BUILDKIT_HOST=unix://$XDG_RUNTIME_DIR/buildkit/buildkitd.sock\n"
	"mkdir -p \"$XDG_RUNTIME_DIR/buildkit\"\n"
	": >\"$state/buildkitd.toml\"\n"
	"for registry in $INSECURE_REGISTRIES; do\n"
	"\tprintf '[registry.\"%s\"]\\n  http = true\\n' \"$registry\" >>\"$state/buildkitd.toml\"\n"
	"done\n"
	"rootlesskit buildkitd --oci-worker-no-process-sandbox --root \"$state/root\" --config \"$state/buildkitd.toml\" \\\n"
	"\t--addr \"$BUILDKIT_HOST\" >\"$state/log\" 2>&1 &\n"
	"daemon=$!\n"
	"tries=0\n"
	"until buildctl debug workers >/dev/null 2>&1; do\n"
	"\ttries=$((tries + 1))\n"
	"\tif [ $tries -gt 300 ] || ! kill -0 $daemon 2>/dev/null; then\n"
	"\t\tcat \"$state/log\" >&2\n"
	"\t\techo 'rootlesskit: the build daemon did not start' >&2\n"
	"\t\texit 70\n"
	"\tfi\n"
	"\tsleep 0.1\n"
	"done\n"
	"code=0\n"
	"buildctl build --progress=plain --frontend dockerfile.v0 --local context=\"$SOURCE_PATH/$CONTEXT_PATH\" \\\n"
	"\t--local dockerfile=\"$SOURCE_PATH/$DOCKERFILE_FOLDER\" --opt filename=\"$DOCKERFILE_NAME\" \\\n"
	"\t--output type=oci,dest=\"$IMAGE_ARCHIVE\" \"$@\" 2>&1 || code=$?\n"
	"kill $daemon 2>/dev/null || true\n"
	"exit $code\n";

static void insecure(void *context, const char *registry)
{
	struct {
		struct arena *a;
		const char *all;
	} *c = context;
	c->all = arena_printf(c->a, "%s%s%s", c->all, *c->all ? " " : "", registry);
}

static void fill(struct arena *a, json_object *container, const struct build_job *job, const struct settings *s)
{
	struct {
		struct arena *a;
		const char *all;
	} c = { a, "" };
	builder_insecure(a, s, insecure, &c);
	const char *slash = strrchr(job->dockerfile_path, '/');
	builder_env(container, "SOURCE_PATH", BUILD_SOURCE);
	builder_env(container, "IMAGE_ARCHIVE", BUILD_IMAGE_FILE);
	builder_env(container, "INSECURE_REGISTRIES", c.all);
	builder_env(container, "DOCKERFILE_NAME", slash ? slash + 1 : job->dockerfile_path);
	builder_env(container, "DOCKERFILE_FOLDER",
		    slash ? arena_memdup(a, job->dockerfile_path, (size_t)(slash - job->dockerfile_path)) : ".");
	builder_env(container, "HOME", "/hydrosim/state");
	builder_env(container, "XDG_RUNTIME_DIR", "/hydrosim/run");
	builder_env(container, "TMPDIR", "/hydrosim/state");
	json_add(container, "command", json_object_get(json_build(a, "['/bin/sh','-eu','-c',%s,'build']", script)));
	builder_extra_args(container, s);
	builder_mount(container, "state", "/hydrosim/state");
	builder_mount(container, "run", "/hydrosim/run");
	/* newuidmap has its right as a file capability, which no_new_privs would take away: escalation must stay allowed. */
	json_add(container, "securityContext",
		 json_object_get(json_build(a, "{'runAsUser':1000,'runAsGroup':1000,'runAsNonRoot':true,"
					       "'seccompProfile':{'type':'Unconfined'}}")));
}

static void volumes(struct arena *a, json_object *list, const struct settings *s)
{
	json_object_array_add(list, json_object_get(json_build(a, "{'name':'state','emptyDir':{'sizeLimit':%s}}",
							       settings_text(s, SETTING_BUILD_DISK))));
	json_object_array_add(list, json_object_get(json_build(a, "{'name':'run','emptyDir':{'sizeLimit':'16Mi'}}")));
}

const struct builder builder_buildkit = {
	.name = "buildkit",
	.default_image = "moby/buildkit:rootless",
	.archive = "oci-archive",
	.fill = fill,
	.volumes = volumes,
};
