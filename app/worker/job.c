/* A build as Kubernetes objects. */
#include "worker/job.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/str.h"
#include "model/settings.h"
#include "worker/observe.h"
#include "worker/scripts.h"

#define HOME "/hydrosim/home"
#define GIT_SECRET "/hydrosim/git"
#define REGISTRY_SECRET "/hydrosim/registry"

const char *job_name(struct arena *a, int64_t build_id)
{
	return arena_printf(a, "build-%" PRId64, build_id);
}

const char *job_git_secret(struct arena *a, int64_t build_id)
{
	return arena_printf(a, "portal-git-credentials-%" PRId64, build_id);
}

const char *job_registry_secret(struct arena *a, int64_t build_id)
{
	return arena_printf(a, "kaniko-registry-auth-%" PRId64, build_id);
}

/* In thousandths of the unit; negative: not a quantity. */
static double quantity(const char *text)
{
	static const struct {
		const char *suffix;
		double factor;
	} units[] = { { "", 1e3 },   { "m", 1 },       { "k", 1e6 },	    { "M", 1e9 },	    { "G", 1e12 },
		      { "T", 1e15 }, { "Ki", 1024e3 }, { "Mi", 1048576e3 }, { "Gi", 1073741824e3 }, { "Ti", 1099511627776e3 } };
	char *end;
	double n = strtod(text, &end);
	if (end == text || n < 0)
		return -1;
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (!strcmp(end, units[i].suffix))
			return n * units[i].factor;
	return -1;
}

const char *quantity_smaller(const char *a, const char *b)
{
	double x = quantity(a), y = quantity(b);
	return x >= 0 && (x < y || y < 0) ? a : b;
}

/* Labels that everything of one build carries. */
static json_object *labels(struct arena *a, int64_t build_id)
{
	return json_object_get(json_build(a, "{'" LABEL_MANAGED_BY "':'" MANAGED_BY "','" LABEL_BUILD "':%s}",
					  arena_printf(a, "%" PRId64, build_id)));
}

static json_object *resources(struct arena *a, const char *cpu, const char *memory, const char *disk)
{
	return json_object_get(json_build(a,
					  "{'limits':{'cpu':%s,'memory':%s,'ephemeral-storage':%s},"
					  "'requests':{'cpu':%s,'memory':%s,'ephemeral-storage':%s}}",
					  cpu, memory, disk, quantity_smaller(cpu, "250m"), quantity_smaller(memory, "512Mi"),
					  quantity_smaller(disk, "1Gi")));
}

/* For the containers that run no student code: no right at all. */
static json_object *no_rights(struct arena *a, bool root)
{
	return json_object_get(json_build(a,
					  "{'runAsUser':%d,'runAsGroup':%d,'runAsNonRoot':%b,'allowPrivilegeEscalation':false,"
					  "'readOnlyRootFilesystem':true,'capabilities':{'drop':['ALL']},"
					  "'seccompProfile':{'type':'RuntimeDefault'}}",
					  (int64_t)(root ? 0 : 1000), (int64_t)(root ? 0 : 1000), !root));
}

static json_object *container(struct arena *a, const char *name, const char *image)
{
	return json_object_get(json_build(
		a, "{'name':%s,'image':%s,'imagePullPolicy':'IfNotPresent','terminationMessagePolicy':'File'}", name, image));
}

static void add_commit_env(json_object *c, const struct build_job *job)
{
	builder_env(c, "COMMIT_SHA", job->commit_sha);
	builder_env(c, "BRANCH", job->branch);
	builder_env(c, "DOCKERFILE_PATH", job->dockerfile_path);
	builder_env(c, "CONTEXT_PATH", job->context_path);
}

static json_object *clone_container(struct arena *a, const struct build_job *job, const struct settings *s)
{
	json_object *c = container(a, "clone", settings_text(s, SETTING_GIT_IMAGE));
	json_add(c, "command", json_object_get(json_build(a, "['/bin/sh','-eu','-c',%s]", script_clone)));
	builder_env(c, "REPO_URL", job->repo_url);
	add_commit_env(c, job);
	builder_env(c, "SOURCE_PATH", BUILD_SOURCE);
	builder_env(c, "SECRET_PATH", GIT_SECRET);
	builder_env(c, "HOME", HOME);
	builder_mount(c, "source", BUILD_SOURCE);
	builder_mount(c, "home", HOME);
	builder_mount(c, "git", GIT_SECRET);
	/* Root, because ssh wants a user with a name and any git image has that one; it has no right beyond its files. */
	json_add(c, "securityContext", no_rights(a, true));
	json_add(c, "resources", resources(a, "1", "512Mi", settings_text(s, SETTING_BUILD_DISK)));
	return c;
}

static json_object *build_container(struct arena *a, const struct build_job *job, const struct settings *s)
{
	const struct builder *b = builder_find(settings_text(s, SETTING_BUILDER));
	const char *image = settings_text(s, SETTING_BUILDER_IMAGE);
	json_object *c = container(a, "build", *image ? image : b->default_image);
	add_commit_env(c, job);
	builder_mount(c, "source", BUILD_SOURCE);
	builder_mount(c, "out", BUILD_OUT);
	b->fill(a, c, job, s);
	json_add(c, "resources",
		 resources(a, settings_text(s, SETTING_BUILD_CPU), settings_text(s, SETTING_BUILD_MEMORY),
			   settings_text(s, SETTING_BUILD_DISK)));
	return c;
}

