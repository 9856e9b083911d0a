/* Cryptography on OpenSSL: random bytes, digests, constant-time comparison, and secrets at rest (AES-256-GCM). */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct arena;

enum { SHA256_SIZE = 32, SECRET_KEY_SIZE = 32 };

/* Fills with random bytes. Ends the process when the system has none: nothing may be issued without. Any thread. */
void secret_random(void *out, size_t len);

/* A new random text of 2 * bytes hex digits, in the arena. */
char *secret_token(struct arena *a, size_t bytes);

void secret_sha256(const void *data, size_t len, unsigned char out[SHA256_SIZE]);
void secret_hmac_sha256(const void *key, size_t key_len, const void *data, size_t len, unsigned char out[SHA256_SIZE]);

/* SHA-256 as 64 lower-case hex digits, in the arena: how sessions and tokens are stored. */
char *secret_digest(struct arena *a, const char *text);

/* SHA-256 of bytes that come in pieces. One thread at a time; secret_hash_end frees it (out NULL: only that). */
struct secret_hash;
struct secret_hash *secret_hash_new(void);
void secret_hash_add(struct secret_hash *h, const void *data, size_t len);
void secret_hash_end(struct secret_hash *h, unsigned char out[SHA256_SIZE]);

/* Compares in a time that depends on `len` alone. */
bool secret_equal(const void *a, const void *b, size_t len);

/* How many X.509 certificates a text in PEM holds; 0 also when one of them cannot be read. */
int secret_certificates(const char *pem);

/* The keys of this process: one that seals, and older ones that may still open. */
struct keyring;

/*
 * Reads keys from text "id:64 hex digits[,id:...]"; the first one seals. Ids are [a-z0-9-]{1,32}.
 * NULL when the text is not that. Any thread may use it; end it with keyring_free.
 */
struct keyring *keyring_new(const char *text);
/* Wipes the keys; nobody uses them any more. NULL is fine. */
void keyring_free(struct keyring *k);

/*
 * Seals plaintext as "v1:<key id>:<base64 of nonce, tag, ciphertext>", in the arena. `place` ("registries.push_password.7")
 * is authenticated with it, so that a sealed value moved to another row does not open.
 */
char *keyring_seal(struct keyring *k, struct arena *a, const char *place, const char *plain);

/* Opens what keyring_seal made; NULL for another place, an unknown key, or changed bytes. The text is the arena's. */
char *keyring_open(struct keyring *k, struct arena *a, const char *place, const char *sealed);

/*
 * A fingerprint of bytes that may hold secrets: HMAC-SHA-256 under a key of its own for `place`, made from the key that seals, as
 * "m1:<key id>:<64 hex digits>", in the arena. Without the keys nobody can try out what the bytes were. Any thread.
 */
char *keyring_mac(struct keyring *k, struct arena *a, const char *place, const void *data, size_t len);
/* Whether keyring_mac made `mac` of these bytes, with any key that the ring still has. */
bool keyring_mac_is(struct keyring *k, struct arena *a, const char *place, const void *data, size_t len, const char *mac);

#endif
