/* The audit trail: who did what to whose project, from where, with which result. Append-only. */
#ifndef MODEL_AUDIT_H
#define MODEL_AUDIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct actor;
struct arena;
struct db;
struct request;

/* What a line may be about: the table audit_objects.def. */
enum audit_kind {
#define AUDIT_OBJECT(code, word, page) AUDIT_##code,
#include "model/audit_objects.def"
#undef AUDIT_OBJECT
	AUDIT_KIND__MAX
};

/* The text of what a line is about: "project 7". Made by the functions below alone, so that its kind is one of the table. */
struct audit_object {
	const char *text;
};
/* Of that name, or of none (NULL, 0). The text is the arena's. */
struct audit_object audit_object(struct arena *a, enum audit_kind kind, const char *name);
struct audit_object audit_object_id(struct arena *a, enum audit_kind kind, int64_t id);
/* What lies in a cluster, by its kind's word of kube/resources.h: of one that knows an act. */
struct audit_object audit_object_in(struct arena *a, const char *word, const char *ns, const char *name);

/* The kind of a stored text, and its name within it ("": none); AUDIT_KIND__MAX: the table does not have it. Pure. */
enum audit_kind audit_kind_of(const char *object, const char **name);
/* The word that is stored and the catalogues' object.WORD. Static. */
const char *audit_kind_word(enum audit_kind kind);
/* The address of what a stored line is about, "" where there is none. In the arena. */
const char *audit_page(struct arena *a, const char *object, int64_t project_id);

/* One line. Texts are copied by the statement. */
struct audit {
	const struct actor *actor;   /* NULL: "system" (worker, webhook, command line) */
	const char *ip, *request_id; /* NULL where no request was */
	const char *action;	     /* "deployment.create", "build.cancel", "login", ... */
	struct audit_object object;
	int64_t project_id, student_id; /* 0: none */
	bool refused;			/* else done */
	const char *detail;		/* one English sentence, or NULL; never a secret */
};

/* Writes the line; in the caller's transaction where there is one, so that act and line stand or fall together. */
enum err model_audit_write(struct db *db, struct arena *a, const struct audit *line) MUST_CHECK;

/* A line with actor, ip and request_id of the request; set the rest. */
struct audit audit_of(const struct request *req, const char *action, struct audit_object object);

/* Who acts, as details name a person. The request's. */
const char *audit_person(const struct request *req);

/* Every act there is, for filters; the words are audit.ACTION of the catalogue. Tests/lint compares it with the code. */
#define AUDIT_ACTIONS                                                                                                            \
	"login|password.change|account.change|session.end|token.create|token.revoke|invitation.use|build.trigger|"               \
	"build.cancel|build_config.change|deploy_key.new|webhook_secret.new|webhook_secret.read|known_hosts.set|"                \
	"gitea.install|deployment.deploy|deployment.rollback|deployment.restart|deployment.start|deployment.stop|"               \
	"deployment.delete|variable.set|variable.remove|project.serving|project.repair|course.put|course.create|course.change|"  \
	"student.put|student.add|student.change|student.remove|roster.import|project.create|user.create|user.change|"            \
	"user.disable|user.enable|user.password|user.invite|user.sign_out|setting.set|setting.reset|registry.put|"               \
	"registry.create|registry.change|registry.delete|cluster.create|cluster.change|cluster.delete|cluster.default|cluster."  \
	"sync|project.move|gitea_server.create|gitea_server.change|gitea_server.delete|"                                         \
	"resource.scale|resource.restart|resource.delete|resource.change|resource.create|terminal.command|terminal.open|"        \
	"terminal.close|cluster.cleanup|keys."                                                                                   \
	"rotate|prune|statistics.rebuild|demo.fill|demo.remove"

#define AUDIT_ROLES "student|teacher|admin|system"
#define AUDIT_RESULTS "done|refused"

/* A row for lists. Texts are the arena's. */
struct audit_row {
	int64_t id, project_id, student_id; /* the last two may be 0 */
	const char *at, *login, *role, *action, *object, *ip, *request_id, *result, *detail;
};

/* What a list may be restricted to; 0 and NULL: any. */
struct audit_filter {
	const char *login, *role, *action, *result; /* as they are written: "done" or "refused" */
	int64_t project_id, student_id;
	const char *from, *to; /* moments, RFC 3339: not before, before */
	const char *search;    /* a part of the detail */
	int64_t before;	       /* ids before it; 0: from the newest */
	int limit;	       /* 1..LIST_MAX */
};

struct audit_list {
	struct audit_row *rows; /* newest first */
	int count;
	bool more;
};
/* By one statement that follows the index of the narrowest condition. */
enum err model_audit_search(struct db *db, struct arena *a, const struct audit_filter *f, struct audit_list *out) MUST_CHECK;

#endif
