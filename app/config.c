/* What the environment says at start-up: one table, read once. */
#include "config.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

static struct config config;

enum kind { TEXT, NUMBER, FLAG };

/* A NULL default means that the variable must be there. */
static const struct variable {
	const char *name, *otherwise, *meaning;
	enum kind kind;
	void *to;
	int min, max;
} table[] = {
	{ "DATABASE_URL", NULL, "PostgreSQL, as a libpq URI", TEXT, &config.database_url, 0, 0 },
	{ "PORTAL_URL", "http://localhost", "how people reach the portal; links in mails and commit statuses", TEXT,
	  &config.portal_url, 0, 0 },
	{ "SECRET_KEYS", NULL, "keys for secrets at rest, id:64 hex digits; the first one seals", TEXT, &config.secret_keys, 0,
	  0 },
	{ "FCGI_SOCKET", "/run/hydrosim-portal/web.sock", "portal-web's Unix socket", TEXT, &config.fcgi_socket, 0, 0 },
	{ "FCGI_SOCKET_GROUP", "", "group that may connect to it; empty: the program's own", TEXT, &config.fcgi_socket_group, 0,
	  0 },
	{ "STREAM_SOCKET", "/run/hydrosim-portal/stream.sock", "portal-stream's Unix socket", TEXT, &config.stream_socket, 0, 0 },
	{ "PORTAL_DATA_DIR", PORTAL_DATA_DIR, "templates, static files, migrations", TEXT, &config.data_dir, 0, 0 },
	{ "LOG_LEVEL", "info", "debug, info, warn or error", TEXT, &config.log_level, 0, 0 },
	{ "K8S_CONFIG_PATH", "", "kubeconfig file; empty: the pod's ServiceAccount", TEXT, &config.k8s_config_path, 0, 0 },
	{ "CLUSTER_LOCAL", "0", "1: clusters that admins add may have addresses of this machine, without TLS too", NUMBER,
	  &config.cluster_local, 0, 1 },
	{ "LOG_ARCHIVE", "directory", "where logs are kept: s3 or directory", TEXT, &config.archive, 0, 0 },
	{ "LOG_ARCHIVE_DIR", "/var/lib/hydrosim-portal/logs", "the directory", TEXT, &config.archive_dir, 0, 0 },
	{ "S3_ENDPOINT_URL", "", "http[s]://host[:port] of the object store", TEXT, &config.s3_endpoint, 0, 0 },
	{ "S3_ACCESS_KEY_ID", "", "its access key", TEXT, &config.s3_access_key, 0, 0 },
	{ "S3_SECRET_ACCESS_KEY", "", "its secret key", TEXT, &config.s3_secret_key, 0, 0 },
	{ "S3_BUCKET", "hydrosim-logs", "its bucket for logs", TEXT, &config.s3_bucket, 0, 0 },
	{ "S3_REGION", "us-east-1", "its region", TEXT, &config.s3_region, 0, 0 },
	{ "MINIO_PUBLIC_ENDPOINT", "", "the store's address as browsers reach it", TEXT, &config.s3_public_endpoint, 0, 0 },
	{ "GITEA_URL", "", "Gitea's address; empty: branch heads by git ls-remote", TEXT, &config.gitea_url, 0, 0 },
	{ "GITEA_TOKEN", "", "a token with write:repository and read:user", TEXT, &config.gitea_token, 0, 0 },
	{ "REPO_SCHEMES", "ssh,https", "schemes that a repository's address may have", TEXT, &config.repo_schemes, 0, 0 },
	{ "ENVIRONMENT", "production", "production or development", TEXT, &config.environment, 0, 0 },
	{ "WEB_PROCESSES", "2", "handler processes of portal-web", NUMBER, &config.processes, 2, 64 },
	{ "WEB_THREADS", "8", "threads in each", NUMBER, &config.threads, 1, 256 },
	{ "DB_CONNECTIONS", "10", "database connections in each process, at most", NUMBER, &config.db_connections, 2, 256 },
	{ "SECURE_COOKIES", "1", "0 only for plain http on one machine", NUMBER, &config.secure_cookies, 0, 1 },
	{ "ALLOW_WRITE_TESTS", "false", "true: portalctl verify also makes a deploy key and takes it back", FLAG,
	  &config.allow_write_tests, 0, 1 },
	{ "WORKER_THREADS", "4", "threads of portal-worker beside its event loop", NUMBER, &config.worker_threads, 2, 64 },
};

static int load_one(const struct variable *v)
{
	const char *value = getenv(v->name);
	if (!value)
		value = v->otherwise;
	if (!value) {
		fprintf(stderr, "%s is not set: %s\n", v->name, v->meaning);
		return 1;
	}
	if (strstr(value, "CHANGE_ME_IN_PRODUCTION")) {
		fprintf(stderr, "%s still holds the placeholder: replace it (%s)\n", v->name, v->meaning);
		return 1;
	}
	if (v->kind == TEXT) {
		*(const char **)v->to = value;
		return 0;
	}
	int64_t number = !strcmp(value, "true");
	if (v->kind == FLAG && !number && strcmp(value, "false") != 0) {
		fprintf(stderr, "%s must be true or false: %s\n", v->name, v->meaning);
		return 1;
	}
	if (v->kind == NUMBER && !str_to_int(value, v->min, v->max, &number)) {
		fprintf(stderr, "%s must be a number from %d to %d: %s\n", v->name, v->min, v->max, v->meaning);
		return 1;
	}
	*(int *)v->to = (int)number;
	return 0;
}

const struct config *config_load(void)
{
	int faults = 0;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		faults += load_one(&table[i]);
	return faults ? NULL : &config;
}

void config_print(void)
{
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		printf("%-24s %s (%s%s)\n", table[i].name, table[i].meaning, table[i].otherwise ? "default: " : "required",
		       table[i].otherwise ? table[i].otherwise : "");
}
