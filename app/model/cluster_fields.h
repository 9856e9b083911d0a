/* The fields of a cluster as people and programs send them: pages and API read the same ones, by the same bounds. */
#ifndef MODEL_CLUSTER_FIELDS_H
#define MODEL_CLUSTER_FIELDS_H

#include "http/input.h"
#include "model/clusters.h"

enum { CLUSTER_PEM_MAX = 256 << 10, CLUSTER_KUBECONFIG_MAX = 512 << 10, CLUSTER_TOKEN_MAX = 16 << 10 };

/* The places in an array of values, for an enum; others may follow. */
#define CLUSTER_FIELD_NAMES                                                                                                      \
	NAME, KIND, SERVER, CA, TLS_NAME, TOKEN, CERT, KEY, KUBECONFIG, CONTEXT, NAMESPACE, DOMAIN, CLASS, APPS, CPU, MEMORY

/* For INPUT_SET. Whether name and kind are needed; the kinds that may be chosen; a token's input kind. */
#define CLUSTER_FIELDS(needed, kinds, token)                                                                                     \
	[NAME] = { .name = "name", .kind = IN_TEXT, .required = needed, .min = 1, .max = 60 },                                   \
	[KIND] = { .name = "kind", .kind = IN_ENUM, .required = needed, .choices = kinds },                                      \
	[SERVER] = { .name = "server", .kind = IN_TEXT, .max = 500, .about = "https://host:port; with token and certificate" },  \
	[CA] = { .name = "ca_pem",                                                                                               \
		 .kind = IN_LINES,                                                                                               \
		 .max = CLUSTER_PEM_MAX,                                                                                         \
		 .about = "the authority of the server's certificate" },                                                         \
	[TLS_NAME] = { .name = "tls_name", .kind = IN_TEXT, .max = 253, .about = "the name in the server's certificate" },       \
	[TOKEN] = { .name = "token", .kind = token, .max = CLUSTER_TOKEN_MAX },                                                  \
	[CERT] = { .name = "cert_pem", .kind = IN_LINES, .max = CLUSTER_PEM_MAX },                                               \
	[KEY] = { .name = "key_pem", .kind = IN_LINES, .max = CLUSTER_PEM_MAX },                                                 \
	[KUBECONFIG] = { .name = "kubeconfig",                                                                                   \
			 .kind = IN_LINES,                                                                                       \
			 .max = CLUSTER_KUBECONFIG_MAX,                                                                          \
			 .about = "with kind kubeconfig" },                                                                      \
	[CONTEXT] = { .name = "context", .kind = IN_TEXT, .max = 253, .about = "of a kubeconfig that has several" },             \
	[NAMESPACE] = { .name = "students_namespace", .kind = IN_TEXT, .max = 63, .about = "\"\": the setting" },                \
	[DOMAIN] = { .name = "base_domain", .kind = IN_TEXT, .max = 200, .about = "\"\": the setting" },                         \
	[CLASS] = { .name = "ingress_class", .kind = IN_TEXT, .max = 63, .about = "\"\": the setting" },                         \
	[APPS] = { .name = "quota_apps", .kind = IN_TEXT, .max = 20, .about = "\"\": the setting; 0: no limit" },                \
	[CPU] = { .name = "quota_cpu", .kind = IN_TEXT, .max = 20, .about = "cores; \"\": the setting; 0: no limit" },           \
	[MEMORY] = { .name = "quota_memory", .kind = IN_TEXT, .max = 20, .about = "\"\": the setting; 0: no limit" }

#endif
