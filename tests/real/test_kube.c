/*
 * The Kubernetes client against a real API server (REAL_KUBECONFIG, REAL_IMAGE_BUSYBOX): with a client certificate, and as a
 * pod's service account whose token is rotated and revoked. Makes a namespace of its own and removes it. Skipped without an
 * address.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/secret.h"
#include "fetch/fetch.h"
#include "kube/client.h"

enum { SKIPPED = 77, LINES = 3000 };

static struct arena *a;
static struct kube *admin, *account; /* by client certificate; by the token file */
static const char *ns, *folder;
static struct fetch_loop *loop;
static pthread_t thread;

static void *run(void *l)
{
	fetch_loop_run(l);
	return NULL;
}

static void write_file(const char *name, const char *content)
{
	char *fresh = arena_printf(a, "%s/.new", folder), *path = arena_printf(a, "%s/%s", folder, name);
	FILE *f = fopen(fresh, "w");
	assert_non_null(f);
	fputs(content, f);
	fclose(f);
	assert_int_equal(rename(fresh, path), 0); /* in one step, as the kubelet does */
}

static json_object *must(enum err e, const struct kube_answer *out)
{
	if (e != ERR_NONE)
		fail_msg("%s, HTTP %d: %s", err_name(e), out->status, out->message);
	return out->object;
}

static json_object *post(const char *path, json_object *body)
{
	struct kube_answer out;
	return must(kube_request(admin, a, "POST", path, KUBE_JSON, body, &out), &out);
}

/* A token of the account that dies with a Secret, so that it can be revoked. */
static const char *new_token(const char *secret)
{
	json_object *made = post(kube_path(a, KUBE_SECRET, ns, NULL),
				 json_build(a, "{'apiVersion':'v1','kind':'Secret','metadata':{'name':%s}}", secret));
	json_object *request =
		json_build(a,
			   "{'apiVersion':'authentication.k8s.io/v1','kind':'TokenRequest','spec':{'expirationSeconds':600,"
			   "'boundObjectRef':{'apiVersion':'v1','kind':'Secret','name':%s,'uid':%s}}}",
			   secret, json_text(made, "metadata.uid", ""));
	json_object *token = post(arena_printf(a, "/api/v1/namespaces/%s/serviceaccounts/portal/token", ns), request);
	return json_text(token, "status.token", "");
}

static void make_account(void)
{
	post("/api/v1/namespaces", json_build(a, "{'apiVersion':'v1','kind':'Namespace','metadata':{'name':%s}}", ns));
	post(arena_printf(a, "/api/v1/namespaces/%s/serviceaccounts", ns),
	     json_build(a, "{'apiVersion':'v1','kind':'ServiceAccount','metadata':{'name':'portal'}}"));
	post(arena_printf(a, "/apis/rbac.authorization.k8s.io/v1/namespaces/%s/roles", ns),
	     json_build(a, "{'apiVersion':'rbac.authorization.k8s.io/v1','kind':'Role','metadata':{'name':'portal'},'rules':["
			   "{'apiGroups':['','apps'],'resources':['pods','pods/log','deployments'],"
			   "'verbs':['get','list','watch','create','patch','delete']}]}"));
	post(arena_printf(a, "/apis/rbac.authorization.k8s.io/v1/namespaces/%s/rolebindings", ns),
	     json_build(a,
			"{'apiVersion':'rbac.authorization.k8s.io/v1','kind':'RoleBinding','metadata':{'name':'portal'},"
			"'roleRef':{'apiGroup':'rbac.authorization.k8s.io','kind':'Role','name':'portal'},"
			"'subjects':[{'kind':'ServiceAccount','name':'portal','namespace':%s}]}",
			ns));
	/* Pods need the namespace's default account, which a controller makes. */
	struct kube_answer out;
	for (int i = 0; i < 600; i++, clock_sleep(100))
		if (kube_request(admin, a, "GET", arena_printf(a, "/api/v1/namespaces/%s/serviceaccounts/default", ns), NULL,
				 NULL, &out) == ERR_NONE)
			return;
	fail_msg("the namespace got no default account");
}

