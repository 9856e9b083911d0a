/* Every object that the worker sends, read as an attacker would: what must and must not be in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/json.h"
#include "kube/names.h"
#include "model/settings.h"
#include "worker/job.h"
#include "worker/manifests.h"
#include "worker/observe.h"

#define HOSTILE "\"}],\"privileged\":true,$(id)`id`"

static struct arena *a;

static int begin(void **state)
{
	(void)state;
	a = arena_new(64 << 20);
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_free(a);
	return 0;
}

static const char *text_of(json_object *o)
{
	return json_object_to_json_string_ext(o, JSON_PLAIN);
}

static struct build_job job(void)
{
	return (struct build_job){ .id = 7,
				   .repo_url = "ssh://git@host/a/" HOSTILE ".git",
				   .commit_sha = "1111111111111111111111111111111111111111",
				   .branch = HOSTILE,
				   .dockerfile_path = "docker/Dockerfile",
				   .context_path = "app",
				   .image = "r:5000/a/b",
				   .tag = "abc",
				   .extra_tag = "main-latest",
				   .registry_address = "r:5000",
				   .registry_ca = true };
}

static struct settings *settings(const char *builder)
{
	setenv("PORTAL_BUILDER", builder, 1);
	setenv("PORTAL_INSECURE_REGISTRIES", "plain:5000, other:80", 1);
	return settings_defaults(a);
}

static bool has_env(json_object *container, const char *name, const char *value)
{
	for (size_t i = 0; i < json_len(container, "env"); i++) {
		json_object *e = json_object_array_get_idx(json_at(container, "env"), i);
		if (!strcmp(json_text(e, "name", ""), name))
			return !value || !strcmp(json_text(e, "value", ""), value);
	}
	return false;
}

static bool mounts(json_object *container, const char *volume)
{
	for (size_t i = 0; i < json_len(container, "volumeMounts"); i++)
		if (!strcmp(json_text(json_object_array_get_idx(json_at(container, "volumeMounts"), i), "name", ""), volume))
			return true;
	return false;
}

/* What holds for every pod that the portal makes. */
static void check_pod(json_object *spec)
{
	static const char *const never[] = { "hostPath",  "hostNetwork",	  "hostPID",
					     "hostIPC",	  "privileged\":true,\"", "hostPort",
					     "SYS_ADMIN", "serviceAccountToken" };
	assert_false(json_flag(spec, "automountServiceAccountToken", true));
	assert_false(json_flag(spec, "enableServiceLinks", true));
	for (size_t i = 0; i < sizeof never / sizeof *never; i++)
		if (!strstr(never[i], "privileged"))
			assert_null(strstr(text_of(spec), never[i]));
	const char *const lists[] = { "initContainers", "containers" };
	for (size_t l = 0; l < 2; l++)
		for (size_t i = 0; i < json_len(spec, lists[l]); i++) {
			json_object *c = json_object_array_get_idx(json_at(spec, lists[l]), i);
			assert_false(json_flag(c, "securityContext.privileged", false));
			assert_non_null(json_at(c, "resources.limits.cpu"));
			assert_non_null(json_at(c, "resources.limits.memory"));
			assert_non_null(json_at(c, "resources.requests.memory"));
		}
}

