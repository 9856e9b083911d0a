/* Rules for spec: pods, workloads, network. */
#include "kubesim/validate_spec.h"

#include <ctype.h>
#include <string.h>

#include "base/str.h"
#include "kubesim/selector.h"
#include "kubesim/validate.h"

static void required(struct complaints *c, const char *field, const char *more)
{
	complain(c, field, "FieldValueRequired", *more ? arena_printf(c->arena, "Required value: %s", more) : "Required value");
}

static void invalid(struct complaints *c, const char *field, const char *value, const char *rule)
{
	complain(c, field, "FieldValueInvalid", arena_printf(c->arena, "Invalid value: %s: %s", value, rule));
}

static const char *quoted(struct complaints *c, const char *s)
{
	return arena_printf(c->arena, "\"%s\"", s);
}

static json_object *item(json_object *o, const char *list, size_t i)
{
	return json_object_array_get_idx(json_at(o, list), i);
}

static void check_env(struct complaints *c, const char *at, json_object *container)
{
	for (size_t i = 0; i < json_len(container, "env"); i++) {
		json_object *e = item(container, "env", i);
		const char *name = json_text(e, "name", ""), *field = arena_printf(c->arena, "%s.env[%zu].name", at, i);
		bool fine = true;
		for (const char *p = name; *p && fine; p++)
			fine = *p >= 0x20 && *p < 0x7f && *p != '=';
		if (!*name)
			required(c, field, "");
		else if (!fine)
			invalid(c, field, quoted(c, name),
				"a valid environment variable name must consist only of printable ASCII characters other than "
				"'='");
		if (json_at(e, "valueFrom") && *json_text(e, "value", ""))
			invalid(c, arena_printf(c->arena, "%s.env[%zu].valueFrom", at, i), "\"\"",
				"may not be specified when `value` is not empty");
	}
}

static void check_mounts(struct complaints *c, const char *at, json_object *container, json_object *pod)
{
	for (size_t i = 0; i < json_len(container, "volumeMounts"); i++) {
		json_object *m = item(container, "volumeMounts", i);
		const char *name = json_text(m, "name", "");
		bool found = false;
		for (size_t v = 0; v < json_len(pod, "volumes"); v++)
			found |= !strcmp(json_text(item(pod, "volumes", v), "name", ""), name);
		if (!*name)
			required(c, arena_printf(c->arena, "%s.volumeMounts[%zu].name", at, i), "");
		else if (!found)
			complain(c, arena_printf(c->arena, "%s.volumeMounts[%zu].name", at, i), "FieldValueNotFound",
				 arena_printf(c->arena, "Not found: \"%s\"", name));
		if (!*json_text(m, "mountPath", ""))
			required(c, arena_printf(c->arena, "%s.volumeMounts[%zu].mountPath", at, i), "");
	}
}

static void check_ports(struct complaints *c, const char *at, json_object *container)
{
	for (size_t i = 0; i < json_len(container, "ports"); i++) {
		int64_t port = json_int(item(container, "ports", i), "containerPort", 0);
		const char *field = arena_printf(c->arena, "%s.ports[%zu].containerPort", at, i);
		if (!port)
			required(c, field, "");
		else if (port < 1 || port > 65535)
			invalid(c, field, arena_printf(c->arena, "%lld", (long long)port),
				"must be between 1 and 65535, inclusive");
	}
}

static void check_container(struct complaints *c, const char *at, json_object *o, json_object *pod)
{
	const char *name = json_text(o, "name", ""), *image = json_text(o, "image", ""),
		   *policy = json_text(o, "imagePullPolicy", "Always");
	if (!*name)
		required(c, arena_printf(c->arena, "%s.name", at), "");
	else if (!sim_is_label(name))
		invalid(c, arena_printf(c->arena, "%s.name", at), quoted(c, name),
			"a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start "
			"and end with an "
			"alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
			"'[a-z0-9]([-a-z0-9]*[a-z0-9])?')");
	if (!*image)
		required(c, arena_printf(c->arena, "%s.image", at), "");
	else if (isspace((unsigned char)*image) || isspace((unsigned char)image[strlen(image) - 1]))
		invalid(c, arena_printf(c->arena, "%s.image", at), quoted(c, image),
			"must not have leading or trailing whitespace");
	if (strcmp(policy, "Always") && strcmp(policy, "IfNotPresent") && strcmp(policy, "Never"))
		complain(c, arena_printf(c->arena, "%s.imagePullPolicy", at), "FieldValueNotSupported",
			 arena_printf(c->arena,
				      "Unsupported value: \"%s\": supported values: \"Always\", \"IfNotPresent\", \"Never\"",
				      policy));
	check_ports(c, at, o);
	check_env(c, at, o);
	check_mounts(c, at, o, pod);
}