static json_object *push_container(struct arena *a, const struct build_job *job, const struct settings *s)
{
	json_object *c = container(a, "push", settings_text(s, SETTING_PUSH_IMAGE));
	json_add(c, "command", json_object_get(json_build(a, "['/bin/sh','-eu','-c',%s]", script_push)));
	builder_env(c, "IMAGE_REPO", job->image);
	builder_env(c, "IMAGE_TAG", job->tag);
	builder_env(c, "IMAGE_EXTRA_TAG", job->extra_tag);
	builder_env(c, "IMAGE_ARCHIVE", BUILD_IMAGE_FILE);
	builder_env(c, "IMAGE_FORMAT", builder_find(settings_text(s, SETTING_BUILDER))->archive);
	builder_env(c, "SECRET_PATH", REGISTRY_SECRET);
	builder_env(c, "REGISTRY_TLS", job->registry_plain ? "no" : job->registry_ca ? "private" : "public");
	builder_env(c, "HOME", HOME);
	builder_env(c, "TMPDIR", HOME);
	builder_mount(c, "out", BUILD_OUT);
	builder_mount(c, "push-home", HOME);
	builder_mount(c, "registry", REGISTRY_SECRET);
	json_add(c, "securityContext", no_rights(a, false));
	json_add(c, "resources", resources(a, "1", "512Mi", settings_text(s, SETTING_BUILD_DISK)));
	return c;
}

static json_object *volumes(struct arena *a, const struct build_job *job, const struct settings *s)
{
	const char *disk = settings_text(s, SETTING_BUILD_DISK);
	json_object *list = json_object_get(
		json_build(a,
			   "[{'name':'source','emptyDir':{'sizeLimit':%s}},{'name':'out','emptyDir':{'sizeLimit':%s}},"
			   "{'name':'home','emptyDir':{'medium':'Memory','sizeLimit':'16Mi'}},{'name':'push-home','emptyDir':{'"
			   "sizeLimit':%s}},"
			   "{'name':'git','secret':{'secretName':%s,'defaultMode':256}},"
			   "{'name':'registry','secret':{'secretName':%s,'defaultMode':292}}]",
			   disk, disk, disk, job_git_secret(a, job->id), job_registry_secret(a, job->id)));
	builder_find(settings_text(s, SETTING_BUILDER))->volumes(a, list, s);
	return list;
}

json_object *job_make(struct arena *a, const struct build_job *job, const struct settings *s)
{
	json_object *pod = json_object_get(json_build(
		a,
		"{'restartPolicy':'Never','automountServiceAccountToken':false,'enableServiceLinks':false,"
		"'terminationGracePeriodSeconds':5,'initContainers':[%o,%o],'containers':[%o],'volumes':%o}",
		clone_container(a, job, s), build_container(a, job, s), push_container(a, job, s), volumes(a, job, s)));
	return json_build(a,
			  "{'apiVersion':'batch/v1','kind':'Job','metadata':{'name':%s,'labels':%o},"
			  "'spec':{'backoffLimit':0,'completions':1,'parallelism':1,'activeDeadlineSeconds':%d,"
			  "'ttlSecondsAfterFinished':86400,'template':{'metadata':{'labels':%o},'spec':%o}}}",
			  job_name(a, job->id), labels(a, job->id), settings_int(s, SETTING_BUILD_TIMEOUT), labels(a, job->id),
			  pod);
}

static json_object *secret(struct arena *a, const char *name, int64_t build_id, json_object *data)
{
	return json_build(a, "{'apiVersion':'v1','kind':'Secret','type':'Opaque','metadata':{'name':%s,'labels':%o},'data':%o}",
			  name, labels(a, build_id), data);
}

static void add_data(struct arena *a, json_object *data, const char *name, const char *value)
{
	if (value)
		json_add_text(data, name, str_base64(a, value, strlen(value)));
}

json_object *job_git_secret_make(struct arena *a, int64_t build_id, const char *private_key, const char *known_hosts)
{
	json_object *data = json_object_new_object();
	add_data(a, data, "ssh-privatekey", private_key);
	add_data(a, data, "known_hosts", known_hosts ? known_hosts : "");
	return secret(a, job_git_secret(a, build_id), build_id, data);
}

const char *docker_config(struct arena *a, const char *address, const char *username, const char *password)
{
	json_object *auths = json_object_new_object();
	if (username && password) {
		const char *pair = arena_printf(a, "%s:%s", username, password);
		json_object *entry = json_object_new_object();
		json_add_text(entry, "auth", str_base64(a, pair, strlen(pair)));
		json_add(auths, address, entry);
	}
	json_object *o = json_own(a, json_object_new_object());
	json_add(o, "auths", auths);
	return arena_strdup(a, json_object_to_json_string_ext(o, JSON_PLAIN));
}

json_object *job_registry_secret_make(struct arena *a, int64_t build_id, const char *address, const char *username,
				      const char *password, const char *ca_pem)
{
	json_object *data = json_object_new_object();
	add_data(a, data, "config.json", docker_config(a, address, username, password));
	add_data(a, data, "ca.crt", ca_pem);
	return secret(a, job_registry_secret(a, build_id), build_id, data);
}

json_object *job_owner_patch(struct arena *a, int64_t build_id, const char *job_uid)
{
	return json_build(a, "{'metadata':{'ownerReferences':[{'apiVersion':'batch/v1','kind':'Job','name':%s,'uid':%s}]}}",
			  job_name(a, build_id), job_uid);
}