static void check_job(const char *builder)
{
	struct build_job j = job();
	json_object *o = job_make(a, &j, settings(builder));
	json_object *pod = json_at(o, "spec.template.spec");
	json_object *clone = json_at(pod, "initContainers.0"), *build = json_at(pod, "initContainers.1"),
		    *push = json_at(pod, "containers.0");
	check_pod(pod);
	assert_string_equal(json_text(o, "metadata.name", ""), "build-7");
	assert_int_equal(observe_id(o, LABEL_BUILD), 7);
	assert_int_equal(observe_id(json_at(o, "spec.template"), LABEL_BUILD), 7);
	assert_int_equal(json_int(o, "spec.backoffLimit", 6), 0);
	assert_int_equal(json_int(o, "spec.activeDeadlineSeconds", 0), 1800);
	assert_int_equal(json_int(o, "spec.ttlSecondsAfterFinished", 0), 86400);
	assert_string_equal(json_text(pod, "restartPolicy", ""), "Never");
	assert_string_equal(json_text(clone, "name", ""), "clone");
	assert_string_equal(json_text(build, "name", ""), "build");
	assert_string_equal(json_text(push, "name", ""), "push");
	/* The secrets are where they belong, and nowhere else. */
	assert_true(mounts(clone, "git") && !mounts(clone, "registry"));
	assert_true(mounts(push, "registry") && !mounts(push, "git"));
	assert_false(mounts(build, "git") || mounts(build, "registry") || mounts(build, "home"));
	assert_false(mounts(push, "source"));
	assert_null(strstr(text_of(build), "valueFrom"));
	assert_null(strstr(text_of(build), "secret"));
	/* Values are values: never a part of a script or an argument of another. */
	assert_true(has_env(clone, "BRANCH", HOSTILE));
	assert_true(has_env(clone, "REPO_URL", j.repo_url));
	assert_null(strstr(json_text(clone, "command.3", ""), "privileged"));
	assert_true(has_env(build, "DOCKERFILE_PATH", "docker/Dockerfile"));
	assert_true(has_env(push, "IMAGE_EXTRA_TAG", "main-latest"));
	assert_true(has_env(push, "REGISTRY_TLS", "private"));
	assert_false(json_flag(clone, "securityContext.allowPrivilegeEscalation", true));
	assert_false(json_flag(push, "securityContext.allowPrivilegeEscalation", true));
	assert_true(json_flag(push, "securityContext.runAsNonRoot", false));
	assert_true(json_flag(clone, "securityContext.readOnlyRootFilesystem", false));
	assert_string_equal(json_text(clone, "securityContext.capabilities.drop.0", ""), "ALL");
	assert_null(json_at(push, "securityContext.capabilities.add"));
	assert_non_null(json_at(build, "resources.limits.ephemeral-storage"));
	for (size_t i = 0; i < json_len(pod, "volumes"); i++) {
		json_object *v = json_object_array_get_idx(json_at(pod, "volumes"), i);
		assert_true(json_at(v, "emptyDir.sizeLimit") || json_at(v, "secret.secretName"));
	}
}

static void test_kaniko(void **state)
{
	struct build_job j = job();
	(void)state;
	check_job("kaniko");
	json_object *o = job_make(a, &j, settings("kaniko"));
	json_object *build = json_at(o, "spec.template.spec.initContainers.1");
	const char *args = text_of(json_at(build, "args"));
	assert_non_null(strstr(args, "\"--no-push\""));
	assert_non_null(strstr(args, "\"--tar-path=/out/image.tar\""));
	assert_non_null(strstr(args, "\"--context-sub-path=app\""));
	assert_non_null(strstr(args, "\"--dockerfile=/hydrosim/src/docker/Dockerfile\""));
	assert_non_null(strstr(args, "\"--destination=r:5000/a/b:abc\""));
	assert_non_null(strstr(args, "\"--insecure-registry=plain:5000\",\"--insecure-registry=other:80\""));
	assert_string_equal(json_text(build, "securityContext.capabilities.drop.0", ""), "ALL");
	assert_string_equal(json_text(build, "securityContext.seccompProfile.type", ""), "RuntimeDefault");
	assert_int_equal(json_len(build, "securityContext.capabilities.add"), 7);
}

static void test_buildkit(void **state)
{
	struct build_job j = job();
	(void)state;
	check_job("buildkit");
	json_object *o = job_make(a, &j, settings("buildkit"));
	json_object *build = json_at(o, "spec.template.spec.initContainers.1");
	assert_int_equal(json_int(build, "securityContext.runAsUser", 0), 1000);
	assert_true(json_flag(build, "securityContext.runAsNonRoot", false));
	assert_true(has_env(build, "DOCKERFILE_FOLDER", "docker"));
	assert_true(has_env(build, "DOCKERFILE_NAME", "Dockerfile"));
	assert_true(has_env(build, "INSECURE_REGISTRIES", "plain:5000 other:80"));
	assert_true(has_env(json_at(o, "spec.template.spec.containers.0"), "IMAGE_FORMAT", "oci-archive"));
	/* The mutant: a lint that sees nothing proves nothing. */
	json_add_bool(json_at(build, "securityContext"), "privileged", true);
	assert_true(json_flag(build, "securityContext.privileged", false));
}

