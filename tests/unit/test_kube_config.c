/* Tests of kubeconfigs and of the identity inside a pod: what is read, and what is refused with which words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "kube/config.h"
#include "kube/kube.h"
#include "kube/token.h"

#define CERT "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
#define CERT64 "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCkFBQUEKLS0tLS1FTkQgQ0VSVElGSUNBVEUtLS0tLQo="

static struct arena *a;
static char folder[64];

static void write_file(const char *name, const char *content)
{
	FILE *f = fopen(arena_printf(a, "%s/%s", folder, name), "w");
	assert_non_null(f);
	fputs(content, f);
	fclose(f);
}

static int setup(void **state)
{
	(void)state;
	a = arena_new(32 << 20);
	snprintf(folder, sizeof folder, "%s/kube-XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	return a && mkdtemp(folder) ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	static const char *const names[] = { "config", "ca.crt", "token", "namespace", "cert.pem" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		unlink(arena_printf(a, "%s/%s", folder, names[i]));
	rmdir(folder);
	arena_free(a);
	return 0;
}

/* A kubeconfig with further lines in its cluster and its user. */
static const char *kubeconfig(const char *server, const char *cluster, const char *user)
{
	return arena_printf(a,
			    "apiVersion: v1\nkind: Config\ncurrent-context: two\n"
			    "contexts:\n- {name: one, context: {cluster: c1, user: u1}}\n"
			    "- name: two\n  context:\n    cluster: c2\n    user: u2\n    namespace: work\n"
			    "clusters:\n- name: c1\n  cluster: {server: https://one.example:6443}\n"
			    "- name: c2\n  cluster:\n    server: %s\n%s"
			    "users:\n- name: u1\n  user: {token: first}\n- name: u2\n  user:\n%s",
			    server, cluster, user);
}

static bool parse(const char *yaml, const char *in, struct kube_config *out, const char **why)
{
	return config_parse(a, yaml, strlen(yaml), in, out, why);
}

static void the_current_context_counts(void **state)
{
	(void)state;
	struct kube_config c;
	const char *why;
	assert_true(parse(kubeconfig("https://two.example:6443/", "    tls-server-name: kubernetes\n", "    token: second\n"),
			  folder, &c, &why));
	assert_null(why);
	assert_string_equal(c.server, "https://two.example:6443");
	assert_string_equal(c.tls_name, "kubernetes");
	assert_string_equal(c.ns, "work");
	assert_string_equal(c.token, "second");
	assert_null(c.ca_pem);
}

static void data_counts_before_files_and_files_lie_beside(void **state)
{
	(void)state;
	struct kube_config c;
	const char *why;
	write_file("cert.pem", "-----BEGIN CERTIFICATE-----\nfile\n");
	const char *both = "    certificate-authority: missing.pem\n    certificate-authority-data: " CERT64 "\n";
	const char *user =
		"    client-certificate: cert.pem\n    client-key-data: " CERT64 "\n    tokenFile: token\n    token: old\n";
	assert_true(parse(kubeconfig("https://two.example", both, user), folder, &c, &why));
	assert_string_equal(c.ca_pem, CERT);
	assert_string_equal(c.cert_pem, "-----BEGIN CERTIFICATE-----\nfile\n");
	assert_string_equal(c.key_pem, CERT);
	assert_string_equal(c.token_path, arena_printf(a, "%s/token", folder));
	assert_false(parse(kubeconfig("https://two.example", "    certificate-authority: missing.pem\n", "    token: t\n"),
			   folder, &c, &why));
	assert_non_null(strstr(why, "missing.pem"));
}

static void what_the_portal_does_not_do_is_refused(void **state)
{
	(void)state;
	static const struct {
		const char *server, *cluster, *user, *word;
	} table[] = {
		{ "https://h", "", "    exec: {command: /bin/true}\n", "exec" },
		{ "https://h", "", "    auth-provider: {name: gcp}\n", "auth-provider" },
		{ "https://h", "", "    as: root\n    token: t\n", "(as)" },
		{ "https://h", "", "    as-groups: [x]\n    token: t\n", "as-groups" },
		{ "https://h", "", "    username: u\n    password: p\n", "password" },
		{ "https://h", "    proxy-url: http://p\n", "    token: t\n", "proxy-url" },
		{ "https://h", "    insecure-skip-tls-verify: true\n", "    token: t\n", "insecure-skip-tls-verify" },
		{ "https://h", "    certificate-authority-data: '%%'\n", "    token: t\n", "Base64" },
		{ "https://h", "    certificate-authority-data: AAAA\n", "    token: t\n", "PEM" },
		{ "https://h", "    tls-server-name: 'a b'\n", "    token: t\n", "tls-server-name" },
		{ "https://h", "", "    client-certificate-data: " CERT64 "\n", "only one" },
		{ "https://h", "", "    token: [a]\n", "not a text" },
		{ "http://h", "", "    token: t\n", "https://" },
		{ "ftp://h", "", "    token: t\n", "https://" },
		{ "https://", "", "    token: t\n", "no host" },
		{ "https://user@h", "", "    token: t\n", "https://" },
		{ "\"https://h\\nX: y\"", "", "    token: t\n", "https://" },
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct kube_config c;
		const char *why = NULL;
		assert_false(parse(kubeconfig(table[i].server, table[i].cluster, table[i].user), folder, &c, &why));
		if (!strstr(why, table[i].word))
			fail_msg("row %zu: %s", i, why);
	}
}

