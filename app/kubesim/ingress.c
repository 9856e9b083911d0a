/* The Ingress controller and the applications behind it: a small page that says what runs here. */
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "kubesim/controllers.h"
#include "kubesim/http.h"
#include "kubesim/images.h"
#include "kubesim/pods.h"
#include "kubesim/selector.h"

static bool host_fits(const char *rule, const char *host, size_t n)
{
	if (!strncmp(rule, "*.", 2)) {
		const char *dot = memchr(host, '.', n);
		return dot && strlen(rule + 2) == n - (size_t)(dot + 1 - host) &&
		       !strncasecmp(rule + 2, dot + 1, strlen(rule + 2));
	}
	return strlen(rule) == n && !strncasecmp(rule, host, n);
}

static bool path_fits(json_object *p, const char *path)
{
	const char *prefix = json_text(p, "path", "/");
	size_t n = strlen(prefix);
	if (!strcmp(json_text(p, "pathType", ""), "Exact"))
		return !strcmp(prefix, path);
	return !strncmp(prefix, path, n) && (!n || prefix[n - 1] == '/' || !path[n] || path[n] == '/');
}

/* The backend that answers for a host and path, and the namespace it is in; NULL: no rule fits. */
static json_object *find_backend(struct world *w, const char *host, const char *path, const char **ns)
{
	size_t n = strcspn(host, ":");
	struct table *t = &w->tables[SIM_INGRESS];
	for (size_t i = 0; i < t->n; i++) {
		json_object *rules = json_at(t->at[i]->tree, "spec.rules");
		for (size_t r = 0; r < json_len(rules, ""); r++) {
			json_object *rule = json_object_array_get_idx(rules, r), *paths = json_at(rule, "http.paths");
			for (size_t p = 0; host_fits(json_text(rule, "host", ""), host, n) && p < json_len(paths, ""); p++)
				if (path_fits(json_object_array_get_idx(paths, p), path)) {
					*ns = t->at[i]->ns;
					return json_at(json_object_array_get_idx(paths, p), "backend");
				}
		}
	}
	return NULL;
}

static struct object *ready_pod(struct world *w, const char *ns, json_object *selector)
{
	struct table *t = &w->tables[SIM_POD];
	for (size_t i = world_place(w, SIM_POD, ns, ""); i < t->n && !strcmp(t->at[i]->ns, ns); i++) {
		json_object *ready = sim_condition_find(t->at[i]->tree, "Ready");
		if (ready && !strcmp(json_text(ready, "status", ""), "True") &&
		    !json_at(t->at[i]->tree, "metadata.deletionTimestamp") &&
		    selector_match_map(selector, json_at(t->at[i]->tree, "metadata.labels")))
			return t->at[i];
	}
	return NULL;
}

static const char *from_map(json_object *map, const char *const *keys)
{
	json_object *v = NULL;
	for (; map && *keys; keys++)
		if (json_object_object_get_ex(map, *keys, &v) && v)
			return json_object_get_string(v);
	return NULL;
}

static void row(struct buf *b, const char *name, const char *value)
{
	buf_printf(b, "<dt>%s</dt><dd>", name);
	buf_html(b, value, strlen(value));
	buf_puts(b, "</dd>\n");
}

static void page(struct world *w, struct object *pod, const char *host, struct buf *b)
{
	static const char *const commit_keys[] = { "hydrosim/commit", "hydrosim/commit-sha", "app.kubernetes.io/version", NULL };
	static const char *const project_keys[] = { "hydrosim/project-name", "hydrosim/project", "app.kubernetes.io/name",
						    "hydrosim/project-id", NULL };
	const char *image = json_text(pod->tree, "spec.containers.0.image", "");
	const struct image *known = sim_images_find(w, image);
	const char *commit = from_map(json_at(pod->tree, "metadata.annotations"), commit_keys);
	const char *project = from_map(json_at(pod->tree, "metadata.annotations"), project_keys);
	if (!commit)
		commit = sim_pod_env(pod, "HYDROSIM_COMMIT");
	if (!commit)
		commit = known && *known->commit ? known->commit : "unknown";
	if (!project) { /* the last part of the image's name: "shop" of "registry:5000/course/shop@sha256:..." */
		const char *name = arena_memdup(w->scratch, image, strcspn(image, "@"));
		const char *slash = strrchr(name, '/');
		name = slash ? slash + 1 : name;
		project = arena_memdup(w->scratch, name, strcspn(name, ":"));
	}
	buf_puts(b, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>");
	buf_html(b, project, strlen(project));
	buf_puts(b, "</title>\n<style>body{font:1rem/1.5 system-ui,sans-serif;max-width:44rem;margin:4rem auto;padding:0 "
		    "1rem;color:#1b2733}"
		    "h1{font-size:1.6rem}dt{color:#5a6b7b;font-size:.85rem;margin-top:.8rem}dd{margin:0;overflow-wrap:anywhere;"
		    "font-family:ui-monospace,monospace}p{color:#5a6b7b}</style>\n</head>\n<body>\n<h1>It runs: ");
	buf_html(b, project, strlen(project));
	buf_puts(b, "</h1>\n<dl>\n");
	row(b, "Commit", commit);
	row(b, "Image", image);
	if (known)
		row(b, "Digest", known->digest);
	row(b, "Pod", pod->name);
	row(b, "Host", host);
	buf_puts(b,
		 "</dl>\n<p>This page is answered by the simulated cluster in place of the application.</p>\n</body>\n</html>\n");
}

static void plain(struct answer *a, int status, const char *title, const char *text)
{
	a->status = status;
	a->type = "text/html; charset=utf-8";
	buf_printf(&a->body,
		   "<!doctype html>\n<html lang=\"en\">\n<head><meta "
		   "charset=\"utf-8\"><title>%s</title></head>\n<body><h1>%s</h1><p>%s</p></body>\n</html>\n",
		   title, title, text);
}

void sim_ingress_answer(struct world *w, const char *host, const char *method, const char *path, struct answer *a)
{
	const char *ns = "";
	json_object *backend = find_backend(w, host, path, &ns);
	if (!backend) {
		plain(a, 404, "404 Not Found", "No Ingress answers for this host and path.");
		return;
	}
	struct object *service = world_find(w, SIM_SERVICE, ns, json_text(backend, "service.name", ""));
	struct object *pod = service ? ready_pod(w, ns, json_at(service->tree, "spec.selector")) : NULL;
	if (!pod) {
		plain(a, 503, "503 Service Unavailable", "No pod of this application is ready.");
		return;
	}
	a->status = 200;
	a->type = "text/html; charset=utf-8";
	page(w, pod, host, &a->body);
	sim_pod_served(w, pod, method, path, 200);
}