static void test_secrets(void **state)
{
	(void)state;
	json_object *git = job_git_secret_make(a, 7, "KEY\n", NULL),
		    *registry = job_registry_secret_make(a, 7, "r:5000", "u", "p\"w", "PEM");
	assert_string_equal(json_text(git, "metadata.name", ""), "portal-git-credentials-7");
	assert_string_equal(json_text(git, "data.ssh-privatekey", ""), "S0VZCg==");
	assert_string_equal(json_text(registry, "metadata.name", ""), "kaniko-registry-auth-7");
	assert_int_equal(observe_id(registry, LABEL_BUILD), 7);
	assert_string_equal(docker_config(a, "r:5000", "u", "p\"w"), "{\"auths\":{\"r:5000\":{\"auth\":\"dTpwInc=\"}}}");
	assert_string_equal(docker_config(a, "r:5000", NULL, NULL), "{\"auths\":{}}");
	assert_string_equal(json_text(job_owner_patch(a, 7, "uid-1"), "metadata.ownerReferences.0.uid", ""), "uid-1");
}

static struct app_plan plan(void)
{
	static const struct app_variable variables[] = { { "DB_HOST", "shared", NULL },
							 { "DB_HOST", "own", NULL },
							 { "PORT", "1", NULL },
							 { "EVIL", HOSTILE, NULL },
							 { "API_KEY", NULL, "d1gest" } };
	return (struct app_plan){ .project_id = 3,
				  .deployment_id = 9,
				  .image = "r:5000/a/b@sha256:1",
				  .commit_sha = "abc",
				  .replicas = 1,
				  .port = 8000,
				  .health_path = "/health",
				  .restarted_at = "2026-01-02T03:04:05Z",
				  .cpu = "500m",
				  .memory = "512Mi",
				  .disk = "1Gi",
				  .secret_id = 12,
				  .host = "student-3.apps.test",
				  .ingress_class = "traefik",
				  .cluster_issuer = "le",
				  .deadline_seconds = 600,
				  .registry_id = 1,
				  .variables = variables,
				  .variable_count = 5 };
}

/* The value is in the Secret alone; an empty one beside the reference takes away what others set there. */
static void check_secret_variable(json_object *c)
{
	json_object *e = NULL;
	for (size_t i = 0; i < json_len(c, "env"); i++)
		if (!strcmp(json_text(json_object_array_get_idx(json_at(c, "env"), i), "name", ""), "API_KEY"))
			e = json_object_array_get_idx(json_at(c, "env"), i);
	assert_non_null(e);
	assert_string_equal(json_text(e, "value", "-"), "");
	assert_string_equal(json_text(e, "valueFrom.secretKeyRef.name", ""), "prj-3-env-12");
	assert_string_equal(json_text(e, "valueFrom.secretKeyRef.key", ""), "API_KEY");
}

/* A slow start is not ended within the deployment's time; liveness is gentle, and only where there is a health path. */
static void check_probes(json_object *c)
{
	int64_t patience = json_int(c, "startupProbe.periodSeconds", 0) * json_int(c, "startupProbe.failureThreshold", 0);
	assert_true(patience >= 600);
	assert_string_equal(json_text(c, "startupProbe.httpGet.path", ""), "/health");
	assert_true(json_int(c, "livenessProbe.periodSeconds", 0) * json_int(c, "livenessProbe.failureThreshold", 0) >= 60);
}

