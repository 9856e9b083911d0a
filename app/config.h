/* What the environment says at start-up: one table, read once. Settings that people change are in model/settings.h. */
#ifndef CONFIG_H_PORTAL
#define CONFIG_H_PORTAL

/* Every value is a non-NULL string unless said otherwise; numbers are checked at start. Read-only once threads run. */
struct config {
	const char *database_url;      /* libpq URI */
	const char *portal_url;	       /* how people reach the portal, without a slash at the end */
	const char *secret_keys;       /* "id:64 hex,...": see base/secret.h */
	const char *fcgi_socket;       /* path of portal-web's Unix socket */
	const char *fcgi_socket_group; /* nginx's group, which may connect; "": the process' own */
	const char *stream_socket;     /* path of portal-stream's Unix socket */
	const char *data_dir;	       /* templates, static files, migrations */
	const char *log_level;
	const char *k8s_config_path; /* "": in-cluster */
	int cluster_local;	     /* clusters that admins add may have addresses of this machine */
	const char *archive;	     /* "s3" or "directory" */
	const char *archive_dir;     /* for "directory" */
	const char *s3_endpoint;     /* http[s]://host[:port] */
	const char *s3_access_key;
	const char *s3_secret_key;
	const char *s3_bucket;
	const char *s3_region;
	const char *s3_public_endpoint; /* MINIO_PUBLIC_ENDPOINT: for links that a browser opens; "": s3_endpoint */
	const char *gitea_url;		/* "": no API: branch heads by git ls-remote */
	const char *gitea_token;
	const char *repo_schemes; /* schemes that a repository's address may have, by commas */
	const char *environment;  /* "production" refuses placeholders and insecure cookies */
	int processes, threads;	  /* of portal-web: handler processes, threads in each */
	int db_connections;	  /* at most, in each process */
	int secure_cookies;	  /* 1: cookies are Secure with the __Host- prefix */
	int allow_write_tests;	  /* portalctl verify may make and take back a deploy key */
	int worker_threads;	  /* of portal-worker, beside its event loop */
};

/*
 * Reads the environment by the table in config.c. Prints every fault on standard error, with the variable's name and
 * what is allowed, and returns NULL if there is one. The placeholder CHANGE_ME_IN_PRODUCTION is a fault anywhere.
 */
const struct config *config_load(void);

/* Prints the table of variables (name, default, meaning) for --help and the operators' page. */
void config_print(void);

#endif
