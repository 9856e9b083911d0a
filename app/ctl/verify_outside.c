/* portalctl verify, outside the portal: every cluster, registry and Gitea server by the connection test of its page. */
#include "base/arena.h"
#include "config.h"
#include "ctl/ctl.h"
#include "ctl/verify.h"
#include "fetch/probe.h"
#include "kube/config.h"
#include "kube/kube.h"
#include "kube/rights.h"
#include "model/clusters.h"
#include "model/gitea_servers.h"
#include "model/registries.h"
#include "model/settings.h"

#define SEALED "what is stored of its credential does not open with SECRET_KEYS: enter it again, or bring the missing key back"

/* "word (said)", or the one of both that there is. */
static const char *with_said(struct arena *a, const char *word, const char *said)
{
	return !said ? word : !*word ? said : arena_printf(a, "%s (%s)", word, said);
}

/* The steps that fail, what to do and what the other side said; where none fails: what the steps learnt. */
static const char *told(struct ctl *ctl, const struct probe *p)
{
	struct arena *a = ctl->arena;
	bool passed = probe_passed(p);
	const char *text = "";
	for (int i = 0; i < p->count; i++) {
		const struct probe_step *s = &p->steps[i];
		const char *one = s->said;
		if (s->outcome != (passed ? PROBE_PASSED : PROBE_FAILED))
			continue;
		if (!passed)
			one = arena_printf(
				a, "%s: %s", ctl_words(ctl, arena_printf(a, "probe.%s", s->name)),
				with_said(a, s->advice ? ctl_words(ctl, arena_printf(a, "probe_advice.%s", s->advice)) : "",
					  s->said));
		if (one)
			text = arena_printf(a, "%s%s%s", text, *text ? "; " : "", one);
	}
	return text;
}

static bool probed(struct ctl *ctl, const char *what, const char *name, const char *address, const struct probe *p)
{
	const char *text = told(ctl, p), *line = arena_printf(ctl->arena, "%s at %s", name, address);
	return verify_line(what, probe_passed(p), *text ? arena_printf(ctl->arena, "%s: %s", line, text) : line);
}

static bool sealed(struct ctl *ctl, const char *what, const char *name)
{
	return verify_line(what, false, arena_printf(ctl->arena, "%s: " SEALED, name));
}

/* --- clusters ------------------------------------------------------------------------------------------------------------------
 */

static bool cluster_one(struct ctl *ctl, const struct settings *s, struct kube *own, const char *own_why, const struct cluster *c)
{
	struct kube_test t;
	struct kube_access access;
	if (c->kind != CLUSTER_OWN && !cluster_access(ctl->arena, ctl->keyring, c, &access))
		return sealed(ctl, "cluster", c->name);
	const char *why, *server = c->kind == CLUSTER_OWN && own ? kube_server(own) : c->server ? c->server : "?";
	if (!cluster_test(ctl->arena, ctl->keyring, own, c, s, ctl->config->cluster_local, &t, &why))
		return verify_line("cluster", false, arena_printf(ctl->arena, "%s: %s", c->name, why ? why : own_why));
	if (!t.missing_needed)
		return probed(ctl, "cluster", c->name, server, &t.probe);
	return verify_line("cluster", false,
			   arena_printf(ctl->arena,
					"%s at %s: rights are missing: `portalctl clusters check --cluster '%s'` says which, and "
					"prints the Roles to apply",
					c->name, server, c->name));
}

int verify_clusters(struct ctl *ctl)
{
	struct settings *s;
	struct cluster *rows;
	int count, failed = 0;
	const char *own_why = "";
	enum err e = model_settings_load(ctl->db, ctl->arena, &s);
	if (!e)
		e = model_clusters_list(ctl->db, ctl->arena, &rows, &count);
	if (e)
		return !verify_line("cluster", false, err_name(e));
	struct kube *own = kube_open(ctl->arena, ctl->config->k8s_config_path, &own_why);
	if (own)
		kube_set_patience(own, PROBE_REQUEST_MS);
	for (int i = 0; i < count; i++)
		failed += !cluster_one(ctl, s, own, own_why, &rows[i]);
	kube_free(own);
	return failed;
}

/* --- registries ----------------------------------------------------------------------------------------------------------------
 */

static bool registry_one(struct ctl *ctl, const struct registry *r)
{
	struct probe p;
	if ((r->push_password_sealed && !registry_push_password(ctl->keyring, ctl->arena, r)) ||
	    (r->pull_password_sealed && !registry_pull_password(ctl->keyring, ctl->arena, r)))
		return sealed(ctl, "registry", r->name);
	model_registries_probe(ctl->arena, ctl->keyring, r, &p);
	return probed(ctl, "registry", r->name, r->address, &p);
}

int verify_registries(struct ctl *ctl)
{
	struct registry *rows;
	int count, failed = 0;
	enum err e = model_registries_list(ctl->db, ctl->arena, &rows, &count);
	if (e)
		return !verify_line("registry", false, err_name(e));
	for (int i = 0; i < count; i++)
		failed += !registry_one(ctl, &rows[i]);
	if (!count)
		verify_line("registry", true, "none is stored");
	return failed;
}

/* --- Gitea ---------------------------------------------------------------------------------------------------------------------
 */

static bool gitea_one(struct ctl *ctl, const struct gitea_server *s)
{
	struct probe p;
	if (s->token_sealed && !gitea_server_token(ctl->keyring, ctl->arena, s))
		return sealed(ctl, "gitea", s->name);
	model_gitea_servers_probe(ctl->arena, ctl->keyring, s, &p);
	return probed(ctl, "gitea", s->name, s->url, &p);
}

int verify_gitea(struct ctl *ctl)
{
	struct probe p;
	struct gitea_server *rows;
	int count, failed = 0;
	bool environment = gitea_environment_probe(ctl->arena, ctl->config, &p);
	if (environment)
		failed += !probed(ctl, "gitea", "GITEA_URL", ctl->config->gitea_url, &p);
	enum err e = model_gitea_servers_list(ctl->db, ctl->arena, &rows, &count);
	if (e)
		return failed + !verify_line("gitea", false, err_name(e));
	for (int i = 0; i < count; i++)
		failed += !gitea_one(ctl, &rows[i]);
	if (!environment && !count)
		verify_line("gitea", true, "none is set: branch heads are read by git");
	return failed;
}
