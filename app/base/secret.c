/* Cryptography: random bytes of the kernel; on OpenSSL digests, constant-time comparison, and secrets at rest (AES-256-GCM). */
#include "base/secret.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/str.h"

enum { NONCE = 12, TAG = 16, KEYS = 8, KEY_ID = 32 };

struct keyring {
	size_t count;
	struct {
		char id[KEY_ID + 1];
		unsigned char key[SECRET_KEY_SIZE];
	} keys[KEYS];
};

void secret_random(void *out, size_t len)
{
	char *at = out;
	while (len) { /* the kernel's, in a tenth of the time that OpenSSL takes: each page has some */
		ssize_t n = getrandom(at, len, 0);
		if (n < 0 && errno != EINTR) {
			log_event(LOG_ERROR, "no_random_bytes");
			abort();
		}
		at += n < 0 ? 0 : n;
		len -= n < 0 ? 0 : (size_t)n;
	}
}

char *secret_token(struct arena *a, size_t bytes)
{
	unsigned char *raw = arena_alloc(a, bytes);
	char *text = arena_alloc(a, 2 * bytes + 1);
	secret_random(raw, bytes);
	str_hex(raw, bytes, text);
	return text;
}

void secret_sha256(const void *data, size_t len, unsigned char out[SHA256_SIZE])
{
	SHA256(data, len, out);
}

void secret_hmac_sha256(const void *key, size_t key_len, const void *data, size_t len, unsigned char out[SHA256_SIZE])
{
	unsigned size = SHA256_SIZE;
	if (!HMAC(EVP_sha256(), key, (int)key_len, data, len, out, &size))
		abort();
}

char *secret_digest(struct arena *a, const char *text)
{
	unsigned char digest[SHA256_SIZE];
	char *hex = arena_alloc(a, 2 * SHA256_SIZE + 1);
	secret_sha256(text, strlen(text), digest);
	str_hex(digest, SHA256_SIZE, hex);
	return hex;
}

struct secret_hash {
	EVP_MD_CTX *md;
};

struct secret_hash *secret_hash_new(void)
{
	struct secret_hash *h = calloc(1, sizeof(*h));
	if (!h || !(h->md = EVP_MD_CTX_new()) || !EVP_DigestInit_ex(h->md, EVP_sha256(), NULL))
		abort();
	return h;
}

void secret_hash_add(struct secret_hash *h, const void *data, size_t len)
{
	if (!EVP_DigestUpdate(h->md, data, len))
		abort();
}

void secret_hash_end(struct secret_hash *h, unsigned char out[SHA256_SIZE])
{
	if (out && !EVP_DigestFinal_ex(h->md, out, NULL))
		abort();
	EVP_MD_CTX_free(h->md);
	free(h);
}

bool secret_equal(const void *a, const void *b, size_t len)
{
	return CRYPTO_memcmp(a, b, len) == 0;
}

static bool keyring_add(struct keyring *k, const char *entry, size_t len)
{
	const char *colon = memchr(entry, ':', len);
	if (!colon || k->count == KEYS)
		return false;
	size_t id_len = (size_t)(colon - entry), hex_len = len - id_len - 1;
	char hex[2 * SECRET_KEY_SIZE + 1];
	if (id_len < 1 || id_len > KEY_ID || hex_len != 2 * SECRET_KEY_SIZE)
		return false;
	memcpy(k->keys[k->count].id, entry, id_len);
	memcpy(hex, colon + 1, hex_len);
	hex[hex_len] = 0;
	return str_only(k->keys[k->count].id, "abcdefghijklmnopqrstuvwxyz0123456789-") &&
	       str_unhex(hex, k->keys[k->count++].key, SECRET_KEY_SIZE);
}

void keyring_free(struct keyring *k)
{
	if (k)
		OPENSSL_cleanse(k, sizeof(*k));
	free(k);
}

struct keyring *keyring_new(const char *text)
{
	struct keyring *k = calloc(1, sizeof(*k));
	if (!k)
		return NULL;
	while (text) {
		size_t len = strcspn(text, ",");
		if (!keyring_add(k, text, len)) {
			keyring_free(k);
			return NULL;
		}
		text = text[len] ? text + len + 1 : NULL;
	}
	return k;
}

