/* Deploy keys: a new ed25519 pair in the formats that OpenSSH and Gitea take. */
#include <ctype.h>
#include <libssh/libssh.h>
#include <string.h>

#include "base/arena.h"
#include "base/log.h"
#include "gitea/gitea.h"

/* Copies one of libssh's texts into the arena and wipes the original. */
static char *take(struct arena *a, char *text)
{
	char *copy = arena_strdup(a, text);
	if (text) {
		explicit_bzero(text, strlen(text));
		ssh_string_free_char(text);
	}
	return copy;
}

static char *fingerprint(struct arena *a, ssh_key key)
{
	unsigned char *hash = NULL;
	size_t len = 0;
	if (ssh_get_publickey_hash(key, SSH_PUBLICKEY_HASH_SHA256, &hash, &len) != SSH_OK)
		return NULL;
	char *text = take(a, ssh_get_fingerprint_hash(SSH_PUBLICKEY_HASH_SHA256, hash, len));
	ssh_clean_pubkey_hash(&hash);
	return text;
}

enum err deploy_key_generate(struct arena *a, const char *comment, struct deploy_key *out)
{
	*out = (struct deploy_key){ 0 };
	char *plain = arena_strdup(a, comment);
	for (char *c = plain; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("._@-", *c))
			*c = '-';
	ssh_key key = NULL;
	char *private = NULL, *public = NULL;
	bool ok = ssh_pki_generate(SSH_KEYTYPE_ED25519, 0, &key) == SSH_OK &&
		  ssh_pki_export_privkey_base64(key, NULL, NULL, NULL, &private) == SSH_OK &&
		  ssh_pki_export_pubkey_base64(key, &public) == SSH_OK;
	const char *line_end = ok && private[strlen(private) - 1] == '\n' ? "" : "\n"; /* OpenSSH insists on the last one */
	char *base64 = take(a, public), *pem = take(a, private);
	if (ok)
		*out = (struct deploy_key){ .private_key = arena_printf(a, "%s%s", pem, line_end),
					    .public_key = arena_printf(a, "ssh-ed25519 %s%s%s", base64, *plain ? " " : "", plain),
					    .fingerprint = fingerprint(a, key) };
	ssh_key_free(key);
	if (ok && out->fingerprint)
		return ERR_NONE;
	log_event(LOG_ERROR, "deploy_key_failed");
	return ERR_INTERNAL;
}
