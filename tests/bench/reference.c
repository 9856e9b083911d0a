/*
 * The reference of the page benchmarks: libfcgi, libpq and ClearSilver, a session's row, the page's own query, and nothing else.
 * Usage: reference SOCKET PROCESSES THREADS QUERIES TEMPLATE. QUERIES is a folder with session.sql ($1 the cookie's value),
 * history.sql ($1 the project) and build.sql ($1 the build), the portal's own statements. GET /history/ID answers HTML, /build/ID
 * JSON.
 */
#include <ClearSilver.h>
#include <errno.h>
#include <fcgiapp.h>
#include <json-c/json.h>
#include <libpq-fe.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BACKLOG = 4096, SQL_MAX = 8192, QUERIES = 3 };
enum query { SESSION, HISTORY, BUILD };

static const char *const names[QUERIES] = { "session", "history", "build" };
static char sql[QUERIES][SQL_MAX];
static const char *template_path;
static int listener;
static pthread_mutex_t parse_lock = PTHREAD_MUTEX_INITIALIZER;

/* What each thread has of its own: a connection with prepared statements and a parsed template. */
struct worker {
	PGconn *db;
	CSPARSE *page;
	HDF *base;
	FCGX_Request request;
	char *out;
	size_t len, size;
};

static void die(const char *what, const char *why)
{
	fprintf(stderr, "reference: %s: %s\n", what, why);
	exit(1);
}

static void check(NEOERR *e, const char *what)
{
	if (e != STATUS_OK)
		die(what, "ClearSilver");
}

static void put(struct worker *w, const char *text, size_t len)
{
	if (w->len + len + 1 > w->size) {
		w->size = (w->len + len + 1) * 2;
		w->out = realloc(w->out, w->size);
		if (!w->out)
			die("memory", "none");
	}
	memcpy(w->out + w->len, text, len + 1);
	w->len += len;
}

static NEOERR *put_page(void *w, char *text)
{
	put(w, text, strlen(text));
	return STATUS_OK;
}

static PGresult *run(struct worker *w, enum query q, const char *value)
{
	PGresult *r = PQexecPrepared(w->db, names[q], 1, &value, NULL, NULL, 0);
	if (PQresultStatus(r) != PGRES_TUPLES_OK)
		die(names[q], PQerrorMessage(w->db));
	return r;
}

static void start(struct worker *w)
{
	w->db = PQconnectdb(getenv("DATABASE_URL"));
	for (int i = 0; i < QUERIES; i++) {
		PGresult *r = PQprepare(w->db, names[i], sql[i], 1, NULL);
		if (PQresultStatus(r) != PGRES_COMMAND_OK)
			die(names[i], PQerrorMessage(w->db));
		PQclear(r);
	}
	/* Parsing counts nodes in a global. */
	pthread_mutex_lock(&parse_lock);
	check(hdf_init(&w->base), "hdf_init");
	check(hdf_set_value(w->base, "Config.VarEscapeMode", "html"), "escape mode");
	check(cs_init(&w->page, w->base), "cs_init");
	check(cs_parse_file(w->page, template_path), template_path);
	pthread_mutex_unlock(&parse_lock);
	FCGX_InitRequest(&w->request, listener, 0);
}

static void history(struct worker *w, const char *project)
{
	PGresult *r = run(w, HISTORY, project);
	HDF *hdf;
	check(hdf_init(&hdf), "hdf_init");
	char name[128];
	for (int row = 0; row < PQntuples(r); row++)
		for (int column = 0; column < PQnfields(r); column++)
			if (!PQgetisnull(r, row, column)) {
				snprintf(name, sizeof name, "Builds.%d.%s", row, PQfname(r, column));
				check(hdf_set_value(hdf, name, PQgetvalue(r, row, column)), name);
			}
	PQclear(r);
	w->page->hdf = hdf;
	check(cs_render(w->page, w, put_page), "cs_render");
	w->page->hdf = w->base;
	hdf_destroy(&hdf);
}

static void build(struct worker *w, const char *id)
{
	PGresult *r = run(w, BUILD, id);
	json_object *o = json_object_new_object();
	for (int column = 0; PQntuples(r) && column < PQnfields(r); column++)
		json_object_object_add(o, PQfname(r, column),
				       PQgetisnull(r, 0, column) ? NULL : json_object_new_string(PQgetvalue(r, 0, column)));
	size_t len;
	const char *text = json_object_to_json_string_length(o, JSON_C_TO_STRING_PLAIN, &len);
	put(w, text, len);
	json_object_put(o);
	PQclear(r);
}

static void answer(struct worker *w)
{
	const char *path = FCGX_GetParam("DOCUMENT_URI", w->request.envp),
		   *cookie = FCGX_GetParam("HTTP_COOKIE", w->request.envp);
	const char *session = cookie ? strchr(cookie, '=') : NULL;
	int is_page = path && !strncmp(path, "/history/", 9), is_build = path && !strncmp(path, "/build/", 7);
	w->len = 0;
	PGresult *r = run(w, SESSION, session ? session + 1 : "");
	int known = PQntuples(r) == 1;
	PQclear(r);
	if (known && is_page)
		history(w, path + 9);
	else if (known && is_build)
		build(w, path + 7);
	FCGX_FPrintF(w->request.out, "Status: %s\r\nContent-Type: %s\r\n\r\n", w->len ? "200 OK" : "404 Not Found",
		     is_build ? "application/json" : "text/html; charset=utf-8");
	FCGX_PutStr(w->out ? w->out : "", (int)w->len, w->request.out);
}

static void *serve(void *arg)
{
	struct worker *w = calloc(1, sizeof(*w));
	(void)arg;
	if (!w)
		die("memory", "none");
	start(w);
	while (FCGX_Accept_r(&w->request) >= 0) {
		answer(w);
		FCGX_Finish_r(&w->request);
	}
	return NULL;
}

static void read_sql(const char *folder)
{
	for (int i = 0; i < QUERIES; i++) {
		char path[4096];
		snprintf(path, sizeof path, "%s/%s.sql", folder, names[i]);
		FILE *f = fopen(path, "r");
		size_t n = f ? fread(sql[i], 1, SQL_MAX - 1, f) : 0;
		if (!n)
			die(path, strerror(errno));
		sql[i][n] = 0;
		fclose(f);
	}
}

int main(int argc, char **argv)
{
	if (argc != 6)
		die("usage", "reference SOCKET PROCESSES THREADS QUERIES TEMPLATE");
	read_sql(argv[4]);
	template_path = argv[5];
	FCGX_Init();
	nerr_init();
	listener = FCGX_OpenSocket(argv[1], BACKLOG);
	chmod(argv[1], 0660);
	long processes = strtol(argv[2], NULL, 10), threads = strtol(argv[3], NULL, 10);
	for (long i = 1; i < processes; i++)
		if (fork() == 0)
			break;
	pthread_t thread;
	for (long i = 1; i < threads; i++)
		pthread_create(&thread, NULL, serve, NULL);
	serve(NULL);
	return 0;
}
