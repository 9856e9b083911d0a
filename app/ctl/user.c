/* portalctl user: accounts. */
#include <stdio.h>
#include <string.h>

#include "auth/password.h"
#include "base/phrases.h"
#include "base/secret.h"
#include "ctl/ctl.h"
#include "model/users.h"

enum { RANDOM_BYTES = 10, LIST_PAGE = 500 };

/* The new password's hash. *shown gets the password where it was made here and must be printed, else NULL. NULL: said. */
static const char *new_password(struct ctl *ctl, const char *login, bool from_stdin, const char **shown)
{
	const char *password = from_stdin ? ctl_read_secret(ctl, "-") : secret_token(ctl->arena, RANDOM_BYTES);
	if (!password)
		return NULL;
	const char *fault = password_rule_sentence(login, password);
	char *hash;
	if (fault) {
		ctl_fail("%s", fault);
		return NULL;
	}
	if (password_hash(ctl->arena, password, &hash) != ERR_NONE) {
		ctl_fail("the password could not be hashed: out of memory");
		return NULL;
	}
	*shown = from_stdin ? NULL : password;
	return hash;
}

static struct audit_object object_of(struct ctl *ctl, int64_t id)
{
	return audit_object_id(ctl->arena, AUDIT_USER, id);
}

enum ctl_exit ctl_user_add(struct ctl *ctl, int argc, char **argv)
{
	const char *login, *role_word = NULL, *name = NULL, *shown;
	bool from_stdin = false;
	const struct ctl_option options[] = { { .name = "--role", .text = &role_word },
					      { .name = "--name", .text = &name },
					      { .name = "--password-stdin", .flag = &from_stdin },
					      { 0 } };
	enum role role;
	if (!ctl_parse(argc, argv, options, &login, 1))
		return CTL_USAGE;
	if (!role_word || !role_parse(role_word, &role)) {
		ctl_fail("--role must be student, teacher or admin");
		return CTL_USAGE;
	}
	const char *hash = new_password(ctl, login, from_stdin, &shown);
	if (!hash)
		return CTL_FAILED;
	int64_t id = 0;
	enum err e = db_begin(ctl->db);
	if (e == ERR_NONE)
		e = model_users_create(ctl->db, ctl->arena, login, name ? name : login, role, hash, &id);
	if (e == ERR_NONE)
		e = ctl_audit(ctl, "user.create", object_of(ctl, id), 0,
			      phrase(ctl->arena, PHRASE_AUDIT_USER_MADE, login, role_word));
	e = db_end(ctl->db, e);
	if (e == ERR_INVALID)
		return ctl_fail("a login is 1 to 63 of a-z, 0-9 and ._- beginning with a letter or digit, a name 1 to 200 bytes");
	if (e == ERR_CONFLICT)
		return ctl_fail("the login %s is taken", login);
	if (e != ERR_NONE)
		return ctl_fail_err(e, "make the account");
	if (shown)
		puts(shown);
	return CTL_DONE;
}

/* The account of that login; false: said. */
static bool find(struct ctl *ctl, const char *login, struct user *user)
{
	enum err e = model_users_find(ctl->db, ctl->arena, login, user);
	if (e == ERR_NOT_FOUND)
		ctl_fail("there is no account %s", login);
	else if (e != ERR_NONE)
		ctl_fail_err(e, "find the account");
	return e == ERR_NONE;
}

enum ctl_exit ctl_user_password(struct ctl *ctl, int argc, char **argv)
{
	const char *login, *shown;
	bool from_stdin = false;
	const struct ctl_option options[] = { { .name = "--password-stdin", .flag = &from_stdin }, { 0 } };
	struct user user;
	if (!ctl_parse(argc, argv, options, &login, 1))
		return CTL_USAGE;
	if (!find(ctl, login, &user))
		return CTL_FAILED;
	const char *hash = new_password(ctl, login, from_stdin, &shown);
	if (!hash)
		return CTL_FAILED;
	enum err e = db_begin(ctl->db);
	if (e == ERR_NONE)
		e = model_users_set_password(ctl->db, ctl->arena, user.id, hash);
	if (e == ERR_NONE)
		e = ctl_audit(ctl, "user.password", object_of(ctl, user.id), 0, login);
	e = db_end(ctl->db, e);
	if (e != ERR_NONE)
		return ctl_fail_err(e, "set the password");
	if (shown)
		puts(shown);
	return CTL_DONE;
}

static enum ctl_exit set_disabled(struct ctl *ctl, int argc, char **argv, bool disabled)
{
	const char *login;
	struct user user;
	if (!ctl_parse(argc, argv, NULL, &login, 1))
		return CTL_USAGE;
	if (!find(ctl, login, &user))
		return CTL_FAILED;
	enum err e = db_begin(ctl->db);
	if (e == ERR_NONE)
		e = model_users_set_disabled(ctl->db, ctl->arena, user.id, disabled);
	if (e == ERR_NONE)
		e = ctl_audit(ctl, disabled ? "user.disable" : "user.enable", object_of(ctl, user.id), 0, login);
	e = db_end(ctl->db, e);
	return e == ERR_NONE ? CTL_DONE : ctl_fail_err(e, "change the account");
}

enum ctl_exit ctl_user_disable(struct ctl *ctl, int argc, char **argv)
{
	return set_disabled(ctl, argc, argv, true);
}

enum ctl_exit ctl_user_enable(struct ctl *ctl, int argc, char **argv)
{
	return set_disabled(ctl, argc, argv, false);
}

enum ctl_exit ctl_user_list(struct ctl *ctl, int argc, char **argv)
{
	const char *after = "";
	if (!ctl_parse(argc, argv, NULL, NULL, 0))
		return CTL_USAGE;
	for (int count = LIST_PAGE; count == LIST_PAGE;) {
		struct user *users;
		enum err e = model_users_list(ctl->db, ctl->arena, after, LIST_PAGE, &users, &count);
		if (e != ERR_NONE)
			return ctl_fail_err(e, "list the accounts");
		for (int i = 0; i < count; i++)
			printf("%s\t%s\t%s\t%s\n", users[i].login, role_name(users[i].role),
			       users[i].disabled_at ? "disabled" : "active", users[i].name);
		if (count)
			after = users[count - 1].login;
	}
	return CTL_DONE;
}
