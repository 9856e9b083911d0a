/* Inside the room kube: who we are and where the cluster is, from a kubeconfig or from inside a pod. */
#ifndef KUBE_CONFIG_H
#define KUBE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* All texts are the arena's; NULL where there is none, but server and ns, which are never NULL. */
struct kube_config {
	const char *server; /* "https://host:port", without a slash at the end */
	const char *ca_pem, *cert_pem, *key_pem, *tls_name;
	const char *ns;		/* "" unknown */
	const char *token;	/* fixed, or */
	const char *token_path; /* a file that is read again */
};

/*
 * Reads a kubeconfig's text, at most 1 MiB. `folder` is where the file lies and relative paths begin; NULL: the text was typed by
 * somebody, so that every path is refused, and so are addresses of this machine. False: *why is a sentence in the arena.
 */
bool config_parse(struct arena *a, const char *text, size_t len, const char *folder, struct kube_config *out, const char **why);

struct kube_access;
/* The same from what was typed, with the same rules (kube.h). */
bool config_access(struct arena *a, const struct kube_access *x, bool local, struct kube_config *out, const char **why);

/* The same from a file of the operator's. */
bool config_read(struct arena *a, const char *path, struct kube_config *out, const char **why);

/* From KUBERNETES_SERVICE_HOST and _PORT and the files that a pod has under `folder`. */
bool config_in_cluster(struct arena *a, const char *folder, struct kube_config *out, const char **why);

/* A whole file of at most `cap` bytes, with a NUL behind it, in the arena; NULL when it cannot be read or is longer. */
char *config_file(struct arena *a, const char *path, size_t cap, size_t *len);

#endif