static void test_deployment(void **state)
{
	struct app_plan p = plan();
	(void)state;
	json_object *o = app_deployment(a, &p, "42"), *pod = json_at(o, "spec.template.spec"), *c = json_at(pod, "containers.0");
	check_pod(pod);
	assert_string_equal(json_text(o, "metadata.name", ""), "prj-3");
	assert_string_equal(json_text(o, "metadata.resourceVersion", ""), "42");
	assert_int_equal(observe_id(o, LABEL_PROJECT), 3);
	assert_non_null(strstr(text_of(o), "\"hydrosim/deployment-id\":\"9\""));
	assert_string_equal(text_of(json_at(o, "spec.selector.matchLabels")), "{\"hydrosim/project-id\":\"3\"}");
	assert_null(strstr(text_of(json_at(o, "spec.template.metadata")), "deployment-id"));
	assert_non_null(strstr(text_of(json_at(o, "spec.template.metadata")), "restartedAt\":\"2026-01-02T03:04:05Z\""));
	assert_int_equal(json_int(o, "spec.strategy.rollingUpdate.maxSurge", 0), 1);
	assert_int_equal(json_int(o, "spec.strategy.rollingUpdate.maxUnavailable", 1), 0);
	assert_int_equal(json_int(o, "spec.progressDeadlineSeconds", 0), 600);
	assert_string_equal(json_text(c, "imagePullPolicy", ""), "Always");
	assert_string_equal(json_text(c, "resources.limits.cpu", ""), "500m");
	assert_string_equal(json_text(c, "resources.limits.memory", ""), "512Mi");
	assert_string_equal(json_text(c, "resources.limits.ephemeral-storage", ""), "1Gi");
	assert_non_null(json_at(c, "resources.requests.ephemeral-storage"));
	assert_false(json_flag(c, "securityContext.privileged", true));
	assert_false(json_flag(pod, "shareProcessNamespace", true));
	assert_string_equal(json_text(pod, "securityContext.seccompProfile.type", ""), "RuntimeDefault");
	assert_null(json_at(pod, "securityContext.runAsNonRoot"));
	assert_null(json_at(pod, "hostUsers"));
	assert_string_equal(json_text(c, "readinessProbe.httpGet.path", ""), "/health");
	assert_false(json_flag(c, "securityContext.allowPrivilegeEscalation", true));
	assert_string_equal(json_text(c, "securityContext.capabilities.drop.0", ""), "ALL");
	assert_string_equal(json_text(c, "securityContext.seccompProfile.type", ""), "RuntimeDefault");
	assert_string_equal(json_text(pod, "imagePullSecrets.0.name", ""), "prj-3-pull");
	assert_true(has_env(c, "DB_HOST", "own"));
	assert_true(has_env(c, "PORT", "8000"));
	assert_true(has_env(c, "HYDROSIM_COMMIT", "abc"));
	assert_true(has_env(c, "EVIL", HOSTILE));
	assert_int_equal(json_len(c, "env"), 5);
	check_secret_variable(c);
	check_probes(c);
	p.health_path = NULL;
	p.registry_id = 0;
	p.restricted = true;
	p.disk = "";
	o = app_deployment(a, &p, NULL);
	c = json_at(o, "spec.template.spec.containers.0");
	assert_true(json_flag(o, "spec.template.spec.securityContext.runAsNonRoot", false));
	assert_true(json_flag(c, "securityContext.runAsNonRoot", false));
	assert_null(json_at(c, "resources.limits.ephemeral-storage"));
	assert_null(json_at(c, "livenessProbe"));
	assert_int_equal(json_int(c, "startupProbe.tcpSocket.port", 0), 8000);
	assert_int_equal(json_int(o, "spec.template.spec.containers.0.readinessProbe.tcpSocket.port", 0), 8000);
	assert_null(json_at(o, "spec.template.spec.imagePullSecrets"));
	assert_null(json_at(o, "metadata.resourceVersion"));
}

static void test_front(void **state)
{
	struct app_plan p = plan();
	(void)state;
	json_object *s = app_service(a, &p), *i = app_ingress(a, &p);
	assert_string_equal(json_text(s, "metadata.name", ""), "student-3");
	assert_string_equal(json_text(s, "spec.type", ""), "ClusterIP");
	assert_int_equal(json_int(s, "spec.ports.0.port", 0), 80);
	assert_int_equal(json_int(s, "spec.ports.0.targetPort", 0), 8000);
	assert_string_equal(json_text(i, "spec.rules.0.host", ""), "student-3.apps.test");
	assert_string_equal(json_text(i, "spec.ingressClassName", ""), "traefik");
	assert_string_equal(json_text(i, "spec.tls.0.secretName", ""), "student-3-tls");
	p.cluster_issuer = "";
	assert_null(json_at(app_ingress(a, &p), "spec.tls"));
	assert_string_equal(json_text(app_pull_secret(a, 3, "r", "u", "p"), "type", ""), "kubernetes.io/dockerconfigjson");
}

