/* What people give of a cluster: the rules of each field, and the access that comes of it. */
#include <string.h>

#include "base/arena.h"
#include "base/phrases.h"
#include "base/secret.h"
#include "base/str.h"
#include "kube/kube.h"
#include "kube/rights.h"
#include "model/clusters.h"
#include "model/setting_kinds.h"
#include "model/settings.h"

static void fault(struct cluster_check *out, const char *field, const char *name)
{
	if (out->count < FIELD_FAULTS)
		out->faults[out->count++] = (struct field_fault){ field, name };
}

static void say(struct cluster_check *out, const char *field, const char *sentence)
{
	out->sentence = sentence;
	out->sentence_field = field;
}

/* Namespace, domain, ingress class and quotas keep the rules of the settings that they replace. */
static void check_places(const struct cluster_edit *in, struct cluster_check *out)
{
	const struct {
		const char *field, *value;
		enum setting as;
		const char *says; /* NULL: the setting's own rule */
	} all[] = { { "students_namespace", in->students_namespace, SETTING_STUDENTS_NAMESPACE, NULL },
		    { "base_domain", in->base_domain, SETTING_BASE_DOMAIN, NULL },
		    { "ingress_class", in->ingress_class, SETTING_INGRESS_CLASS, NULL },
		    { "quota_apps", in->quota_apps, SETTING_APPS_PER_CLUSTER, "error.quota_apps" },
		    { "quota_cpu", in->quota_cpu, SETTING_CPU_PER_CLUSTER, "error.quota_cpu" },
		    { "quota_memory", in->quota_memory, SETTING_MEMORY_PER_CLUSTER, "error.quota_memory" } };
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		const char *wrong = str_given(all[i].value) ? setting_fault(setting_info(all[i].as), all[i].value) : NULL;
		if (wrong)
			fault(out, all[i].field, all[i].says ? all[i].says : wrong);
	}
}

/* A kubeconfig that is pasted: of its only context, or of the one that was chosen. */
static void take_kubeconfig(struct arena *a, const struct cluster_edit *in, bool local, struct kube_access *x,
			    struct cluster_check *out)
{
	struct kube_contexts *contexts = arena_alloc(a, sizeof *contexts);
	const char *why;
	if (!kube_contexts_read(a, in->kubeconfig, contexts, &why)) {
		say(out, "kubeconfig", why);
		return;
	}
	if (contexts->count > 1 && !str_given(in->context)) {
		fault(out, "context", "error.context_needed");
		out->contexts = contexts->names;
		out->context_count = contexts->count;
		return;
	}
	const char *context = str_given(in->context) ? in->context : contexts->count == 1 ? contexts->names[0] : NULL;
	if (!kube_access_read(a, in->kubeconfig, context, local, x, &why))
		say(out, "kubeconfig", why);
}

/* Server, authority and name are what was typed; the credential is new or the stored one, which stays where it was given. */
static void take_fields(const struct cluster_edit *in, const struct kube_access *old, struct kube_access *x,
			struct cluster_check *out)
{
	bool moved = old && (!old->server || strcmp(old->server, in->server ? in->server : ""));
	*x = (struct kube_access){ .server = str_or_null(in->server),
				   .ca_pem = str_or_null(in->ca_pem),
				   .tls_name = str_or_null(in->tls_name) };
	if (!x->server)
		fault(out, "server", "error.required");
	if (x->ca_pem && !secret_certificates(x->ca_pem))
		fault(out, "ca_pem", "error.certificates");
	if (in->kind == CLUSTER_TOKEN) {
		x->token = str_given(in->token) ? in->token : old ? old->token : NULL;
		if (!x->token || (moved && !str_given(in->token)))
			fault(out, "token", moved && x->token ? "error.password_moved" : "error.required");
		return;
	}
	bool fresh = str_given(in->cert_pem) || str_given(in->key_pem);
	x->cert_pem = fresh ? str_or_null(in->cert_pem) : old ? old->cert_pem : NULL;
	x->key_pem = fresh ? str_or_null(in->key_pem) : old ? old->key_pem : NULL;
	if (!x->cert_pem || (fresh && !secret_certificates(x->cert_pem)))
		fault(out, "cert_pem", x->cert_pem ? "error.certificates" : "error.required");
	if (!x->key_pem || (moved && !fresh))
		fault(out, "key_pem", moved && x->key_pem ? "error.password_moved" : "error.required");
}

bool cluster_check(struct arena *a, struct keyring *k, const struct cluster_edit *in, const struct cluster *old, bool local,
		   struct kube_access *access, struct cluster_check *out)
{
	struct kube_access stored = { 0 };
	bool kept = old && cluster_access(a, k, old, &stored);
	*out = (struct cluster_check){ .count = 0 };
	*access = (struct kube_access){ 0 };
	check_places(in, out);
	if (in->kind == CLUSTER_OWN)
		return !out->count;
	if (in->kind != CLUSTER_KUBECONFIG)
		take_fields(in, kept ? &stored : NULL, access, out);
	else if (str_given(in->kubeconfig))
		take_kubeconfig(a, in, local, access, out);
	else if (kept && old->kind == CLUSTER_KUBECONFIG)
		*access = stored;
	else
		fault(out, "kubeconfig", "error.required");
	if (out->count || out->sentence)
		return false;
	const char *why;
	struct kube *k8s =
		kube_open_access(a, access, local, &why); /* nothing is sent; it knows the rules of server, name and PEM */
	if (!k8s)
		say(out, in->kind == CLUSTER_KUBECONFIG ? "kubeconfig" : "server", why);
	kube_free(k8s);
	return !out->sentence;
}

bool cluster_test(struct arena *a, struct keyring *k, struct kube *own, const struct cluster *c, const struct settings *s,
		  bool local, struct kube_test *out, const char **why)
{
	struct kube_access access;
	const char *namespaces[KUBE_PLACE__MAX] = { [KUBE_APPLICATIONS] = cluster_namespace(c, s) };
	*why = NULL;
	if (c->kind == CLUSTER_OWN) {
		namespaces[KUBE_BUILDS] = settings_text(s, SETTING_BUILD_NAMESPACE);
		if (own)
			kube_test(own, a, namespaces, out);
		return own != NULL;
	}
	*why = phrase_text(PHRASE_CLUSTER_SEALED);
	/* Opened anew: what is stored is tested, and no pause after earlier failures. */
	struct kube *fresh = cluster_access(a, k, c, &access) ? kube_open_access(a, &access, local, why) : NULL;
	if (!fresh)
		return false;
	kube_set_patience(fresh, PROBE_REQUEST_MS);
	kube_test(fresh, a, namespaces, out);
	kube_free(fresh);
	return true;
}
