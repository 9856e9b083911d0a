/* The rules of the kinds: names, labels and updates; what pods and workloads need is in validate_spec.c. */
#include "kubesim/validate.h"

#include <ctype.h>
#include <string.h>

#include "base/str.h"
#include "kubesim/validate_spec.h"

#define SUBDOMAIN_RULE                                                                                                           \
	"a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end " \
	"with an "                                                                                                               \
	"alphanumeric character (e.g. 'example.com', regex used for validation is "                                              \
	"'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
#define LABEL_RULE                                                                                                               \
	"a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an "  \
	"alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
#define SERVICE_RULE                                                                                                             \
	"a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and "   \
	"end with "                                                                                                              \
	"an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')"
#define VALUE_RULE                                                                                                               \
	"a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end "  \
	"with an "                                                                                                               \
	"alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "                     \
	"'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
#define KEY_RULE                                                                                                                 \
	"name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "       \
	"character "                                                                                                             \
	"(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"

static bool lower_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool label_part(const char *s, size_t n)
{
	if (!n || !lower_alnum(s[0]) || !lower_alnum(s[n - 1]))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!lower_alnum(s[i]) && s[i] != '-')
			return false;
	return true;
}

bool sim_is_label(const char *s)
{
	size_t n = strlen(s);
	return n <= 63 && label_part(s, n);
}

bool sim_is_subdomain(const char *s)
{
	if (strlen(s) > 253)
		return false;
	for (;; s++) {
		size_t n = strcspn(s, ".");
		if (!label_part(s, n))
			return false;
		s += n;
		if (!*s)
			return true;
	}
}

static void invalid(struct complaints *c, const char *field, const char *value, const char *rule)
{
	complain(c, field, "FieldValueInvalid", arena_printf(c->arena, "Invalid value: \"%s\": %s", value, rule));
}

static void check_name(struct complaints *c, enum sim_kind kind, const char *name)
{
	bool label = kind == SIM_NAMESPACE, service = kind == SIM_SERVICE;
	if (!*name) {
		complain(c, "metadata.name", "FieldValueRequired", "Required value: name or generateName is required");
	} else if (service) {
		if (!sim_is_label(name) || !isalpha((unsigned char)*name))
			invalid(c, "metadata.name", name, strlen(name) > 63 ? "must be no more than 63 bytes" : SERVICE_RULE);
	} else if (label ? !sim_is_label(name) : !sim_is_subdomain(name)) {
		size_t limit = label ? 63 : 253;
		invalid(c, "metadata.name", name,
			strlen(name) > limit ? arena_printf(c->arena, "must be no more than %zu bytes", limit)
			: label		     ? LABEL_RULE
					     : SUBDOMAIN_RULE);
	}
}

static bool label_text(const char *s, bool may_be_empty)
{
	size_t n = strlen(s);
	if (!n)
		return may_be_empty;
	if (!isalnum((unsigned char)s[0]) || !isalnum((unsigned char)s[n - 1]))
		return false;
	for (; *s; s++)
		if (!isalnum((unsigned char)*s) && !strchr("-_.", *s))
			return false;
	return true;
}

static void check_key(struct complaints *c, const char *field, const char *key)
{
	const char *slash = strchr(key, '/'), *name = slash ? slash + 1 : key;
	if (slash && !sim_is_subdomain(arena_memdup(c->arena, key, (size_t)(slash - key))))
		invalid(c, field, key, "prefix part " SUBDOMAIN_RULE);
	else if (!*name)
		invalid(c, field, key, "name part must be non-empty");
	else if (strlen(name) > 63)
		invalid(c, field, key, "name part must be no more than 63 bytes");
	else if (!label_text(name, false))
		invalid(c, field, key, KEY_RULE);
}

void sim_validate_labels(struct complaints *c, const char *field, json_object *labels)
{
	enum { MOST = 500 }; /* this server's own limit: nobody means more */
	if (!labels)
		return;
	if (json_object_object_length(labels) > MOST) {
		complain(c, field, "FieldValueTooMany", "Too many: must have at most 500 items");
		return;
	}
	json_object_object_foreach (labels, key, value) {
		const char *v = json_object_get_string(value);
		check_key(c, field, key);
		if (v && strlen(v) > 63)
			invalid(c, field, v, "must be no more than 63 bytes");
		else if (v && !label_text(v, true))
			invalid(c, field, v, VALUE_RULE);
	}
}

static void check_annotations(struct complaints *c, json_object *annotations)
{
	size_t total = 0;
	if (!annotations)
		return;
	json_object_object_foreach (annotations, key, value) {
		char low[320];
		size_t i = 0;
		for (; i < sizeof low - 1 && key[i]; i++)
			low[i] = (char)tolower((unsigned char)key[i]);
		low[i] = 0;
		check_key(c, "metadata.annotations", arena_strdup(c->arena, low));
		total += strlen(key) + (value ? strlen(json_object_get_string(value)) : 0);
	}
	if (total > 256 * 1024)
		complain(c, "metadata.annotations", "FieldValueTooLong", "Too long: may not be more than 262144 bytes");
}

static void check_owners(struct complaints *c, json_object *owners)
{
	for (size_t i = 0; i < json_len(owners, ""); i++) {
		json_object *o = json_object_array_get_idx(owners, i);
		static const char *const needed[] = { "apiVersion", "kind", "name", "uid" };
		static const char *const words[] = { "version must not be empty", "must not be empty", "must not be empty",
						     "must not be empty" };
		for (size_t k = 0; k < 4; k++)
			if (!*json_text(o, needed[k], ""))
				complain(c, arena_printf(c->arena, "metadata.ownerReferences.%s", needed[k]), "FieldValueInvalid",
					 arena_printf(c->arena, "Invalid value: \"\": %s", words[k]));
	}
}