static int setup(void **state)
{
	(void)state;
	const char *why;
	fetch_init();
	a = arena_new(64 << 20);
	admin = kube_open(a, getenv("REAL_KUBECONFIG"), &why);
	if (!admin)
		fail_msg("%s", why);
	ns = arena_printf(a, "kube-test-%s", secret_token(a, 4));
	char *made = arena_printf(a, "%s/kube-XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	folder = mkdtemp(made);
	make_account();
	/* What a pod would find. */
	const char *host = strstr(kube_server(admin), "://") + 3, *port = strrchr(host, ':');
	write_file("ca.crt", admin->config.ca_pem);
	write_file("namespace", ns);
	write_file("token", new_token("first"));
	setenv("KUBERNETES_SERVICEACCOUNT_DIR", folder, 1);
	setenv("KUBERNETES_SERVICE_HOST", arena_memdup(a, host, (size_t)(port - host)), 1);
	setenv("KUBERNETES_SERVICE_PORT", port + 1, 1);
	account = kube_open(a, "", &why);
	if (!account)
		fail_msg("%s", why);
	loop = fetch_loop_new(NULL, NULL);
	return pthread_create(&thread, NULL, run, loop);
}

static int teardown(void **state)
{
	(void)state;
	struct kube_answer out;
	static const char *const names[] = { "ca.crt", "namespace", "token" };
	fetch_loop_stop(loop);
	pthread_join(thread, NULL);
	fetch_loop_free(loop);
	enum err e = kube_delete(admin, a, KUBE_NAMESPACE, NULL, ns, NULL, &out);
	for (size_t i = 0; i < 3; i++)
		unlink(arena_printf(a, "%s/%s", folder, names[i]));
	rmdir(folder);
	kube_free(account);
	kube_free(admin);
	arena_free(a);
	fetch_cleanup();
	return e == ERR_NONE ? 0 : -1;
}

static json_object *pod(const char *name, const char *script)
{
	return json_build(
		a,
		"{'apiVersion':'v1','kind':'Pod','metadata':{'name':%s,'labels':{'test':'log'}},'spec':{'restartPolicy':'Never',"
		"'terminationGracePeriodSeconds':0,'containers':[{'name':'main','image':%s,'command':['sh','-c',%s]}]}}",
		name, getenv("REAL_IMAGE_BUSYBOX"), script);
}

static void both_identities_are_known(void **state)
{
	(void)state;
	struct kube_answer out;
	json_object *version = must(kube_request(admin, a, "GET", "/version", NULL, NULL, &out), &out);
	assert_true(*json_text(version, "gitVersion", ""));
	must(kube_request(admin, a, "GET", "/readyz", NULL, NULL, &out), &out);
	assert_string_equal(out.message, "ok");
	assert_string_equal(kube_mode(account), "in_cluster");
	assert_string_equal(kube_namespace(account), ns);
	assert_int_equal(kube_get(account, a, KUBE_POD, ns, "none", &out), ERR_NOT_FOUND);
	assert_string_equal(out.reason, "NotFound");
	assert_int_equal(kube_get(account, a, KUBE_SECRET, ns, "first", &out), ERR_FORBIDDEN);
	assert_non_null(strstr(out.message, "cannot get resource"));
}

/* The name that the certificate bears is asked for and checked, and a stranger's authority is not believed. */
static void only_the_cluster_itself_is_believed(void **state)
{
	(void)state;
	const char *why;
	struct kube_answer out;
	struct kube *k = kube_open(a, getenv("REAL_KUBECONFIG"), &why);
	assert_non_null(k);
	k->peer.server_name = "kubernetes.default.svc";
	must(kube_request(k, a, "GET", "/version", NULL, NULL, &out), &out);
	k->peer.server_name = "other.example";
	assert_int_equal(kube_request(k, a, "GET", "/version", NULL, NULL, &out), ERR_UNAVAILABLE);
	assert_non_null(strstr(out.message, "SSL"));
	kube_free(k);
	k = kube_open(a, getenv("REAL_KUBECONFIG"), &why);
	k->peer.ca_pem = NULL; /* the system's authorities */
	assert_int_equal(kube_request(k, a, "GET", "/version", NULL, NULL, &out), ERR_UNAVAILABLE);
	kube_free(k);
}

/* What watches saw of pods. */
struct seen {
	atomic_int listed, ended, changes, deleted, troubles;
};

static void on_object(void *context, json_object *object, bool deleted)
{
	struct seen *s = context;
	if (deleted)
		s->deleted++;
	s->changes++;
	const char *phase = json_text(object, "status.phase", "");
	if (!strcmp(phase, "Succeeded") || !strcmp(phase, "Failed"))
		s->ended++;
}

static void on_list_end(void *context)
{
	((struct seen *)context)->listed++;
}

static void on_trouble(void *context, const char *message)
{
	if (message)
		((struct seen *)context)->troubles++;
}

static const struct kube_watch_handler watch_handler = { .object = on_object, .list_end = on_list_end, .trouble = on_trouble };

static void await(atomic_int *n, int at_least)
{
	for (int64_t end = clock_ms() + 120000; *n < at_least && clock_ms() < end; clock_sleep(20))
		;
	assert_true(*n >= at_least);
}

struct following {
	struct kube_log *log;
	struct buf text;
	struct kube_log_seam seam;
	int refuse_every, calls;
	atomic_int refused, over;
	enum err result;
	char message[300];
};

static bool on_lines(void *context, const char *bytes, size_t len, const struct kube_log_seam *seam)
{
	struct following *f = context;
	if (f->refuse_every && ++f->calls % f->refuse_every == 0) {
		f->refused++;
		return false;
	}
	buf_add(&f->text, bytes, len);
	f->seam = *seam;
	return true;
}

static void on_done(void *context, enum err e, const char *message)
{
	struct following *f = context;
	f->result = e;
	snprintf(f->message, sizeof f->message, "%s", message);
	f->over++;
}

/* Reads a log from its seam; cancels after so many milliseconds (0: not). */
static void read_log(struct following *f, const char *name, bool follow, int cancel_ms)
{
	static const struct kube_log_handler handler = { on_lines, on_done };
	int64_t began = clock_ms();
	f->over = 0;
	f->log = kube_log_open(loop, account, ns, name, "main", follow, &f->seam, &handler, f);
	bool cancelled = false;
	for (; !f->over && clock_ms() - began < 60000; clock_sleep(2)) {
		if (cancel_ms && !cancelled && clock_ms() - began > cancel_ms) {
			cancelled = true;
			kube_log_cancel(f->log);
		}
		if (atomic_exchange(&f->refused, 0) && !f->over && !cancelled)
			kube_log_resume(f->log);
	}
	assert_int_equal(f->over, 1);
}

static void logs_are_whole_over_cuts_and_pauses(void **state)
{
	(void)state;
	struct kube_answer out;
	struct seen seen = { 0 };
	struct kube_watch *w = kube_watch_start(loop, account, KUBE_POD, ns, "test=log", 5000, &watch_handler, &seen);
	await(&seen.listed, 1);
	const char *script = "i=0; while [ $i -lt 3000 ]; do echo line $i; [ $((i % 3)) = 0 ] && echo error $i >&2; i=$((i+1));"
			     " [ $((i % 200)) = 0 ] && sleep 0.3; done; printf 'a\\000b' > /dev/termination-log; printf 'no end'";
	must(kube_create(account, a, KUBE_POD, ns, pod("talker", script), &out), &out);
	struct following early = { 0 };
	read_log(&early, "talker", true, 0);
	if (early.result != ERR_INVALID)
		fail_msg("%s: %s", err_name(early.result), early.message);
	struct following f = { .refuse_every = 3 };
	int opened = 0;
	for (int i = 0; i < 2000; i++) { /* the first ones before the pod has begun */
		read_log(&f, "talker", true, 300 + i * 7 % 400);
		opened += f.result == ERR_GONE;
		if (f.result == ERR_NONE)
			break;
		if (f.result == ERR_INVALID)
			clock_sleep(100);
	}
	assert_true(opened >= 3);
	await(&seen.ended, 1);
	struct following whole = { 0 };
	read_log(&whole, "talker", false, 0);
	assert_int_equal(whole.result, ERR_NONE);
	assert_int_equal(f.text.len, whole.text.len);
	assert_memory_equal(f.text.data, whole.text.data, whole.text.len);
	assert_non_null(strstr(whole.text.data, "line 2999\n"));
	assert_non_null(strstr(whole.text.data, "no end"));
	buf_free(&f.text);
	buf_free(&whole.text);
	/* The termination message with its NUL hides neither the object nor the list. */
	assert_non_null(must(kube_get(account, a, KUBE_POD, ns, "talker", &out), &out));
	print_message("termination message: %s\n",
		      json_text(out.object, "status.containerStatuses.0.state.terminated.message", "none"));
	await(&seen.listed, 3); /* lists go on every 5 s */
	assert_int_equal(seen.troubles, 0);
	must(kube_delete(account, a, KUBE_POD, ns, "talker", NULL, &out), &out);
	await(&seen.deleted, 1);
	kube_watch_stop(w);
}

static void a_revoked_token_is_replaced_by_the_file(void **state)
{
	(void)state;
	struct kube_answer out;
	struct seen seen = { 0 };
	struct kube_watch *w = kube_watch_start(loop, account, KUBE_POD, ns, "test=log", 3000, &watch_handler, &seen);
	await(&seen.listed, 1);
	const char *second = new_token("second");
	must(kube_delete(admin, a, KUBE_SECRET, ns, "first", NULL, &out), &out);
	enum err e = ERR_NONE;
	for (int i = 0; i < 240 && e != ERR_UNAUTHORIZED; i++, clock_sleep(500))
		e = kube_get(account, a, KUBE_POD, ns, "none", &out);
	assert_int_equal(e, ERR_UNAUTHORIZED);
	await(&seen.troubles, 1);
	write_file("token", second);
	assert_int_equal(kube_get(account, a, KUBE_POD, ns, "none", &out), ERR_NOT_FOUND);
	int before = seen.listed;
	await(&seen.listed, before + 1);
	kube_watch_stop(w);
}

static json_object *deployment(const char *script, const char *restarted)
{
	return json_build(
		a,
		"{'apiVersion':'apps/v1','kind':'Deployment','metadata':{'name':'app'},'spec':{'replicas':1,"
		"'selector':{'matchLabels':{'app':'app'}},'strategy':{'rollingUpdate':{'maxSurge':1,'maxUnavailable':0}},"
		"'template':{'metadata':{'labels':{'app':'app'},'annotations':{'kubectl.kubernetes.io/restartedAt':%s}},"
		"'spec':{'terminationGracePeriodSeconds':0,'containers':[{'name':'main','image':%s,'command':['sh','-c',%s]}]}}}"
		"}",
		restarted, getenv("REAL_IMAGE_BUSYBOX"), script);
}

static void await_rollout(void)
{
	struct kube_answer out;
	const char *message = "";
	for (int i = 0; i < 1500; i++, clock_sleep(200))
		if (kube_rollout(must(kube_get(account, a, KUBE_DEPLOYMENT, ns, "app", &out), &out), &message) == ROLLOUT_DONE)
			return;
	fail_msg("%s", message);
}

static void writes_conflict_as_they_should(void **state)
{
	(void)state;
	struct kube_answer out;
	json_object *made = must(kube_apply(account, a, KUBE_DEPLOYMENT, ns, "app", deployment("sleep 1000", "1"), &out), &out);
	const char *uid = json_text(made, "metadata.uid", ""), *version = json_text(made, "metadata.resourceVersion", "");
	assert_int_equal(out.status, 201);
	await_rollout();
	must(kube_apply(account, a, KUBE_DEPLOYMENT, ns, "app", deployment("sleep 1000", "2"), &out), &out);
	assert_int_equal(out.status, 200);
	await_rollout();
	assert_int_equal(kube_create(account, a, KUBE_DEPLOYMENT, ns, deployment("sleep 1", "1"), &out), ERR_CONFLICT);
	assert_string_equal(out.reason, "AlreadyExists");
	json_object *stale = deployment("sleep 1000", "3");
	json_add_text(json_at(stale, "metadata"), "resourceVersion", version);
	assert_int_equal(kube_apply(account, a, KUBE_DEPLOYMENT, ns, "app", stale, &out), ERR_CONFLICT);
	assert_string_equal(out.reason, "Conflict");
	json_object *broken = deployment("sleep 1000", "3");
	json_add_int(json_at(broken, "spec"), "replicas", -1);
	assert_int_equal(kube_apply(account, a, KUBE_DEPLOYMENT, ns, "app", broken, &out), ERR_INVALID);
	assert_int_equal(kube_delete(account, a, KUBE_DEPLOYMENT, ns, "app", "another", &out), ERR_CONFLICT);
	must(kube_delete(account, a, KUBE_DEPLOYMENT, ns, "app", uid, &out), &out);
	must(kube_delete(account, a, KUBE_DEPLOYMENT, ns, "app", NULL, &out), &out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_identities_are_known),
		cmocka_unit_test(only_the_cluster_itself_is_believed),
		cmocka_unit_test(logs_are_whole_over_cuts_and_pauses),
		cmocka_unit_test(writes_conflict_as_they_should),
		cmocka_unit_test(a_revoked_token_is_replaced_by_the_file),
	};
	if (!getenv("REAL_KUBECONFIG") || !getenv("REAL_IMAGE_BUSYBOX")) {
		fprintf(stderr, "SKIPPED: no real API server (REAL_KUBECONFIG, REAL_IMAGE_BUSYBOX)\n");
		return SKIPPED;
	}
	return cmocka_run_group_tests_name("kube_real", tests, setup, teardown);
}
