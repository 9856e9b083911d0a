/* portalctl registry: where images are pushed to and pulled from. */
#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "ctl/ctl.h"
#include "model/registries.h"

enum { CA_MAX = 256 << 10 };

/* Both or neither of a user and the file of the password. */
static bool credentials(struct ctl *ctl, const char *kind, const char *user, const char *file, const char **password)
{
	if (!user != !file) {
		ctl_fail("--%s-user and --%s-password-file go together", kind, kind);
		return false;
	}
	*password = file ? ctl_read_secret(ctl, file) : NULL;
	return !file || *password;
}

enum ctl_exit ctl_registry_add(struct ctl *ctl, int argc, char **argv)
{
	const char *words[2], *ca = NULL, *push_file = NULL, *pull_file = NULL;
	struct registry_input in = { 0 };
	const struct ctl_option options[] = { { .name = "--plain-http", .flag = &in.plain_http },
					      { .name = "--ca", .text = &ca },
					      { .name = "--push-user", .text = &in.push_username },
					      { .name = "--push-password-file", .text = &push_file },
					      { .name = "--pull-user", .text = &in.pull_username },
					      { .name = "--pull-password-file", .text = &pull_file },
					      { 0 } };
	if (!ctl_parse(argc, argv, options, words, 2))
		return CTL_USAGE;
	if (push_file && pull_file && !strcmp(push_file, "-") && !strcmp(pull_file, "-"))
		return ctl_fail("only one password can come from standard input");
	in.name = words[0];
	in.address = words[1];
	if (!credentials(ctl, "push", in.push_username, push_file, &in.push_password) ||
	    !credentials(ctl, "pull", in.pull_username, pull_file, &in.pull_password))
		return CTL_FAILED;
	if (ca && !(in.ca_pem = ctl_read(ctl, ca, CA_MAX)))
		return CTL_FAILED;
	if (in.ca_pem && !secret_certificates(in.ca_pem))
		return ctl_fail("%s holds no certificate in PEM", ca);
	int64_t id = 0;
	enum err e = db_begin(ctl->db);
	if (e == ERR_NONE)
		e = model_registries_put(ctl->db, ctl->arena, ctl->keyring, &in, &id);
	if (e == ERR_NONE)
		e = ctl_audit(ctl, "registry.put", audit_object_id(ctl->arena, AUDIT_REGISTRY, id), 0, in.address);
	e = db_end(ctl->db, e);
	if (e == ERR_INVALID)
		return ctl_fail("a registry has a name and an address host[:port]");
	if (e != ERR_NONE)
		return ctl_fail_err(e, "store the registry");
	printf("%lld\n", (long long)id);
	return CTL_DONE;
}

enum ctl_exit ctl_registry_list(struct ctl *ctl, int argc, char **argv)
{
	struct registry *list;
	int count;
	if (!ctl_parse(argc, argv, NULL, NULL, 0))
		return CTL_USAGE;
	enum err e = model_registries_list(ctl->db, ctl->arena, &list, &count);
	if (e != ERR_NONE)
		return ctl_fail_err(e, "list the registries");
	for (int i = 0; i < count; i++)
		printf("%lld\t%s\t%s\n", (long long)list[i].id, list[i].name, list[i].address);
	return CTL_DONE;
}