static void check_containers(struct complaints *c, const char *at, json_object *pod, const char *list)
{
	enum { MOST = 100 }; /* this server's own limit: nobody means more */
	if (json_len(pod, list) > MOST) {
		complain(c, arena_printf(c->arena, "%s.%s", at, list), "FieldValueTooMany",
			 "Too many: must have at most 100 items");
		return;
	}
	for (size_t i = 0; i < json_len(pod, list); i++) {
		const char *name = json_text(item(pod, list, i), "name", "");
		const char *here = arena_printf(c->arena, "%s.%s[%zu]", at, list, i);
		check_container(c, here, item(pod, list, i), pod);
		for (size_t k = 0; k < i; k++)
			if (*name && !strcmp(name, json_text(item(pod, list, k), "name", ""))) {
				complain(c, arena_printf(c->arena, "%s.name", here), "FieldValueDuplicate",
					 arena_printf(c->arena, "Duplicate value: \"%s\"", name));
				break;
			}
	}
}

static void check_volumes(struct complaints *c, const char *at, json_object *pod)
{
	for (size_t i = 0; i < json_len(pod, "volumes"); i++) {
		json_object *v = item(pod, "volumes", i);
		const char *name = json_text(v, "name", ""), *here = arena_printf(c->arena, "%s.volumes[%zu]", at, i);
		if (!*name)
			required(c, arena_printf(c->arena, "%s.name", here), "");
		for (size_t k = 0; k < i; k++)
			if (*name && !strcmp(name, json_text(item(pod, "volumes", k), "name", ""))) {
				complain(c, arena_printf(c->arena, "%s.name", here), "FieldValueDuplicate",
					 arena_printf(c->arena, "Duplicate value: \"%s\"", name));
				break;
			}
		if (json_at(v, "secret") && !*json_text(v, "secret.secretName", ""))
			required(c, arena_printf(c->arena, "%s.secret.secretName", here), "");
	}
}

static void check_pod(struct complaints *c, const char *at, json_object *pod, bool job)
{
	const char *policy = json_text(pod, "restartPolicy", ""), *field = arena_printf(c->arena, "%s.restartPolicy", at);
	check_volumes(c, at, pod);
	if (!json_len(pod, "containers"))
		required(c, arena_printf(c->arena, "%s.containers", at), "");
	check_containers(c, at, pod, "initContainers");
	check_containers(c, at, pod, "containers");
	if (job && (!*policy || !strcmp(policy, "Always")))
		required(c, field, "valid values: \"OnFailure\", \"Never\"");
	else if (job && strcmp(policy, "OnFailure") && strcmp(policy, "Never"))
		complain(c, field, "FieldValueNotSupported",
			 arena_printf(c->arena, "Unsupported value: \"%s\": supported values: \"OnFailure\", \"Never\"", policy));
	else if (!job && *policy && strcmp(policy, "Always") && strcmp(policy, "OnFailure") && strcmp(policy, "Never"))
		complain(c, field, "FieldValueNotSupported",
			 arena_printf(c->arena,
				      "Unsupported value: \"%s\": supported values: \"Always\", \"OnFailure\", \"Never\"",
				      policy));
}

static void not_negative(struct complaints *c, json_object *tree, const char *path)
{
	int64_t v = json_int(tree, path, 0);
	if (v < 0)
		invalid(c, path, arena_printf(c->arena, "%lld", (long long)v), "must be greater than or equal to 0");
}

static void check_job(struct complaints *c, json_object *tree)
{
	const char *name = json_text(tree, "metadata.name", "");
	not_negative(c, tree, "spec.parallelism");
	not_negative(c, tree, "spec.completions");
	not_negative(c, tree, "spec.backoffLimit");
	not_negative(c, tree, "spec.activeDeadlineSeconds");
	not_negative(c, tree, "spec.ttlSecondsAfterFinished");
	for (int label = 0; label < 2 && sim_is_subdomain(name) && strlen(name) > 63; label++) /* job-name, old and new */
		invalid(c, "spec.template.labels", quoted(c, name), "must be no more than 63 bytes");
	sim_validate_labels(c, "spec.template.labels", json_at(tree, "spec.template.metadata.labels"));
	check_pod(c, "spec.template.spec", json_at(tree, "spec.template.spec"), true);
}

