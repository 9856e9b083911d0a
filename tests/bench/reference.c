/*
 * The reference of the page benchmarks: libfcgi, libpq, ClearSilver, json-c, the statements of a page, and nothing else.
 * Usage: reference SOCKET PROCESSES THREADS PAGES. PAGES is a file of JSON: for each page {"json": bool, "statements": [{"sql":
 * text, "params": [text or null, ...], "anew": bool}, ...]}. GET /N runs the statements of page N, one after the other, and
 * writes all columns of all rows: as cells of a table, or as members of an object. They are prepared, but for those to be planned
 * "anew" and those without "params" (BEGIN, COMMIT). The first one asks for the session: without a row the answer is 404.
 */
#include <ClearSilver.h>
#include <fcgiapp.h>
#include <json-c/json.h>
#include <libpq-fe.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BACKLOG = 4096, PARAMS_MAX = 40, STATEMENTS_MAX = 32, PAGES_MAX = 64 };

static char template[] =
	"<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Reference</title></head><body>\n"
	"<?cs each:table = Tables ?><table>\n<?cs each:row = table ?><tr><?cs each:cell = row ?><td><?cs var:cell ?></td><?cs "
	"/each ?></tr>\n"
	"<?cs /each ?></table>\n<?cs /each ?></body></html>\n";

struct statement {
	char name[32];
	const char *sql, *params[PARAMS_MAX];
	int count; /* of parameters; -1: a plain text */
	int anew;  /* planned each time */
};

static struct page {
	struct statement statements[STATEMENTS_MAX];
	int count, is_json;
} pages[PAGES_MAX];
static int page_count, listener;
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

/* Tables.STATEMENT.ROW.COLUMN */
static void add_table(HDF *tables, const PGresult *r, int statement)
{
	char name[32];
	HDF *row;
	for (int i = 0; i < PQntuples(r); i++) {
		snprintf(name, sizeof name, "Tables.%d.%d", statement, i);
		check(hdf_get_node(tables, name, &row), name);
		for (int column = 0; column < PQnfields(r); column++) {
			snprintf(name, sizeof name, "%d", column);
			if (!PQgetisnull(r, i, column))
				check(hdf_set_value(row, name, PQgetvalue(r, i, column)), name);
		}
	}
}

static void put_tables(struct worker *w, HDF *tables)
{
	w->page->hdf = tables;
	check(cs_render(w->page, w, put_page), "cs_render");
	w->page->hdf = w->base;
}

static void add_objects(json_object *list, const PGresult *r)
{
	for (int i = 0; i < PQntuples(r); i++) {
		json_object *o = json_object_new_object();
		for (int column = 0; column < PQnfields(r); column++)
			json_object_object_add(o, PQfname(r, column),
					       PQgetisnull(r, i, column) ? NULL
									 : json_object_new_string(PQgetvalue(r, i, column)));
		json_object_array_add(list, o);
	}
}

static void put_objects(struct worker *w, json_object *list)
{
	size_t len;
	const char *text = json_object_to_json_string_length(list, JSON_C_TO_STRING_PLAIN, &len);
	put(w, text, len);
}

static PGresult *execute(struct worker *w, const struct statement *s)
{
	PGresult *r = s->count < 0 ? PQexec(w->db, s->sql)
		      : s->anew	   ? PQexecParams(w->db, s->sql, s->count, NULL, s->params, NULL, NULL, 0)
				   : PQexecPrepared(w->db, s->name, s->count, s->params, NULL, NULL, 0);
	if (PQresultStatus(r) != PGRES_TUPLES_OK && PQresultStatus(r) != PGRES_COMMAND_OK)
		die(s->sql, PQerrorMessage(w->db));
	return r;
}

/* False: nobody is signed in. */
static int run(struct worker *w, const struct page *p)
{
	HDF *tables = NULL;
	json_object *list = json_object_new_array();
	int known = 1;
	w->len = 0;
	check(hdf_init(&tables), "hdf_init");
	for (int i = 0; i < p->count && known; i++) {
		PGresult *r = execute(w, &p->statements[i]);
		if (!i)
			known = PQntuples(r);
		else if (p->is_json)
			add_objects(list, r);
		else
			add_table(tables, r, i);
		PQclear(r);
	}
	if (known && p->is_json)
		put_objects(w, list);
	else if (known)
		put_tables(w, tables);
	hdf_destroy(&tables);
	json_object_put(list);
	return known;
}