static void test_plan_round_trip(void **state)
{
	struct app_plan p = plan(), q;
	(void)state;
	const char *text = app_plan_text(a, &p);
	assert_true(app_plan_parse(a, text, &q));
	assert_string_equal(app_plan_text(a, &q), text);
	assert_string_equal(text_of(app_deployment(a, &q, NULL)), text_of(app_deployment(a, &p, NULL)));
	assert_false(app_plan_parse(a, "{}", &q));
	assert_false(app_plan_parse(a, "nonsense", &q));
}

/* Labels come along when somebody copies an object: its name tells. */
static void test_names(void **state)
{
	struct app_plan p = plan();
	struct seen_app app;
	struct seen_pod pod;
	(void)state;
	assert_true(app_named(KUBE_DEPLOYMENT, 3, app_name(a, 3)));
	assert_false(app_named(KUBE_DEPLOYMENT, 3, app_name(a, 33)));
	assert_false(app_named(KUBE_DEPLOYMENT, 3, app_front_name(a, 3)));
	assert_true(app_named(KUBE_SERVICE, 3, app_front_name(a, 3)) && app_named(KUBE_INGRESS, 3, app_front_name(a, 3)));
	assert_false(app_named(KUBE_SERVICE, 3, app_name(a, 3)));
	assert_false(app_named(KUBE_SECRET, 3, app_name(a, 3)));
	assert_true(app_named(KUBE_REPLICASET, 3, "prj-3-6d5f9c7b8f"));
	assert_false(app_named(KUBE_REPLICASET, 3, "prj-3-copy-6d5f9c7b8f") || app_named(KUBE_REPLICASET, 3, "prj-3") ||
		     app_named(KUBE_REPLICASET, 3, "prj-33-6d5f") || app_named(KUBE_REPLICASET, 3, ""));
	json_object *o = app_deployment(a, &p, NULL), *t = json_at(o, "spec.template");
	json_add_text(json_at(o, "metadata"), "uid", "u");
	assert_true(observe_app(o, &app));
	json_add_text(json_at(o, "metadata"), "name", "test");
	assert_false(observe_app(o, &app));
	json_add_text(json_at(t, "metadata"), "uid", "u");
	json_add_text(json_at(t, "metadata"), "name", "prj-3-6d5f-x");
	assert_false(observe_pod(t, LABEL_PROJECT, &pod));
	json_add(json_at(t, "metadata"), "ownerReferences", json_object_get(json_build(a, "[{'name':'prj-3-6d5f'}]")));
	assert_true(observe_pod(t, LABEL_PROJECT, &pod));
	json_add(json_at(t, "metadata"), "ownerReferences", json_object_get(json_build(a, "[{'name':'test-6d5f'}]")));
	assert_false(observe_pod(t, LABEL_PROJECT, &pod));
}

/* Of a template that changes, the mark does; of the same one never, whatever number the deployment has. */
static void test_template_mark(void **state)
{
	struct app_plan p = plan();
	struct seen_app one, other;
	(void)state;
	json_object *o = app_deployment(a, &p, NULL);
	json_add_text(json_at(o, "metadata"), "uid", "u");
	assert_true(observe_app(o, &one));
	p.deployment_id = 10;
	p.replicas = 0;
	o = app_deployment(a, &p, NULL);
	json_add_text(json_at(o, "metadata"), "uid", "u");
	assert_true(observe_app(o, &other));
	assert_string_equal(one.template_mark, other.template_mark);
	p.memory = "1Gi";
	o = app_deployment(a, &p, NULL);
	json_add_text(json_at(o, "metadata"), "uid", "u");
	assert_true(observe_app(o, &other));
	assert_string_not_equal(one.template_mark, other.template_mark);
}

static const char *differs(const char *was, const char *is)
{
	json_object *rows = observe_difference(a, was, is);
	return rows ? text_of(rows) : NULL;
}