static void check_workload(struct complaints *c, json_object *tree)
{
	json_object *selector = json_at(tree, "spec.selector"), *labels = json_at(tree, "spec.template.metadata.labels");
	not_negative(c, tree, "spec.replicas");
	if (!selector) {
		required(c, "spec.selector", "");
		invalid(c, "spec.template.metadata.labels", labels ? json_object_to_json_string_ext(labels, JSON_PLAIN) : "null",
			"`selector` does not match template `labels`");
	} else if (!json_at(selector, "matchLabels") && !json_len(selector, "matchExpressions"))
		invalid(c, "spec.selector", "{}", "empty selector is invalid for deployment");
	else if (!selector_match_spec(selector, labels))
		invalid(c, "spec.template.metadata.labels", labels ? json_object_to_json_string_ext(labels, JSON_PLAIN) : "null",
			"`selector` does not match template `labels`");
	sim_validate_labels(c, "spec.template.labels", labels);
	check_pod(c, "spec.template.spec", json_at(tree, "spec.template.spec"), false);
	const char *policy = json_text(tree, "spec.template.spec.restartPolicy", "Always");
	if (!strcmp(policy, "Never") || !strcmp(policy, "OnFailure"))
		complain(c, "spec.template.spec.restartPolicy", "FieldValueNotSupported",
			 arena_printf(c->arena, "Unsupported value: \"%s\": supported values: \"Always\"", policy));
}

static void check_service(struct complaints *c, json_object *tree)
{
	if (!json_len(tree, "spec.ports") && strcmp(json_text(tree, "spec.type", ""), "ExternalName") &&
	    strcmp(json_text(tree, "spec.clusterIP", ""), "None"))
		required(c, "spec.ports", "");
	for (size_t i = 0; i < json_len(tree, "spec.ports"); i++) {
		json_object *p = item(tree, "spec.ports", i);
		int64_t port = json_int(p, "port", 0);
		if (port < 1 || port > 65535)
			invalid(c, arena_printf(c->arena, "spec.ports[%zu].port", i),
				arena_printf(c->arena, "%lld", (long long)port), "must be between 1 and 65535, inclusive");
		json_object *target = json_at(p, "targetPort");
		if (json_object_is_type(target, json_type_int) &&
		    (json_object_get_int64(target) < 1 || json_object_get_int64(target) > 65535))
			invalid(c, arena_printf(c->arena, "spec.ports[%zu].targetPort", i), json_object_get_string(target),
				"must be between 1 and 65535, inclusive");
		if (json_len(tree, "spec.ports") > 1 && !*json_text(p, "name", ""))
			required(c, arena_printf(c->arena, "spec.ports[%zu].name", i), "");
	}
}

static void check_ingress_path(struct complaints *c, const char *at, json_object *p)
{
	const char *type = json_text(p, "pathType", "");
	if (!*type)
		required(c, arena_printf(c->arena, "%s.pathType", at), "pathType must be specified");
	else if (strcmp(type, "Exact") && strcmp(type, "Prefix") && strcmp(type, "ImplementationSpecific"))
		complain(c, arena_printf(c->arena, "%s.pathType", at), "FieldValueNotSupported",
			 arena_printf(
				 c->arena,
				 "Unsupported value: \"%s\": supported values: \"Exact\", \"ImplementationSpecific\", \"Prefix\"",
				 type));
	if (!json_at(p, "backend.service") && !json_at(p, "backend.resource"))
		required(c, arena_printf(c->arena, "%s.backend", at), "exactly one of service or resource is required");
	else if (!*json_text(p, "backend.service.name", "x"))
		required(c, arena_printf(c->arena, "%s.backend.service.name", at), "");
}

static void check_ingress(struct complaints *c, json_object *tree)
{
	if (!json_len(tree, "spec.rules") && !json_at(tree, "spec.defaultBackend"))
		invalid(c, "spec", "null", "either `defaultBackend` or `rules` must be specified");
	for (size_t i = 0; i < json_len(tree, "spec.rules"); i++) {
		json_object *rule = item(tree, "spec.rules", i);
		const char *host = json_text(rule, "host", ""), *at = arena_printf(c->arena, "spec.rules[%zu]", i);
		const char *bare = str_starts(host, "*.") ? host + 2 : host;
		if (*host && !sim_is_subdomain(bare))
			invalid(c, arena_printf(c->arena, "%s.host", at), quoted(c, host),
				"a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', "
				"and must start and end "
				"with an alphanumeric character (e.g. 'example.com', regex used for validation is "
				"'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')");
		if (json_at(rule, "http") && !json_len(rule, "http.paths"))
			required(c, arena_printf(c->arena, "%s.http.paths", at), "");
		for (size_t p = 0; p < json_len(rule, "http.paths"); p++)
			check_ingress_path(c, arena_printf(c->arena, "%s.http.paths[%zu]", at, p), item(rule, "http.paths", p));
	}
}

void sim_validate_spec(struct complaints *c, enum sim_kind kind, json_object *tree)
{
	if (kind == SIM_JOB)
		check_job(c, tree);
	else if (kind == SIM_DEPLOYMENT || kind == SIM_REPLICA_SET)
		check_workload(c, tree);
	else if (kind == SIM_POD)
		check_pod(c, "spec", json_at(tree, "spec"), false);
	else if (kind == SIM_SERVICE)
		check_service(c, tree);
	else if (kind == SIM_INGRESS)
		check_ingress(c, tree);
}
