/* What the portal needs to be allowed in a cluster. */
#include "kube/rights.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/str.h"
#include "kube/client.h"
#include "kube/kube.h"

#define NEEDED true
#define OPTIONAL false
#define KUBE_RIGHT(role, place, needed, group, resource, verbs) { role, group, resource, verbs, KUBE_##place, needed },
const struct kube_right kube_rights[] = {
#include "kube/rights.def"
};
#undef KUBE_RIGHT
const size_t kube_right_count = sizeof kube_rights / sizeof *kube_rights;

#define REVIEWS "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
#define WHO "/apis/authentication.k8s.io/v1/selfsubjectreviews"

static bool out_of_time(const struct kube_test *t)
{
	return clock_ms() >= t->probe.ends_ms;
}

/* How far the first request came tells where it ends: nothing there, TLS, an API server, our identity. */
static bool ask_version(struct kube *k, struct arena *a, struct kube_test *t)
{
	struct fetch_response r;
	int64_t began = clock_ms();
	enum err e = probe_fetch(&t->probe, a, "GET", &k->peer, "/version", NULL, &r);
	if (e && t->probe.count && !probe_passed(&t->probe))
		return false;
	struct kube_answer answer;
	e = kube_request(k, a, "GET", "/version", NULL, NULL, &answer);
	t->latency_ms = (int)(clock_ms() - began);
	t->version = e ? NULL : json_text(answer.object, "gitVersion", NULL);
	if (t->version)
		probe_add(&t->probe, a, "cluster_version", PROBE_PASSED, NULL,
			  arena_printf(a, "%s, %d ms", t->version, t->latency_ms));
	else
		probe_add(&t->probe, a, "cluster_version", PROBE_FAILED,
			  e == ERR_UNAUTHORIZED ? "cluster.credential" : "cluster.not_kubernetes", answer.message);
	return t->version != NULL;
}

/* The API is there since 1.28; without it the name is not known, and the rights are asked all the same. */
static bool ask_who(struct kube *k, struct arena *a, struct kube_test *t)
{
	struct kube_answer answer;
	json_object *body = json_build(a, "{'apiVersion':'authentication.k8s.io/v1','kind':'SelfSubjectReview'}");
	enum err e = kube_request(k, a, "POST", WHO, KUBE_JSON, body, &answer);
	t->identity = e ? NULL : json_text(answer.object, "status.userInfo.username", NULL);
	if (e == ERR_UNAUTHORIZED)
		probe_add(&t->probe, a, "cluster_identity", PROBE_FAILED, "cluster.credential", answer.message);
	else if (t->identity && !strcmp(t->identity, "system:anonymous"))
		probe_add(&t->probe, a, "cluster_identity", PROBE_FAILED, "cluster.anonymous", t->identity);
	else
		probe_add(&t->probe, a, "cluster_identity", t->identity ? PROBE_PASSED : PROBE_SKIPPED, NULL,
			  t->identity ? t->identity : answer.message);
	return e != ERR_UNAUTHORIZED;
}

/* Whether one verb is allowed; false with *asked false: the cluster did not say. */
static bool allowed(struct kube *k, struct arena *a, const struct kube_right *r, const char *ns, const char *verb, bool *asked)
{
	struct kube_answer answer;
	const char *slash = strchr(r->resource, '/');
	const char *resource = slash ? arena_memdup(a, r->resource, (size_t)(slash - r->resource)) : r->resource;
	json_object *body =
		json_build(a,
			   "{'apiVersion':'authorization.k8s.io/v1','kind':'SelfSubjectAccessReview','spec':{"
			   "'resourceAttributes':{'namespace':%s,'verb':%s,'group':%s,'resource':%s,'subresource':%s}}}",
			   ns, verb, r->group, resource, slash ? slash + 1 : "");
	*asked = !kube_request(k, a, "POST", REVIEWS, KUBE_JSON, body, &answer);
	return *asked && json_flag(answer.object, "status.allowed", false);
}

static void ask_right(struct kube *k, struct arena *a, struct kube_test *t, const char *ns, struct kube_right_seen *seen)
{
	const struct kube_right *r = seen->right;
	*seen = (struct kube_right_seen){ .right = r, .shown = *r, .ns = ns, .asked = true };
	for (const char *p = r->verbs; *p && seen->asked;) {
		size_t n = strcspn(p, "|");
		const char *verb = arena_memdup(a, p, n);
		if (out_of_time(t))
			seen->asked = false;
		else if (!allowed(k, a, r, ns, verb, &seen->asked) && seen->asked)
			seen->missing = seen->missing ? arena_printf(a, "%s, %s", seen->missing, verb) : verb;
		p += n + (p[n] == '|');
	}
	t->missing += seen->missing != NULL;
	t->missing_needed += seen->missing && r->needed;
}

