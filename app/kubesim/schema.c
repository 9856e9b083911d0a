/* The fields of the kinds that are served: their types and how their lists are merged. */
#include "kubesim/schema.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"

#define TEXT(n)                                                                                                                  \
	{                                                                                                                        \
		n, FIELD_TEXT, NULL, NULL                                                                                        \
	}
#define TIME(n)                                                                                                                  \
	{                                                                                                                        \
		n, FIELD_TIME, NULL, NULL                                                                                        \
	}
#define INT(n)                                                                                                                   \
	{                                                                                                                        \
		n, FIELD_INT, NULL, NULL                                                                                         \
	}
#define LONG(n)                                                                                                                  \
	{                                                                                                                        \
		n, FIELD_LONG, NULL, NULL                                                                                        \
	}
#define BOOL(n)                                                                                                                  \
	{                                                                                                                        \
		n, FIELD_BOOL, NULL, NULL                                                                                        \
	}
#define PORT(n)                                                                                                                  \
	{                                                                                                                        \
		n, FIELD_INT_OR_TEXT, NULL, NULL                                                                                 \
	}
#define QUANTITY(n)                                                                                                              \
	{                                                                                                                        \
		n, FIELD_QUANTITY, NULL, NULL                                                                                    \
	}
#define QUANTITIES(n)                                                                                                            \
	{                                                                                                                        \
		n, FIELD_QUANTITIES, NULL, NULL                                                                                  \
	}
#define MAP(n)                                                                                                                   \
	{                                                                                                                        \
		n, FIELD_MAP, NULL, NULL                                                                                         \
	}
#define BYTES(n)                                                                                                                 \
	{                                                                                                                        \
		n, FIELD_BYTES, NULL, NULL                                                                                       \
	}
#define TEXTS(n)                                                                                                                 \
	{                                                                                                                        \
		n, FIELD_TEXTS, NULL, NULL                                                                                       \
	}
#define ANY(n)                                                                                                                   \
	{                                                                                                                        \
		n, FIELD_ANY, NULL, NULL                                                                                         \
	}
#define ONE(n, s)                                                                                                                \
	{                                                                                                                        \
		n, FIELD_STRUCT, &s, NULL                                                                                        \
	}
#define LIST(n, s, k)                                                                                                            \
	{                                                                                                                        \
		n, FIELD_LIST, &s, k                                                                                             \
	}
#define END                                                                                                                      \
	{                                                                                                                        \
		NULL, FIELD_ANY, NULL, NULL                                                                                      \
	}