static void check_data(struct complaints *c, json_object *data)
{
	if (!data)
		return;
	json_object_object_foreach (data, key, value) {
		(void)value;
		bool fine = *key && strlen(key) <= 253 && strcmp(key, ".") && strcmp(key, "..");
		for (const char *p = key; *p && fine; p++)
			fine = isalnum((unsigned char)*p) || strchr("-_.", *p);
		if (!fine)
			invalid(c, arena_printf(c->arena, "data[%s]", key), key,
				"a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  "
				"or 'KEY_NAME',  or "
				"'key-name', regex used for validation is '[-._a-zA-Z0-9]+')");
	}
}

/* Types of Secret that promise a key. */
static void check_secret(struct complaints *c, json_object *tree)
{
	static const struct {
		const char *type, *key;
	} promised[] = {
		{ "kubernetes.io/dockerconfigjson", ".dockerconfigjson" },
		{ "kubernetes.io/dockercfg", ".dockercfg" },
		{ "kubernetes.io/ssh-auth", "ssh-privatekey" },
		{ "kubernetes.io/tls", "tls.crt" },
		{ "kubernetes.io/tls", "tls.key" },
	};
	json_object *data = json_at(tree, "data"), *v = NULL;
	check_data(c, data);
	for (size_t i = 0; i < sizeof promised / sizeof *promised; i++) {
		if (strcmp(json_text(tree, "type", ""), promised[i].type))
			continue;
		if (!data || !json_object_object_get_ex(data, promised[i].key, &v)) {
			complain(c, arena_printf(c->arena, "data[%s]", promised[i].key), "FieldValueRequired", "Required value");
		} else if (strstr(promised[i].type, "docker")) {
			const char *why;
			size_t len = 0;
			char *text = str_unbase64(c->arena, json_object_get_string(v), &len);
			if (text && !json_parse(c->arena, text, len, 16, &why))
				complain(c, arena_printf(c->arena, "data[%s]", promised[i].key), "FieldValueInvalid",
					 "Invalid value: \"<secret contents redacted>\": invalid character in JSON");
		}
	}
}

void sim_validate(struct complaints *c, enum sim_kind kind, json_object *tree)
{
	check_name(c, kind, json_text(tree, "metadata.name", ""));
	sim_validate_labels(c, "metadata.labels", json_at(tree, "metadata.labels"));
	check_annotations(c, json_at(tree, "metadata.annotations"));
	check_owners(c, json_at(tree, "metadata.ownerReferences"));
	if (kind == SIM_SECRET)
		check_secret(c, tree);
	else if (kind == SIM_CONFIG_MAP)
		check_data(c, json_at(tree, "data"));
	else
		sim_validate_spec(c, kind, tree);
}

static void same(struct complaints *c, const char *path, json_object *tree, json_object *old)
{
	json_object *now = json_at(tree, path), *was = json_at(old, path);
	if (!json_object_equal(now, was))
		complain(c, path, "FieldValueInvalid",
			 arena_printf(c->arena, "Invalid value: %s: field is immutable",
				      now ? json_object_to_json_string_ext(now, JSON_PLAIN) : "null"));
}

/* Only the images, the deadline and tolerations of a pod may change. */
static void check_pod_update(struct complaints *c, json_object *tree, json_object *old)
{
	json_object *now = NULL, *was = NULL;
	json_object_deep_copy(json_at(tree, "spec"), &now, NULL);
	json_object_deep_copy(json_at(old, "spec"), &was, NULL);
	static const char *const lists[] = { "containers", "initContainers" };
	json_object *both[] = { now, was };
	for (size_t b = 0; b < 2; b++) {
		json_object_object_del(both[b], "activeDeadlineSeconds");
		json_object_object_del(both[b], "tolerations");
		for (size_t l = 0; l < 2; l++)
			for (size_t i = 0; i < json_len(both[b], lists[l]); i++)
				json_object_object_del(json_object_array_get_idx(json_at(both[b], lists[l]), i), "image");
	}
	if (!json_object_equal(now, was))
		complain(c, "spec", "FieldValueForbidden",
			 "Forbidden: pod updates may not change fields other than "
			 "`spec.containers[*].image`,`spec.initContainers[*].image`,"
			 "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),"
			 "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)");
	json_object_put(now);
	json_object_put(was);
}

void sim_validate_update(struct complaints *c, enum sim_kind kind, json_object *tree, json_object *old)
{
	if (kind == SIM_JOB) {
		if (!json_flag(old, "spec.suspend", false))
			same(c, "spec.template", tree, old);
		same(c, "spec.selector", tree, old);
		same(c, "spec.completions", tree, old);
		same(c, "spec.completionMode", tree, old);
	} else if (kind == SIM_DEPLOYMENT || kind == SIM_REPLICA_SET) {
		same(c, "spec.selector", tree, old);
	} else if (kind == SIM_SECRET) {
		if (json_flag(old, "immutable", false) && !json_object_equal(json_at(tree, "data"), json_at(old, "data")))
			complain(c, "data", "FieldValueForbidden", "Forbidden: field is immutable when `immutable` is set");
		same(c, "type", tree, old);
	} else if (kind == SIM_SERVICE) {
		if (*json_text(old, "spec.clusterIP", ""))
			if (strcmp(json_text(tree, "spec.clusterIP", ""), json_text(old, "spec.clusterIP", "")))
				invalid(c, "spec.clusterIPs[0]", json_text(tree, "spec.clusterIP", ""),
					"may not change once set");
	} else if (kind == SIM_POD) {
		check_pod_update(c, tree, old);
	}
}