static void test_difference(void **state)
{
	struct app_plan p = plan(), q = plan();
	(void)state;
	const char *was = observe_applied(a, app_deployment(a, &p, NULL));
	assert_null(differs(was, observe_applied(a, app_deployment(a, &p, "1"))));
	q.replicas = 3;
	assert_string_equal(differs(was, observe_applied(a, app_deployment(a, &q, NULL))),
			    "[{\"what\":\"replicas\",\"was\":\"1\",\"is\":\"3\"}]");
	q.replicas = 1;
	q.image = "x";
	q.variable_count = 0;
	const char *is = observe_applied(a, app_deployment(a, &q, NULL));
	assert_non_null(strstr(differs(was, is), "{\"what\":\"image\",\"was\":\"r:5000/a/b@sha256:1\",\"is\":\"x\"}"));
	assert_non_null(strstr(differs(was, is), "{\"what\":\"env\",\"variable\":\"EVIL\",\"gone\":true}"));
	assert_non_null(strstr(differs(was, is), "{\"what\":\"env\",\"variable\":\"API_KEY\",\"gone\":true}"));
	/* Of a variable never the value, and of a secret one never its digest. */
	assert_null(strstr(was, HOSTILE));
	assert_null(strstr(was, "d1gest"));
	assert_non_null(strstr(was, "env API_KEY=secret prj-3-env-12 API_KEY\n"));
	/* What somebody added is not the portal's. */
	assert_null(differs(is, arena_printf(a, "%senv OTHER=1\n", is)));
	assert_null(differs("liveness path=\n", "liveness path=\"/x\"\n"));
	assert_string_equal(observe_owned(a, "env OTHER=1\nreplicas=1\n", was), "replicas=1\n");
	/* A restart by hand is nothing of the application. */
	q = plan();
	q.restarted_at = "2027-01-01T00:00:00Z";
	const char *restarted = observe_applied(a, app_deployment(a, &q, NULL));
	assert_null(strstr(restarted, "2027"));
}

static void test_env_secret(void **state)
{
	(void)state;
	json_object *o = app_env_secret(a, 3, 12, "{\"API_KEY\":\"s3cret\",\"B\":\"\"}");
	assert_string_equal(json_text(o, "metadata.name", ""), "prj-3-env-12");
	assert_int_equal(observe_id(o, LABEL_PROJECT), 3);
	assert_true(json_flag(o, "immutable", false));
	assert_string_equal(json_text(o, "data.API_KEY", ""), "czNjcmV0");
	assert_string_equal(json_text(o, "data.B", "-"), "");
	assert_null(app_env_secret(a, 3, 12, "[]"));
	assert_null(app_env_secret(a, 3, 12, "nonsense"));
}

/* What others put beside the portal's fields goes, and what the portal does not set stays. */
static void test_unblock(void **state)
{
	struct app_plan p = plan();
	(void)state;
	p.health_path = NULL;
	json_object *c = json_at(app_deployment_unblock(a, &p), "spec.template.spec.containers.0");
	assert_string_equal(json_text(c, "name", ""), "app");
	assert_string_equal(json_text(c, "readinessProbe.$patch", ""), "replace");
	assert_false(json_object_object_get_ex(c, "livenessProbe", NULL));
	assert_non_null(strstr(text_of(c), "{\"name\":\"DB_HOST\",\"value\":\"own\",\"valueFrom\":null}"));
	assert_non_null(strstr(text_of(c), "{\"name\":\"API_KEY\",\"value\":null,\"valueFrom\":{"));
}

static void test_quantities(void **state)
{
	(void)state;
	assert_string_equal(quantity_smaller("2Gi", "512Mi"), "512Mi");
	assert_string_equal(quantity_smaller("100Mi", "512Mi"), "100Mi");
	assert_string_equal(quantity_smaller("1", "250m"), "250m");
	assert_string_equal(quantity_smaller("0.1", "250m"), "0.1");
	assert_string_equal(quantity_smaller("nonsense", "1"), "1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_kaniko, begin, end),
		cmocka_unit_test_setup_teardown(test_buildkit, begin, end),
		cmocka_unit_test_setup_teardown(test_secrets, begin, end),
		cmocka_unit_test_setup_teardown(test_deployment, begin, end),
		cmocka_unit_test_setup_teardown(test_front, begin, end),
		cmocka_unit_test_setup_teardown(test_plan_round_trip, begin, end),
		cmocka_unit_test_setup_teardown(test_names, begin, end),
		cmocka_unit_test_setup_teardown(test_template_mark, begin, end),
		cmocka_unit_test_setup_teardown(test_difference, begin, end),
		cmocka_unit_test_setup_teardown(test_env_secret, begin, end),
		cmocka_unit_test_setup_teardown(test_unblock, begin, end),
		cmocka_unit_test_setup_teardown(test_quantities, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