static void broken_texts_are_refused(void **state)
{
	(void)state;
	static const char *const table[] = {
		"",
		"hello",
		"[1,2]",
		"a: [",
		"current-context: x\n",
		"current-context: x\ncontexts: []\n",
		"current-context: x\ncontexts: [{name: x, context: {cluster: c}}]\n",
		"current-context: &a [*a]\n",
		"current-context: x\ncontexts: [{name: x, context: {cluster: c}}]\nclusters: [{name: c}]\n",
		"current-context: x\ncontexts: [{name: x, context: {}}]\n",
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct kube_config c;
		const char *why = NULL;
		assert_false(parse(table[i], folder, &c, &why));
		assert_non_null(why);
	}
}

static void typed_text_names_no_file_and_no_local_address(void **state)
{
	(void)state;
	struct kube_config c;
	const char *why;
	assert_true(
		parse(kubeconfig("https://h", "    certificate-authority-data: " CERT64 "\n", "    token: t\n"), NULL, &c, &why));
	assert_false(parse(kubeconfig("https://h", "", "    tokenFile: /etc/passwd\n"), NULL, &c, &why));
	assert_non_null(strstr(why, "tokenFile"));
	assert_false(
		parse(kubeconfig("https://h", "    certificate-authority: /etc/passwd\n", "    token: t\n"), NULL, &c, &why));
	assert_false(parse(kubeconfig("https://h", "", "    client-key: k\n    client-key-data: " CERT64 "\n"), NULL, &c, &why));
	static const char *const local[] = { "http://h",	  "http://127.0.0.1:1",	       "https://127.0.0.1:6443",
					     "https://localhost", "https://[::1]:1",	       "https://169.254.169.254/x",
					     "https://0.0.0.0",	  "https://2130706433",	       "https://0x7f.1",
					     "https://[fe80::1]", "https://[::ffff:127.0.0.1]" };
	for (size_t i = 0; i < sizeof local / sizeof *local; i++)
		if (parse(kubeconfig(local[i], "", "    token: t\n"), NULL, &c, &why))
			fail_msg("%s was taken", local[i]);
	/* The operator's own file may: the simulated cluster is there. */
	assert_true(parse(kubeconfig("http://127.0.0.1:8001", "", "    token: t\n"), folder, &c, &why));
}

static void a_pod_has_its_identity_in_files(void **state)
{
	(void)state;
	const char *why;
	setenv("KUBERNETES_SERVICEACCOUNT_DIR", folder, 1);
	unsetenv("KUBERNETES_SERVICE_HOST");
	assert_null(kube_open(a, "", &why));
	assert_non_null(strstr(why, "KUBERNETES_SERVICE_HOST"));
	setenv("KUBERNETES_SERVICE_HOST", "fd00::1", 1);
	setenv("KUBERNETES_SERVICE_PORT", "443", 1);
	assert_null(kube_open(a, "", &why));
	assert_non_null(strstr(why, "ca.crt"));
	write_file("ca.crt", CERT);
	assert_null(kube_open(a, "", &why));
	assert_non_null(strstr(why, "token"));
	write_file("token", "abc\n");
	write_file("namespace", "hydrosim-system\n");
	struct kube *k = kube_open(a, "", &why);
	assert_non_null(k);
	assert_string_equal(kube_mode(k), "in_cluster");
	assert_string_equal(kube_server(k), "https://[fd00::1]:443");
	assert_string_equal(kube_namespace(k), "hydrosim-system");
	kube_free(k);
}

static void a_token_file_is_read_again(void **state)
{
	(void)state;
	struct token t;
	const char *path = arena_printf(a, "%s/token", folder);
	write_file("token", "first\n");
	assert_true(token_init(&t, NULL, path));
	assert_string_equal(token_header(&t, a), "Authorization: Bearer first");
	clock_sleep(20); /* another time of the file */
	write_file("token", "  second ");
	assert_string_equal(token_header(&t, a), "Authorization: Bearer second");
	assert_false(token_renew(&t));
	clock_sleep(20);
	write_file("token", "two\nlines");
	assert_string_equal(token_header(&t, a), "Authorization: Bearer second");
	unlink(path);
	assert_string_equal(token_header(&t, a), "Authorization: Bearer second");
	write_file("token", "third");
	assert_true(token_renew(&t));
	assert_string_equal(token_header(&t, a), "Authorization: Bearer third");
	token_free(&t);
	assert_true(token_init(&t, NULL, NULL));
	assert_null(token_header(&t, a));
	token_free(&t);
	assert_false(token_init(&t, "a\r\nX: y", NULL));
	token_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_current_context_counts),
		cmocka_unit_test(data_counts_before_files_and_files_lie_beside),
		cmocka_unit_test(what_the_portal_does_not_do_is_refused),
		cmocka_unit_test(broken_texts_are_refused),
		cmocka_unit_test(typed_text_names_no_file_and_no_local_address),
		cmocka_unit_test(a_pod_has_its_identity_in_files),
		cmocka_unit_test(a_token_file_is_read_again),
	};
	return cmocka_run_group_tests_name("kube_config", tests, setup, teardown);
}