static void ask_rights(struct kube *k, struct arena *a, const char *const namespaces[KUBE_PLACE__MAX], struct kube_test *t)
{
	bool whole = true;
	t->rights = arena_alloc(a, sizeof *t->rights * (kube_right_count + 1));
	for (size_t i = 0; i < kube_right_count; i++) {
		const char *ns = namespaces[kube_rights[i].place];
		if (!ns)
			continue;
		struct kube_right_seen *seen = &t->rights[t->count++];
		seen->right = &kube_rights[i];
		ask_right(k, a, t, ns, seen);
		whole = whole && seen->asked;
	}
	bool failed = t->missing_needed || (!whole && !t->missing);
	probe_add(&t->probe, a, "cluster_rights",
		  t->missing_needed ? PROBE_FAILED
		  : whole	    ? PROBE_PASSED
				    : PROBE_SKIPPED,
		  failed       ? (whole ? "cluster.rights" : "cluster.rights_unknown")
		  : t->missing ? "cluster.rights_optional"
			       : NULL,
		  NULL);
}

void kube_test(struct kube *k, struct arena *a, const char *const namespaces[KUBE_PLACE__MAX], struct kube_test *out)
{
	*out = (struct kube_test){ .probe = probe_begin(), .latency_ms = -1 };
	if (ask_version(k, a, out) && ask_who(k, a, out))
		ask_rights(k, a, namespaces, out);
}

/* --- what is missing, to be applied --------------------------------------------------------------------------------------------
 */

static void add_rule(struct buf *b, const struct kube_right *r)
{
	buf_printf(b, "  - apiGroups: [\"%s\"]\n    resources: [\"%s\"]\n    verbs: [", r->group, r->resource);
	for (const char *p = r->verbs; *p;) {
		size_t n = strcspn(p, "|");
		buf_printf(b, "%s\"%.*s\"", p == r->verbs ? "" : ", ", (int)n, p);
		p += n + (p[n] == '|');
	}
	buf_puts(b, "]\n");
}

/* "system:serviceaccount:NAMESPACE:NAME" is one; everything else is a user. */
static void add_subject(struct buf *b, const char *identity)
{
	static const char account[] = "system:serviceaccount:";
	if (identity && str_starts(identity, account)) {
		const char *ns = identity + sizeof account - 1, *name = strchr(ns, ':');
		if (name) {
			buf_printf(b, "  - kind: ServiceAccount\n    name: %s\n    namespace: %.*s\n", name + 1, (int)(name - ns),
				   ns);
			return;
		}
	}
	buf_printf(b, "  - kind: User\n    apiGroup: rbac.authorization.k8s.io\n    name: \"%s\"\n",
		   identity ? identity : "CHANGE_ME");
}

static void add_role(struct buf *b, const struct kube_test *t, const struct kube_right_seen *first)
{
	static const char head[] = "apiVersion: rbac.authorization.k8s.io/v1\nkind: %s\nmetadata:\n  name: %s\n  namespace: %s\n";
	const char *role = first->right->role;
	buf_puts(b, b->len ? "---\n" : "");
	buf_printf(b, head, "Role", role, first->ns);
	buf_puts(b, "rules:\n");
	for (int i = 0; i < t->count; i++)
		if (!strcmp(t->rights[i].right->role, role))
			add_rule(b, t->rights[i].right);
	buf_puts(b, "---\n");
	buf_printf(b, head, "RoleBinding", role, first->ns);
	buf_printf(b, "roleRef:\n  apiGroup: rbac.authorization.k8s.io\n  kind: Role\n  name: %s\nsubjects:\n", role);
	add_subject(b, t->identity);
}

const char *kube_roles_text(struct arena *a, const struct kube_test *t)
{
	struct buf b = { .cap = 1 << 20 };
	const char *last = "";
	for (int i = 0; i < t->count; i++) {
		const struct kube_right_seen *first = &t->rights[i];
		bool missing = false;
		if (!strcmp(last, first->right->role))
			continue;
		last = first->right->role;
		for (int k = i; k < t->count && !strcmp(t->rights[k].right->role, last); k++)
			missing = missing || t->rights[k].missing;
		if (missing)
			add_role(&b, t, first);
	}
	const char *text = b.len ? arena_memdup(a, b.data, b.len) : NULL;
	buf_free(&b);
	return text;
}
