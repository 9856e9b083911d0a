/* portalctl project: further projects, and what scripts need to know of them. */
#include <stdio.h>
#include <string.h>

#include "base/gitref.h"
#include "ctl/ctl.h"
#include "ctl/project_options.h"
#include "model/build_configs.h"
#include "model/courses.h"
#include "model/projects.h"
#include "model/settings.h"

enum { LIST_PAGE = 200, KNOWN_HOSTS_MAX = 64 << 10 };

static enum ctl_exit find_student(struct ctl *ctl, const char *const words[2], int64_t *id)
{
	int64_t course;
	enum err e = model_courses_find(ctl->db, ctl->arena, words[0], &course);
	if (e == ERR_NOT_FOUND)
		return ctl_fail("there is no course %s", words[0]);
	if (e == ERR_NONE && (e = model_students_find(ctl->db, ctl->arena, course, words[1], id)) == ERR_NOT_FOUND)
		return ctl_fail("there is no student %s in %s: put them there by `portalctl student add`", words[1], words[0]);
	return e == ERR_NONE ? CTL_DONE : ctl_fail_err(e, "find the student");
}

enum ctl_exit ctl_project_add(struct ctl *ctl, int argc, char **argv)
{
	const char *words[2];
	struct project_options project = { 0 };
	struct ctl_option options[PROJECT_OPTIONS];
	project_options_rows(&project, options);
	if (!ctl_parse(argc, argv, options, words, 2))
		return CTL_USAGE;
	int64_t student, id;
	if (find_student(ctl, words, &student) != CTL_DONE)
		return CTL_FAILED;
	enum err e = db_begin(ctl->db);
	if (e != ERR_NONE)
		return ctl_fail_err(e, "begin");
	if (project_make(ctl, student, &project, &id) != CTL_DONE) {
		db_rollback(ctl->db);
		return CTL_FAILED;
	}
	if ((e = db_commit(ctl->db)) != ERR_NONE)
		return ctl_fail_err(e, "store it");
	printf("project %lld\n", (long long)id);
	return CTL_DONE;
}

/* The configuration of the project whose id is the word; false: said. */
static bool find_config(struct ctl *ctl, const char *word, struct build_config *c)
{
	struct settings *s;
	int64_t id;
	if (!ctl_id(word, &id))
		return false;
	enum err e = model_settings_load(ctl->db, ctl->arena, &s);
	if (e == ERR_NONE)
		e = model_build_configs_get(ctl->db, ctl->arena, s, id, c);
	if (e == ERR_NOT_FOUND)
		ctl_fail("there is no project %s", word);
	else if (e != ERR_NONE)
		ctl_fail_err(e, "read the project");
	return e == ERR_NONE;
}

enum ctl_exit ctl_project_list(struct ctl *ctl, int argc, char **argv)
{
	if (!ctl_parse(argc, argv, NULL, NULL, 0))
		return CTL_USAGE;
	struct settings *s;
	enum err e = model_settings_load(ctl->db, ctl->arena, &s);
	struct project_list list = { .more = true };
	for (int64_t before = 0; e == ERR_NONE && list.more;) {
		/* Who leaves the roster leaves projects behind. */
		const struct project_filter filter = { .before = before, .left = true, .limit = LIST_PAGE };
		e = model_projects_list(ctl->db, ctl->arena, &filter, &list);
		for (int i = 0; e == ERR_NONE && i < list.count; i++) {
			const struct project *p = &list.rows[i];
			struct build_config c = { .repo_url = "", .branch = "" };
			e = model_build_configs_get(ctl->db, ctl->arena, s, p->id, &c);
			if (e == ERR_NOT_FOUND)
				e = ERR_NONE;
			printf("%lld\t%s\t%s\t%s\t%s\t%s\n", (long long)p->id, p->course_code, p->student_number, p->name,
			       c.repo_url, c.branch);
			before = p->id;
		}
	}
	return e == ERR_NONE ? CTL_DONE : ctl_fail_err(e, "list the projects");
}

enum ctl_exit ctl_project_secret(struct ctl *ctl, int argc, char **argv)
{
	const char *word;
	struct build_config c;
	if (!ctl_parse(argc, argv, NULL, &word, 1))
		return CTL_USAGE;
	if (!find_config(ctl, word, &c))
		return CTL_FAILED;
	const char *secret = build_config_webhook_secret(ctl->keyring, ctl->arena, &c);
	if (!secret)
		return ctl_fail("the stored secret does not open: is its key still in SECRET_KEYS?");
	enum err e = ctl_audit(ctl, "webhook_secret.read", audit_object(ctl->arena, AUDIT_PROJECT, word), c.project_id, NULL);
	if (e != ERR_NONE)
		return ctl_fail_err(e, "write the audit line");
	puts(secret);
	return CTL_DONE;
}

enum ctl_exit ctl_project_key(struct ctl *ctl, int argc, char **argv)
{
	const char *word;
	struct build_config c;
	if (!ctl_parse(argc, argv, NULL, &word, 1))
		return CTL_USAGE;
	if (!find_config(ctl, word, &c))
		return CTL_FAILED;
	if (!c.deploy_key_public)
		return ctl_fail("project %s has no deploy key", word);
	puts(c.deploy_key_public);
	return CTL_DONE;
}

enum ctl_exit ctl_project_known_hosts(struct ctl *ctl, int argc, char **argv)
{
	const char *word;
	bool from_stdin = false;
	const struct ctl_option options[] = { { .name = "--stdin", .flag = &from_stdin }, { 0 } };
	struct build_config c;
	if (!ctl_parse(argc, argv, options, &word, 1) || !from_stdin)
		return CTL_USAGE;
	if (!find_config(ctl, word, &c))
		return CTL_FAILED;
	const char *text = ctl_read(ctl, "-", KNOWN_HOSTS_MAX);
	if (!text)
		return CTL_FAILED;
	if (!known_hosts_valid(text))
		return ctl_fail("standard input must hold known_hosts lines: host, kind of key, key");
	enum err e = db_begin(ctl->db);
	if (e == ERR_NONE)
		e = model_build_configs_set_known_hosts(ctl->db, ctl->arena, c.project_id, text);
	if (e == ERR_NONE)
		e = ctl_audit(ctl, "known_hosts.set", audit_object(ctl->arena, AUDIT_PROJECT, word), c.project_id, NULL);
	e = db_end(ctl->db, e);
	return e == ERR_NONE ? CTL_DONE : ctl_fail_err(e, "pin the host keys");
}
