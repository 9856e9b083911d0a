/* What the commands of a RUN print: package managers of the usual languages, echo, and failures that were asked for. */
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "kubesim/builderlog.h"
#include "kubesim/dockerfile.h"
#include "kubesim/shell.h"

enum { PACKAGES = 60 };

double build_cost(const struct instruction *i)
{
	static const struct {
		const char *word;
		double ms;
	} costs[] = { { "FROM", 1800 }, { "COPY", 350 }, { "ADD", 450 }, { "WORKDIR", 120 } };
	if (!strcmp(i->word, "RUN"))
		return strstr(i->args, "pip") || strstr(i->args, "npm") || strstr(i->args, "yarn") ? 3800
		       : strstr(i->args, "apt") || strstr(i->args, "apk") || strstr(i->args, "mvn") || strstr(i->args, "go build")
			       ? 3200
			       : 1000;
	for (size_t k = 0; k < sizeof costs / sizeof *costs; k++)
		if (!strcmp(costs[k].word, i->word))
			return costs[k].ms;
	return 50;
}

/* BuildKit puts the step's number and time before each line. */
static void out(struct build *b, const char *text)
{
	if (b->builder == BUILDER_BUILDKIT)
		build_say(b, "#%d %.3f %s", b->step, b->ms * b->scale / 1000, text);
	else
		build_say(b, "%s", text);
}

static void print(void *context, const char *text, const char *file)
{
	if (!file)
		out(context, text);
}

static void sleep_for(void *context, double seconds)
{
	struct build *b = context;
	build_spend(b, (seconds < 600 ? seconds : 600) * 1000 / b->scale);
}

static int fail_pip(struct build *b, const char *package)
{
	out(b, arena_printf(b->arena, "ERROR: Could not find a version that satisfies the requirement %s (from versions: none)",
			    package));
	out(b, arena_printf(b->arena, "ERROR: No matching distribution found for %s", package));
	return 1;
}

static bool nonexistent(const char *name)
{
	return strstr(name, "does-not-exist") || strstr(name, "doesnotexist") || strstr(name, "no-such") ||
	       strstr(name, "nosuch");
}

/* "Flask>=3.0" -> name and a version that it could have. */
static const char *package_version(struct build *b, const char *line, const char **name)
{
	size_t n = strcspn(line, "=<>~![; \t\r\n");
	const char *v = line + n + strspn(line + n, "=<>~! ");
	size_t m = strspn(v, "0123456789.");
	*name = arena_printf(b->arena, "%.*s", (int)n, line);
	return m ? arena_printf(b->arena, "%.*s", (int)m, v)
		 : arena_printf(b->arena, "%d.%d.%d", (int)(n % 4) + 1, (int)(n * 7 % 20), (int)(n % 3));
}

struct install {
	struct build *b;
	const char *installed, *collected;
	size_t n;
};

static int install_one(struct install *p, const char *line)
{
	const char *name, *version = package_version(p->b, line, &name);
	if (!*name || p->n++ > PACKAGES)
		return 0;
	out(p->b, arena_printf(p->b->arena, "Collecting %s", line));
	build_spend(p->b, 200);
	if (nonexistent(name))
		return fail_pip(p->b, line);
	out(p->b, arena_printf(p->b->arena, "  Downloading %s-%s-py3-none-any.whl (%d kB)", name, version,
			       (int)(strlen(name) * 37 % 900) + 12));
	build_spend(p->b, 250);
	p->installed = arena_printf(p->b->arena, "%s %s-%s", p->installed, name, version);
	p->collected = arena_printf(p->b->arena, "%s%s%s", p->collected, *p->collected ? ", " : "", name);
	return 0;
}

static int install_file(struct install *p, const char *file)
{
	struct build *b = p->b;
	if (!source_has(b->source, file)) {
		out(b, arena_printf(b->arena,
				    "ERROR: Could not open requirements file: [Errno 2] No such file or directory: '%s'", file));
		return 1;
	}
	const char *name = strrchr(file, '/');
	const char *text = strcmp(name ? name + 1 : file, "requirements.txt") ? "" : b->source->requirements;
	while (*text) {
		size_t n = strcspn(text, "\r\n");
		const char *line = arena_memdup(b->arena, text, n);
		if (*line && *line != '#' && *line != '-' && install_one(p, line))
			return 1;
		text += n + strspn(text + n, "\r\n");
	}
	return 0;
}