/* One pass of AES-256-GCM; true when it worked and, opening, the tag is right. */
static bool gcm(bool seal, const unsigned char *key, const unsigned char *nonce, const char *place, const unsigned char *in,
		size_t len, unsigned char *out, unsigned char *tag)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	int n;
	bool ok = c && EVP_CipherInit_ex(c, EVP_aes_256_gcm(), NULL, key, nonce, seal) &&
		  EVP_CipherUpdate(c, NULL, &n, (const unsigned char *)place, (int)strlen(place)) &&
		  EVP_CipherUpdate(c, out, &n, in, (int)len) &&
		  (seal || EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_SET_TAG, TAG, tag)) && EVP_CipherFinal_ex(c, out + len, &n) &&
		  (!seal || EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, TAG, tag));
	EVP_CIPHER_CTX_free(c);
	return ok;
}

char *keyring_seal(struct keyring *k, struct arena *a, const char *place, const char *plain)
{
	size_t len = strlen(plain);
	unsigned char *raw = arena_alloc(a, NONCE + TAG + len + 1);
	secret_random(raw, NONCE);
	if (!gcm(true, k->keys[0].key, raw, place, (const unsigned char *)plain, len, raw + NONCE + TAG, raw + NONCE))
		abort();
	return arena_printf(a, "v1:%s:%s", k->keys[0].id, str_base64(a, raw, NONCE + TAG + len));
}

char *keyring_open(struct keyring *k, struct arena *a, const char *place, const char *sealed)
{
	if (!sealed || !str_starts(sealed, "v1:"))
		return NULL;
	const char *id = sealed + 3, *colon = strchr(id, ':');
	size_t len;
	unsigned char *raw = colon ? (unsigned char *)str_unbase64(a, colon + 1, &len) : NULL;
	if (!raw || len < NONCE + TAG)
		return NULL;
	len -= NONCE + TAG;
	for (size_t i = 0; i < k->count; i++) {
		if (strlen(k->keys[i].id) != (size_t)(colon - id) || strncmp(k->keys[i].id, id, (size_t)(colon - id)))
			continue;
		char *plain = arena_alloc(a, len + 1);
		if (gcm(false, k->keys[i].key, raw, place, raw + NONCE + TAG, len, (unsigned char *)plain, raw + NONCE))
			return plain;
	}
	return NULL;
}

/* Each place has a key of its own: the one that seals is for sealing alone. */
static char *mac_with(const struct keyring *k, size_t i, struct arena *a, const char *place, const void *data, size_t len)
{
	unsigned char key[SHA256_SIZE], sum[SHA256_SIZE];
	char hex[2 * SHA256_SIZE + 1];
	secret_hmac_sha256(k->keys[i].key, SECRET_KEY_SIZE, place, strlen(place), key);
	secret_hmac_sha256(key, sizeof key, data, len, sum);
	OPENSSL_cleanse(key, sizeof key);
	str_hex(sum, sizeof sum, hex);
	return arena_printf(a, "m1:%s:%s", k->keys[i].id, hex);
}

char *keyring_mac(struct keyring *k, struct arena *a, const char *place, const void *data, size_t len)
{
	return mac_with(k, 0, a, place, data, len);
}

bool keyring_mac_is(struct keyring *k, struct arena *a, const char *place, const void *data, size_t len, const char *mac)
{
	for (size_t i = 0; i < k->count; i++) {
		const char *own = mac_with(k, i, a, place, data, len);
		if (strlen(own) == strlen(mac) && secret_equal(own, mac, strlen(own)))
			return true;
	}
	return false;
}

int secret_certificates(const char *pem)
{
	BIO *in = BIO_new_mem_buf(pem, -1);
	X509 *one = NULL;
	int count = 0;
	while (in && (one = PEM_read_bio_X509(in, NULL, NULL, NULL))) {
		X509_free(one);
		count++;
	}
	/* The end of the text is the one good reason to stop. */
	bool ended = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
	ERR_clear_error();
	BIO_free(in);
	return ended ? count : 0;
}
