/* Passwords: the rule for new ones, Argon2id hashes, and a gate before them so that logins cannot eat the machine. */
#include "auth/password.h"

#include <argon2.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/str.h"

/* OWASP's smallest recommended memory; about 27 ms on one core. */
enum { MEMORY_KIB = 19456, PASSES = 2, LANES = 1, SALT = 16, HASH = 32, ENCODED = 128 };

/* The usual ones that are long enough to pass the rule on length. */
static const char *const common[] = {
	"123456789012",	  "1234567890123",  "12345678901234", "123456123456",	 "111111111111",     "000000000000",
	"qwertyuiop12",	  "qwertyuiopas",   "password1234",   "password12345",	 "passwordpassword", "administrator",
	"changeme1234",	  "letmein12345",   "iloveyou1234",   "welcome12345",	 "abcdefghijkl",     "abc123abc123",
	"1q2w3e4r5t6y",	  "qazwsxedcrfv",   "q1w2e3r4t5y6",   "adminadminadmin", "testtesttest",     "studentstudent",
	"teacherteacher", "hydrosimportal",
};

static size_t characters(const char *s)
{
	size_t n = 0;
	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

static bool one_character(const char *s)
{
	return s[strspn(s, (const char[]){ s[0], 0 })] == 0;
}

const char *password_rule(const char *login, const char *password)
{
	if (!str_is_utf8(password, strlen(password)))
		return "password.invalid";
	for (const char *p = password; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return "password.invalid";
	size_t n = characters(password);
	if (n < PASSWORD_MIN)
		return "password.short";
	if (n > PASSWORD_MAX)
		return "password.long";
	if (one_character(password) || (login && !strcasecmp(login, password)))
		return "password.common";
	for (size_t i = 0; i < sizeof common / sizeof *common; i++)
		if (!strcasecmp(common[i], password))
			return "password.common";
	return NULL;
}

const char *password_rule_sentence(const char *login, const char *password)
{
	static const struct {
		const char *name, *sentence;
	} table[] = {
		{ "password.short", "the password must have at least 12 characters" },
		{ "password.long", "the password may have at most 128 characters" },
		{ "password.common", "the password is too easy to guess" },
		{ "password.invalid", "the password must be valid UTF-8 without control characters" },
	};
	const char *name = password_rule(login, password);
	for (size_t i = 0; name && i < sizeof table / sizeof *table; i++)
		if (!strcmp(table[i].name, name))
			return table[i].sentence;
	return name;
}

enum err password_hash(struct arena *a, const char *password, char **out)
{
	unsigned char salt[SALT];
	secret_random(salt, sizeof salt);
	*out = arena_alloc(a, ENCODED);
	int e = argon2id_hash_encoded(PASSES, MEMORY_KIB, LANES, password, strlen(password), salt, sizeof salt, HASH, *out,
				      ENCODED);
	if (e == ARGON2_OK)
		return ERR_NONE;
	log_event(LOG_ERROR, "password_hash_failed", LOG_STR("error", argon2_error_message(e)));
	return e == ARGON2_MEMORY_ALLOCATION_ERROR ? ERR_UNAVAILABLE : ERR_INTERNAL;
}

/* A hash of nothing that anybody knows: an unknown login costs as much as a known one. */
static const char *dummy_hash(void)
{
	return "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
}

bool password_verify(const char *hash, const char *password, bool *weak)
{
	static const char current[] = "$argon2id$v=19$m=19456,t=2,p=1$";
	bool known = hash != NULL;
	*weak = known && !str_starts(hash, current);
	int e = argon2id_verify(known ? hash : dummy_hash(), password, strlen(password));
	return known && e == ARGON2_OK;
}