static void answer(struct worker *w)
{
	const char *path = FCGX_GetParam("DOCUMENT_URI", w->request.envp);
	int n = path ? (int)strtol(path + 1, NULL, 10) : page_count;
	int found = n < page_count && run(w, &pages[n]);
	FCGX_FPrintF(w->request.out, "Status: %s\r\nContent-Type: %s\r\n\r\n", found ? "200 OK" : "404 Not Found",
		     found && pages[n].is_json ? "application/json" : "text/html; charset=utf-8");
	FCGX_PutStr(found ? w->out : "", found ? (int)w->len : 0, w->request.out);
}

static void prepare_all(struct worker *w)
{
	w->db = PQconnectdb(getenv("DATABASE_URL"));
	PQclear(PQexec(w->db, "SET timezone TO 'UTC'; SET random_page_cost TO 1.1"));
	for (int p = 0; p < page_count; p++)
		for (int i = 0; i < pages[p].count; i++) {
			const struct statement *s = &pages[p].statements[i];
			PGresult *r = s->count < 0 || s->anew ? NULL : PQprepare(w->db, s->name, s->sql, s->count, NULL);
			if (r && PQresultStatus(r) != PGRES_COMMAND_OK)
				die(s->sql, PQerrorMessage(w->db));
			PQclear(r);
		}
}

static void parse_template(struct worker *w)
{
	pthread_mutex_lock(&parse_lock); /* parsing counts nodes in a global */
	check(hdf_init(&w->base), "hdf_init");
	check(hdf_set_value(w->base, "Config.VarEscapeMode", "html"), "escape mode");
	check(cs_init(&w->page, w->base), "cs_init");
	check(cs_parse_string(w->page, strdup(template), strlen(template)), "template");
	pthread_mutex_unlock(&parse_lock);
}

static void *serve(void *arg)
{
	struct worker *w = calloc(1, sizeof(*w));
	(void)arg;
	if (!w)
		die("memory", "none");
	prepare_all(w);
	parse_template(w);
	FCGX_InitRequest(&w->request, listener, 0);
	while (FCGX_Accept_r(&w->request) >= 0) {
		answer(w);
		FCGX_Finish_r(&w->request);
	}
	return NULL;
}

static json_object *member(json_object *o, const char *name)
{
	json_object *value;
	if (!json_object_object_get_ex(o, name, &value))
		die("pages", name);
	return value;
}

/* The texts stay the file's, which is never given back. */
static void read_page(json_object *from, struct page *p, int number)
{
	json_object *list = member(from, "statements");
	p->is_json = json_object_get_boolean(member(from, "json"));
	p->count = (int)json_object_array_length(list);
	if (p->count > STATEMENTS_MAX)
		die("pages", "too many statements");
	for (int i = 0; i < p->count; i++) {
		json_object *one = json_object_array_get_idx(list, (size_t)i), *params = member(one, "params");
		struct statement *s = &p->statements[i];
		snprintf(s->name, sizeof s->name, "p%d_%d", number, i);
		s->sql = json_object_get_string(member(one, "sql"));
		s->count = params ? (int)json_object_array_length(params) : -1;
		s->anew = json_object_get_boolean(member(one, "anew"));
		for (int k = 0; k < s->count && k < PARAMS_MAX; k++)
			s->params[k] = json_object_get_string(json_object_array_get_idx(params, (size_t)k));
	}
}

static void read_pages(const char *path)
{
	json_object *all = json_object_from_file(path);
	page_count = all ? (int)json_object_array_length(all) : 0;
	if (!page_count || page_count > PAGES_MAX)
		die(path, "no pages, or too many");
	for (int p = 0; p < page_count; p++)
		read_page(json_object_array_get_idx(all, (size_t)p), &pages[p], p);
}

int main(int argc, char **argv)
{
	if (argc != 5)
		die("usage", "reference SOCKET PROCESSES THREADS PAGES");
	read_pages(argv[4]);
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