static int pip(struct build *b, const char *const *argv)
{
	struct install p = { .b = b, .installed = "", .collected = "" };
	if (!argv[0] || strcmp(argv[0], "install") != 0)
		return 0;
	for (argv++; *argv; argv++) {
		int code = 0;
		if (!strcmp(*argv, "-r") && argv[1])
			code = install_file(&p, *++argv);
		else if (**argv != '-' && strcmp(*argv, ".") != 0)
			code = install_one(&p, *argv);
		if (code)
			return code;
	}
	if (*p.collected) {
		out(b, arena_printf(b->arena, "Installing collected packages: %s", p.collected));
		build_spend(b, 700);
		out(b, arena_printf(b->arena, "Successfully installed%s", p.installed));
	}
	out(b, "WARNING: Running pip as the 'root' user can result in broken permissions and conflicting behaviour with the "
	       "system package manager. It is "
	       "recommended to use a virtual environment instead: https://pip.pypa.io/warnings/venv");
	return 0;
}

static int apt(struct build *b, const char *const *argv)
{
	static const char *const update[] = {
		"Get:1 http://mirror.localhost/debian bookworm InRelease [151 kB]",
		"Get:2 http://mirror.localhost/debian bookworm-updates InRelease [55.4 kB]",
		"Get:3 http://mirror.localhost/debian-security bookworm-security InRelease [48.0 kB]",
		"Get:4 http://mirror.localhost/debian bookworm/main amd64 Packages [8793 kB]",
		"Fetched 9047 kB in 1s (7821 kB/s)",
		"Reading package lists..."
	};
	if (argv[0] && !strcmp(argv[0], "update")) {
		for (size_t i = 0; i < sizeof update / sizeof *update; i++) {
			out(b, update[i]);
			build_spend(b, 180);
		}
		return 0;
	}
	for (; *argv; argv++) {
		if (**argv == '-' || !strcmp(*argv, "install"))
			continue;
		if (nonexistent(*argv)) {
			out(b, arena_printf(b->arena, "E: Unable to locate package %s", *argv));
			return 100;
		}
		out(b, arena_printf(b->arena, "Selecting previously unselected package %s.", *argv));
		build_spend(b, 220);
		out(b, arena_printf(b->arena, "Setting up %s ...", *argv));
	}
	return 0;
}

static int npm(struct build *b, const char *const *argv)
{
	if (argv[0] && (!strcmp(argv[0], "install") || !strcmp(argv[0], "ci"))) {
		if (!source_has(b->source, "package.json")) {
			out(b, "npm ERR! code ENOENT");
			out(b, "npm ERR! enoent ENOENT: no such file or directory, open '/app/package.json'");
			return 254;
		}
		build_spend(b, 2600);
		out(b, "");
		out(b, "added 93 packages, and audited 94 packages in 3s");
		out(b, "found 0 vulnerabilities");
	}
	return 0;
}

static int other(void *context, const char *const *argv)
{
	struct build *b = context;
	const char *name = strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0];
	if (nonexistent(name)) {
		out(b, arena_printf(b->arena, "/bin/sh: 1: %s: not found", argv[0]));
		return 127;
	}
	if (!strcmp(name, "pip") || !strcmp(name, "pip3"))
		return pip(b, argv + 1);
	if (str_starts(name, "python") && argv[1] && !strcmp(argv[1], "-m") && argv[2] && !strcmp(argv[2], "pip"))
		return pip(b, argv + 3);
	if (!strcmp(name, "apt-get") || !strcmp(name, "apt"))
		return apt(b, argv + 1);
	if (!strcmp(name, "npm") || !strcmp(name, "yarn"))
		return npm(b, argv + 1);
	build_spend(b, 300);
	return 0;
}

int build_run(struct build *b, const struct instruction *i)
{
	struct shell s = { .arena = b->arena, .context = b, .print = print, .sleep = sleep_for, .other = other };
	build_spend(b, 200);
	/* A here-document is the script itself. */
	const char *script = i->args;
	if (str_starts(script, "<<") && strchr(script, '\n'))
		script = strchr(script, '\n') + 1;
	return i->argv ? shell_run_argv(&s, i->argv) : shell_run(&s, script);
}
