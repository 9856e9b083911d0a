/* portalctl migrate: brings the database to this release's schema. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/secret.h"
#include "base/str.h"
#include "config.h"
#include "ctl/ctl.h"
#include "model/migrations.h"

enum { FILE_MAX_BYTES = 4 << 20, FILES_MAX = 1000, VERSION_DIGITS = 4, LOCK_WAIT_MS = 120 * 1000, LOCK_PAUSE_MS = 500 };

struct files {
	struct migration *list;
	int count;
};

/* "0001_init.sql" and nothing else counts as a migration; editors' left-overs do not. */
static int is_migration(const struct dirent *d)
{
	return strspn(d->d_name, "0123456789") == VERSION_DIGITS && d->d_name[VERSION_DIGITS] == '_' &&
	       str_ends(d->d_name, ".sql");
}

static bool load_file(struct ctl *ctl, const char *folder, const char *name, struct migration *m)
{
	*m = (struct migration){ .name = arena_strdup(ctl->arena, name) };
	char *number = arena_memdup(ctl->arena, name, VERSION_DIGITS);
	m->sql = ctl_read(ctl, arena_printf(ctl->arena, "%s/%s", folder, name), FILE_MAX_BYTES);
	if (!m->sql || !str_to_int(number, 1, 9999, &m->version))
		return false;
	m->checksum = secret_digest(ctl->arena, m->sql);
	return true;
}

static bool load_files(struct ctl *ctl, struct files *files)
{
	const char *folder = arena_printf(ctl->arena, "%s/migrations", ctl->config->data_dir);
	struct dirent **entries;
	int n = scandir(folder, &entries, is_migration, alphasort);
	if (n <= 0 || n > FILES_MAX) {
		ctl_fail("no migrations in %s: is PORTAL_DATA_DIR right?", folder);
		return false;
	}
	files->list = arena_alloc(ctl->arena, sizeof(*files->list) * (size_t)n);
	files->count = n;
	bool ok = true;
	for (int i = 0; i < n; i++) {
		ok = ok && load_file(ctl, folder, entries[i]->d_name, &files->list[i]);
		if (ok && i && files->list[i].version == files->list[i - 1].version) {
			ctl_fail("two migrations have the number of %s", files->list[i].name);
			ok = false;
		}
		free(entries[i]);
	}
	free(entries);
	return ok;
}

/* The database must hold exactly the first migrations of the files, unchanged. *done gets how many. */
static bool check_applied(struct ctl *ctl, const struct files *files, int *done)
{
	struct migration *rows;
	enum err e = model_migrations_applied(ctl->db, ctl->arena, &rows, done);
	if (e != ERR_NONE) {
		ctl_fail_err(e, "read the database's version");
		return false;
	}
	for (int i = 0; i < *done; i++) {
		if (i >= files->count || rows[i].version != files->list[i].version) {
			ctl_fail("the database has migration %s, which this release does not: use the newer release",
				 rows[i].name);
			return false;
		}
		if (strcmp(rows[i].checksum, files->list[i].checksum)) {
			ctl_fail("%s was changed after it had been applied: put the file back as it was, and write a new one",
				 rows[i].name);
			return false;
		}
	}
	return true;
}

static bool lock(struct ctl *ctl)
{
	for (int64_t end = clock_ms() + LOCK_WAIT_MS;;) {
		bool got;
		enum err e = model_migrations_lock(ctl->db, ctl->arena, &got);
		if (e != ERR_NONE) {
			ctl_fail_err(e, "lock the schema");
			return false;
		}
		if (got)
			return true;
		if (clock_ms() > end) {
			ctl_fail("another portalctl is still migrating after %d s: nothing was done", LOCK_WAIT_MS / 1000);
			return false;
		}
		clock_sleep(LOCK_PAUSE_MS);
	}
}

static enum ctl_exit apply(struct ctl *ctl, const struct files *files, bool dry_run)
{
	int done;
	if (!check_applied(ctl, files, &done))
		return CTL_FAILED;
	for (int i = done; i < files->count; i++) {
		const struct migration *m = &files->list[i];
		if (!dry_run) {
			enum err e = model_migrations_apply(ctl->db, ctl->arena, m);
			if (e != ERR_NONE)
				return ctl_fail(
					"%s failed (%s; see the log above) and left nothing behind; earlier ones are kept",
					m->name, err_name(e));
		}
		printf("%s %s\n", dry_run ? "would apply" : "applied", m->name);
		fflush(stdout);
	}
	if (done == files->count)
		printf("nothing to do: the database has all %d\n", done);
	return CTL_DONE;
}

enum ctl_exit ctl_migrate(struct ctl *ctl, int argc, char **argv)
{
	bool dry_run = false;
	const struct ctl_option options[] = { { .name = "--dry-run", .flag = &dry_run }, { 0 } };
	struct files files;
	if (!ctl_parse(argc, argv, options, NULL, 0))
		return CTL_USAGE;
	if (!load_files(ctl, &files) || !lock(ctl))
		return CTL_FAILED;
	enum ctl_exit result = apply(ctl, &files, dry_run);
	model_migrations_unlock(ctl->db, ctl->arena);
	return result;
}