#define STRUCT(id, go, ...)                                                                                                      \
	static const struct schema_field id##_fields[] = { __VA_ARGS__, END };                                                   \
	static const struct schema id = { go, id##_fields }
#define KIND(id, go, ...)                                                                                                        \
	static const struct schema_field id##_fields[] = { TEXT("kind"), TEXT("apiVersion"), ONE("metadata", meta), __VA_ARGS__, \
							   END };                                                                \
	const struct schema id = { go, id##_fields }

STRUCT(owner, "OwnerReference", TEXT("apiVersion"), TEXT("kind"), TEXT("name"), TEXT("uid"), BOOL("controller"),
       BOOL("blockOwnerDeletion"));
STRUCT(meta, "ObjectMeta", TEXT("name"), TEXT("generateName"), TEXT("namespace"), TEXT("selfLink"), TEXT("uid"),
       TEXT("resourceVersion"), LONG("generation"), TIME("creationTimestamp"), TIME("deletionTimestamp"),
       LONG("deletionGracePeriodSeconds"), MAP("labels"), MAP("annotations"), LIST("ownerReferences", owner, "uid"),
       TEXTS("finalizers"), ANY("managedFields"));
STRUCT(requirement, "LabelSelectorRequirement", TEXT("key"), TEXT("operator"), TEXTS("values"));
STRUCT(selector, "LabelSelector", MAP("matchLabels"), LIST("matchExpressions", requirement, NULL));
STRUCT(local_ref, "LocalObjectReference", TEXT("name"));
STRUCT(object_ref, "ObjectReference", TEXT("kind"), TEXT("namespace"), TEXT("name"), TEXT("uid"), TEXT("apiVersion"),
       TEXT("resourceVersion"), TEXT("fieldPath"));

/* Pods */
STRUCT(field_ref, "ObjectFieldSelector", TEXT("apiVersion"), TEXT("fieldPath"));
STRUCT(resource_ref, "ResourceFieldSelector", TEXT("containerName"), TEXT("resource"), QUANTITY("divisor"));
STRUCT(key_ref, "SecretKeySelector", TEXT("name"), TEXT("key"), BOOL("optional"));
STRUCT(env_source, "EnvVarSource", ONE("fieldRef", field_ref), ONE("resourceFieldRef", resource_ref),
       ONE("configMapKeyRef", key_ref), ONE("secretKeyRef", key_ref));
STRUCT(env_var, "EnvVar", TEXT("name"), TEXT("value"), ONE("valueFrom", env_source));
STRUCT(env_ref, "SecretEnvSource", TEXT("name"), BOOL("optional"));
STRUCT(env_from, "EnvFromSource", TEXT("prefix"), ONE("configMapRef", env_ref), ONE("secretRef", env_ref));
STRUCT(container_port, "ContainerPort", TEXT("name"), INT("hostPort"), INT("containerPort"), TEXT("protocol"), TEXT("hostIP"));
STRUCT(resources, "ResourceRequirements", QUANTITIES("limits"), QUANTITIES("requests"), ANY("claims"));
STRUCT(mount, "VolumeMount", TEXT("name"), BOOL("readOnly"), TEXT("recursiveReadOnly"), TEXT("mountPath"), TEXT("subPath"),
       TEXT("mountPropagation"), TEXT("subPathExpr"));
STRUCT(exec_action, "ExecAction", TEXTS("command"));
STRUCT(http_header, "HTTPHeader", TEXT("name"), TEXT("value"));
STRUCT(http_get, "HTTPGetAction", TEXT("path"), PORT("port"), TEXT("host"), TEXT("scheme"),
       LIST("httpHeaders", http_header, NULL));
STRUCT(tcp_socket, "TCPSocketAction", PORT("port"), TEXT("host"));
STRUCT(probe, "Probe", ONE("exec", exec_action), ONE("httpGet", http_get), ONE("tcpSocket", tcp_socket), ANY("grpc"),
       INT("initialDelaySeconds"), INT("timeoutSeconds"), INT("periodSeconds"), INT("successThreshold"), INT("failureThreshold"),
       LONG("terminationGracePeriodSeconds"));
STRUCT(capabilities, "Capabilities", TEXTS("add"), TEXTS("drop"));
STRUCT(profile, "SeccompProfile", TEXT("type"), TEXT("localhostProfile"));
STRUCT(container_security, "SecurityContext", ONE("capabilities", capabilities), BOOL("privileged"), ANY("seLinuxOptions"),
       ANY("windowsOptions"), LONG("runAsUser"), LONG("runAsGroup"), BOOL("runAsNonRoot"), BOOL("readOnlyRootFilesystem"),
       BOOL("allowPrivilegeEscalation"), TEXT("procMount"), ONE("seccompProfile", profile), ONE("appArmorProfile", profile));
STRUCT(container, "Container", TEXT("name"), TEXT("image"), TEXTS("command"), TEXTS("args"), TEXT("workingDir"),
       LIST("ports", container_port, "containerPort"), LIST("envFrom", env_from, NULL), LIST("env", env_var, "name"),
       ONE("resources", resources), ANY("resizePolicy"), TEXT("restartPolicy"), LIST("volumeMounts", mount, "mountPath"),
       ANY("volumeDevices"), ONE("livenessProbe", probe), ONE("readinessProbe", probe), ONE("startupProbe", probe),
       ANY("lifecycle"), TEXT("terminationMessagePath"), TEXT("terminationMessagePolicy"), TEXT("imagePullPolicy"),
       ONE("securityContext", container_security), BOOL("stdin"), BOOL("stdinOnce"), BOOL("tty"));
STRUCT(key_path, "KeyToPath", TEXT("key"), TEXT("path"), INT("mode"));
STRUCT(secret_volume, "SecretVolumeSource", TEXT("secretName"), LIST("items", key_path, NULL), INT("defaultMode"),
       BOOL("optional"));
STRUCT(config_volume, "ConfigMapVolumeSource", TEXT("name"), LIST("items", key_path, NULL), INT("defaultMode"), BOOL("optional"));
STRUCT(empty_dir, "EmptyDirVolumeSource", TEXT("medium"), QUANTITY("sizeLimit"));
STRUCT(volume, "Volume", TEXT("name"), ONE("emptyDir", empty_dir), ONE("secret", secret_volume), ONE("configMap", config_volume),
       ANY("hostPath"), ANY("persistentVolumeClaim"), ANY("projected"), ANY("downwardAPI"), ANY("nfs"), ANY("csi"),
       ANY("ephemeral"));
STRUCT(sysctl, "Sysctl", TEXT("name"), TEXT("value"));
STRUCT(pod_security, "PodSecurityContext", LONG("runAsUser"), LONG("runAsGroup"), BOOL("runAsNonRoot"), ANY("supplementalGroups"),
       TEXT("supplementalGroupsPolicy"), LONG("fsGroup"), TEXT("fsGroupChangePolicy"), ONE("seccompProfile", profile),
       ONE("appArmorProfile", profile), LIST("sysctls", sysctl, NULL), ANY("seLinuxOptions"), ANY("windowsOptions"));
STRUCT(toleration, "Toleration", TEXT("key"), TEXT("operator"), TEXT("value"), TEXT("effect"), LONG("tolerationSeconds"));
STRUCT(host_alias, "HostAlias", TEXT("ip"), TEXTS("hostnames"));
STRUCT(gate, "PodReadinessGate", TEXT("conditionType"));
STRUCT(pod_spec, "PodSpec", LIST("volumes", volume, "name"), LIST("initContainers", container, "name"),
       LIST("containers", container, "name"), ANY("ephemeralContainers"), TEXT("restartPolicy"),
       LONG("terminationGracePeriodSeconds"), LONG("activeDeadlineSeconds"), TEXT("dnsPolicy"), MAP("nodeSelector"),
       TEXT("serviceAccountName"), TEXT("serviceAccount"), BOOL("automountServiceAccountToken"), TEXT("nodeName"),
       BOOL("hostNetwork"), BOOL("hostPID"), BOOL("hostIPC"), BOOL("hostUsers"), BOOL("shareProcessNamespace"),
       ONE("securityContext", pod_security), LIST("imagePullSecrets", local_ref, "name"), TEXT("hostname"), TEXT("subdomain"),
       ANY("affinity"), TEXT("schedulerName"), LIST("tolerations", toleration, NULL), LIST("hostAliases", host_alias, "ip"),
       TEXT("priorityClassName"), INT("priority"), ANY("dnsConfig"), LIST("readinessGates", gate, NULL), TEXT("runtimeClassName"),
       BOOL("enableServiceLinks"), TEXT("preemptionPolicy"), QUANTITIES("overhead"), ANY("topologySpreadConstraints"),
       BOOL("setHostnameAsFQDN"), ANY("os"), ANY("schedulingGates"), ANY("resourceClaims"), ONE("resources", resources));
STRUCT(template, "PodTemplateSpec", ONE("metadata", meta), ONE("spec", pod_spec));
KIND(schema_pod, "Pod", ONE("spec", pod_spec), ANY("status"));

/* Workloads */
STRUCT(job_spec, "JobSpec", INT("parallelism"), INT("completions"), LONG("activeDeadlineSeconds"), INT("backoffLimit"),
       INT("backoffLimitPerIndex"), INT("maxFailedIndexes"), ANY("podFailurePolicy"), ANY("successPolicy"),
       ONE("selector", selector), BOOL("manualSelector"), ONE("template", template), INT("ttlSecondsAfterFinished"),
       TEXT("completionMode"), BOOL("suspend"), TEXT("podReplacementPolicy"), TEXT("managedBy"));
KIND(schema_job, "Job", ONE("spec", job_spec), ANY("status"));
STRUCT(rolling, "RollingUpdateDeployment", PORT("maxUnavailable"), PORT("maxSurge"));
STRUCT(strategy, "DeploymentStrategy", TEXT("type"), ONE("rollingUpdate", rolling));
STRUCT(deployment_spec, "DeploymentSpec", INT("replicas"), ONE("selector", selector), ONE("template", template),
       ONE("strategy", strategy), INT("minReadySeconds"), INT("revisionHistoryLimit"), BOOL("paused"),
       INT("progressDeadlineSeconds"));
KIND(schema_deployment, "Deployment", ONE("spec", deployment_spec), ANY("status"));
STRUCT(replica_set_spec, "ReplicaSetSpec", INT("replicas"), INT("minReadySeconds"), ONE("selector", selector),
       ONE("template", template));
KIND(schema_replica_set, "ReplicaSet", ONE("spec", replica_set_spec), ANY("status"));

/* Network */
STRUCT(service_port, "ServicePort", TEXT("name"), TEXT("protocol"), TEXT("appProtocol"), INT("port"), PORT("targetPort"),
       INT("nodePort"));
STRUCT(service_spec, "ServiceSpec", LIST("ports", service_port, "port"), MAP("selector"), TEXT("clusterIP"), TEXTS("clusterIPs"),
       TEXT("type"), TEXTS("externalIPs"), TEXT("sessionAffinity"), TEXT("loadBalancerIP"), TEXTS("loadBalancerSourceRanges"),
       TEXT("externalName"), TEXT("externalTrafficPolicy"), INT("healthCheckNodePort"), BOOL("publishNotReadyAddresses"),
       ANY("sessionAffinityConfig"), TEXTS("ipFamilies"), TEXT("ipFamilyPolicy"), BOOL("allocateLoadBalancerNodePorts"),
       TEXT("loadBalancerClass"), TEXT("internalTrafficPolicy"), TEXT("trafficDistribution"));
KIND(schema_service, "Service", ONE("spec", service_spec), ANY("status"));
STRUCT(backend_port, "ServiceBackendPort", TEXT("name"), INT("number"));
STRUCT(backend_service, "IngressServiceBackend", TEXT("name"), ONE("port", backend_port));
STRUCT(backend, "IngressBackend", ONE("service", backend_service), ANY("resource"));
STRUCT(ingress_path, "HTTPIngressPath", TEXT("path"), TEXT("pathType"), ONE("backend", backend));
STRUCT(ingress_http, "HTTPIngressRuleValue", LIST("paths", ingress_path, NULL));
STRUCT(ingress_rule, "IngressRule", TEXT("host"), ONE("http", ingress_http));
STRUCT(ingress_tls, "IngressTLS", TEXTS("hosts"), TEXT("secretName"));
STRUCT(ingress_spec, "IngressSpec", TEXT("ingressClassName"), ONE("defaultBackend", backend), LIST("tls", ingress_tls, NULL),
       LIST("rules", ingress_rule, NULL));
KIND(schema_ingress, "Ingress", ONE("spec", ingress_spec), ANY("status"));

STRUCT(ip_block, "IPBlock", TEXT("cidr"), TEXTS("except"));
STRUCT(policy_peer, "NetworkPolicyPeer", ONE("podSelector", selector), ONE("namespaceSelector", selector),
       ONE("ipBlock", ip_block));
STRUCT(policy_port, "NetworkPolicyPort", TEXT("protocol"), PORT("port"), INT("endPort"));
STRUCT(policy_ingress, "NetworkPolicyIngressRule", LIST("ports", policy_port, NULL), LIST("from", policy_peer, NULL));
STRUCT(policy_egress, "NetworkPolicyEgressRule", LIST("ports", policy_port, NULL), LIST("to", policy_peer, NULL));
STRUCT(policy_spec, "NetworkPolicySpec", ONE("podSelector", selector), LIST("ingress", policy_ingress, NULL),
       LIST("egress", policy_egress, NULL), TEXTS("policyTypes"));
KIND(schema_network_policy, "NetworkPolicy", ONE("spec", policy_spec));

/* What a namespace may use */
STRUCT(quota_spec, "ResourceQuotaSpec", QUANTITIES("hard"), ANY("scopeSelector"), TEXTS("scopes"));
KIND(schema_resource_quota, "ResourceQuota", ONE("spec", quota_spec), ANY("status"));
STRUCT(limit_item, "LimitRangeItem", TEXT("type"), QUANTITIES("max"), QUANTITIES("min"), QUANTITIES("default"),
       QUANTITIES("defaultRequest"), QUANTITIES("maxLimitRequestRatio"));
STRUCT(limit_spec, "LimitRangeSpec", LIST("limits", limit_item, NULL));
KIND(schema_limit_range, "LimitRange", ONE("spec", limit_spec));

/* The rest */
STRUCT(namespace_spec, "NamespaceSpec", TEXTS("finalizers"));
KIND(schema_namespace, "Namespace", ONE("spec", namespace_spec), ANY("status"));
KIND(schema_secret, "Secret", BOOL("immutable"), BYTES("data"), MAP("stringData"), TEXT("type"));
KIND(schema_config_map, "ConfigMap", BOOL("immutable"), MAP("data"), BYTES("binaryData"));
KIND(schema_event, "Event", ONE("involvedObject", object_ref), TEXT("reason"), TEXT("message"), ANY("source"),
     TIME("firstTimestamp"), TIME("lastTimestamp"), INT("count"), TEXT("type"), TEXT("eventTime"), ANY("series"), TEXT("action"),
     ANY("related"), TEXT("reportingComponent"), TEXT("reportingInstance"));

const struct schema_field *schema_find(const struct schema *s, const char *name)
{
	if (s)
		for (const struct schema_field *f = s->fields; f->name; f++)
			if (!strcmp(f->name, name))
				return f;
	return NULL;
}

struct check {
	const struct schema *root;
	struct buf *wrong, *unknown;
	char path[512]; /* "spec.template.spec" */
	size_t len;
	int depth;
};

static const char *json_word(json_object *v)
{
	switch (json_object_get_type(v)) {
	case json_type_string:
		return "string";
	case json_type_int:
	case json_type_double:
		return "number";
	case json_type_boolean:
		return "bool";
	case json_type_array:
		return "array";
	case json_type_object:
		return "object";
	case json_type_null:
		break;
	}
	return "null";
}

static const char *go_type(const struct schema_field *f)
{
	static const char *const names[] = { "string",
					     "Time",
					     "int32",
					     "int64",
					     "bool",
					     "intstr.IntOrString",
					     "resource.Quantity",
					     "map[string]string",
					     "map[string][]uint8",
					     "v1.ResourceList",
					     "[]string" };
	return f->type < sizeof names / sizeof *names ? names[f->type] : f->of ? f->of->name : "object";
}

static bool scalar_fits(enum field_type type, json_object *v)
{
	enum json_type t = json_object_get_type(v);
	switch (type) {
	case FIELD_TEXT:
	case FIELD_TIME:
		return t == json_type_string;
	case FIELD_INT:
		return t == json_type_int && json_object_get_int64(v) >= INT32_MIN && json_object_get_int64(v) <= INT32_MAX;
	case FIELD_LONG:
		return t == json_type_int;
	case FIELD_BOOL:
		return t == json_type_boolean;
	case FIELD_INT_OR_TEXT:
		return t == json_type_int || t == json_type_string;
	case FIELD_QUANTITY:
		return t == json_type_int || t == json_type_double || t == json_type_string;
	case FIELD_MAP:
	case FIELD_BYTES:
	case FIELD_QUANTITIES:
	case FIELD_STRUCT:
		return t == json_type_object;
	case FIELD_TEXTS:
	case FIELD_LIST:
		return t == json_type_array;
	case FIELD_ANY:
		return true;
	}
	return true;
}

static bool check_struct(struct check *c, const struct schema *s, json_object *o);

static bool refuse(struct check *c, const struct schema *in, const char *found, const char *wanted)
{
	buf_printf(c->wrong, "json: cannot unmarshal %s into Go struct field %s.%s of type %s", found, in->name, c->path, wanted);
	return false;
}

static bool quantity_fits(json_object *v)
{
	static const char *const units[] = {
		"", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"
	};
	const char *s = v ? json_object_get_string(v) : "";
	s += *s == '-' || *s == '+';
	size_t n = strspn(s, "0123456789.");
	for (size_t i = 0; n && i < sizeof units / sizeof *units; i++)
		if (!strcmp(s + n, units[i]))
			return true;
	return n && (s[n] == 'e' || s[n] == 'E') && s[n + 1];
}

static bool base64_fits(json_object *v)
{
	size_t len = (size_t)json_object_get_string_len(v);
	const char *s = json_object_get_string(v);
	size_t n = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/\r\n");
	return n + strspn(s + n, "=\r\n") == len && len - n <= 4;
}

static bool check_quantity(struct check *c, json_object *v)
{
	if (quantity_fits(v))
		return true;
	buf_puts(c->wrong, "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
	return false;
}

static bool check_members(struct check *c, const struct schema *in, const struct schema_field *f, json_object *v)
{
	if (f->type == FIELD_MAP || f->type == FIELD_BYTES) {
		json_object_object_foreach (v, key, member) {
			(void)key;
			if (member && !json_object_is_type(member, json_type_string))
				return refuse(c, in, json_word(member), "string");
			if (f->type == FIELD_BYTES && member && !base64_fits(member)) {
				buf_puts(c->wrong, "illegal base64 data at input byte 0");
				return false;
			}
		}
	} else if (f->type == FIELD_QUANTITIES) {
		json_object_object_foreach (v, key, member) {
			(void)key;
			if (!check_quantity(c, member))
				return false;
		}
	} else if (f->type == FIELD_QUANTITY) {
		return check_quantity(c, v);
	} else if (f->type == FIELD_TEXTS) {
		for (size_t i = 0; i < json_object_array_length(v); i++)
			if (!json_object_is_type(json_object_array_get_idx(v, i), json_type_string))
				return refuse(c, in, json_word(json_object_array_get_idx(v, i)), "string");
	}
	return true;
}

static bool check_field(struct check *c, const struct schema *in, const struct schema_field *f, json_object *v)
{
	if (!scalar_fits(f->type, v)) {
		char found[64];
		snprintf(found, sizeof found, "%s%s%s", json_word(v), json_object_is_type(v, json_type_int) ? " " : "",
			 json_object_is_type(v, json_type_int) ? json_object_get_string(v) : "");
		return refuse(c, in, found, go_type(f));
	}
	if (f->type == FIELD_STRUCT)
		return check_struct(c, f->of, v);
	if (f->type != FIELD_LIST)
		return check_members(c, in, f, v);
	size_t len = c->len;
	for (size_t i = 0; i < json_object_array_length(v); i++) {
		json_object *e = json_object_array_get_idx(v, i);
		c->len = len + (size_t)snprintf(c->path + len, sizeof c->path - len, "[%zu]", i);
		if (c->len >= sizeof c->path)
			c->len = sizeof c->path - 1;
		if (!json_object_is_type(e, json_type_object))
			return refuse(c, in, json_word(e), f->of->name);
		if (!check_struct(c, f->of, e))
			return false;
	}
	c->len = len;
	c->path[len] = 0;
	return true;
}

static bool check_struct(struct check *c, const struct schema *s, json_object *o)
{
	size_t len = c->len;
	if (++c->depth > 64)
		return refuse(c, s, "a value nested too deep", "object");
	struct json_object_iter i;
	const char *gone[256]; /* the iterator must not see deletions */
	size_t many = 0;
	json_object_object_foreachC(o, i)
	{
		const struct schema_field *f = schema_find(s, i.key);
		c->len = len + (size_t)snprintf(c->path + len, sizeof c->path - len, "%s%s", len ? "." : "", i.key);
		if (c->len >= sizeof c->path)
			c->len = sizeof c->path - 1;
		if (!f)
			buf_printf(c->unknown, "%sunknown field \"%s\"", c->unknown->len ? ", " : "", c->path);
		if ((!f || !i.val) && many < sizeof gone / sizeof *gone)
			gone[many++] = i.key;
		else if (f && i.val && !check_field(c, s, f, i.val))
			return false;
	}
	for (size_t n = 0; n < many; n++)
		json_object_object_del(o, gone[n]);
	c->len = len;
	c->path[len] = 0;
	c->depth--;
	return true;
}

bool schema_check(const struct schema *s, json_object *o, struct buf *wrong, struct buf *unknown)
{
	struct check c = { .root = s, .wrong = wrong, .unknown = unknown };
	return check_struct(&c, s, o);
}
