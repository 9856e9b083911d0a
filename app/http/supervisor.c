/* The parent of the handler processes: starts, watches, replaces, rolls and stops them. */
#include "http/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "config.h"
#include "http/server.h"

enum {
	TICK_MS = 100,
	HANG_MS = 30 * 1000,  /* longer in one request, or in starting: killed */
	STOP_MS = 25 * 1000,  /* after SIGTERM: killed */
	STABLE_MS = 5 * 1000, /* a process of a new generation that lives shorter has failed it */
	PAUSE_FIRST_MS = 100,
	PAUSE_MAX_MS = 10 * 1000,
	ROLL_TRIES = 3,
};

struct child {
	pid_t pid; /* 0: the place is free */
	int generation;
	int64_t started_ms, stop_ms; /* stop_ms: when it is killed if it still runs; 0: it may serve */
};

struct supervisor {
	const struct config *config;
	const char *program;
	int listener, memory;
	struct child_state *states; /* CHILD_PLACES of them */
	struct child children[CHILD_PLACES];
	int generation; /* the newest; older ones drain once it serves */
	bool rolling, stopping;
	int roll_failures;
	int64_t pause_ms, not_before_ms;
};

struct child_state *supervisor_child_state(const char *place)
{
	int64_t n;
	if (!str_to_int(place, 0, CHILD_PLACES - 1, &n))
		return NULL;
	size_t size = sizeof(struct child_state) * CHILD_PLACES;
	struct child_state *all = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, CHILD_STATE, 0);
	/* cppcheck-suppress memleak ; mapped until the process ends */
	return all == MAP_FAILED ? NULL : all + n;
}

static bool share_memory(struct supervisor *s)
{
	size_t size = sizeof(struct child_state) * CHILD_PLACES;
	s->memory = memfd_create("portal-web", MFD_CLOEXEC);
	if (s->memory < 0 || ftruncate(s->memory, (off_t)size))
		return false;
	s->states = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, s->memory, 0);
	return s->states != MAP_FAILED;
}

/* Between fork and exec: only what is safe there. The signals stay blocked: the handler process waits for them itself. */
static void become_child(const struct supervisor *s, const char *place, pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(1); /* it died before the line above */
	/* Both are copied above the target numbers first, since either may sit on the other's. */
	int listener = fcntl(s->listener, F_DUPFD, CHILD_STATE + 1), memory = fcntl(s->memory, F_DUPFD, CHILD_STATE + 1);
	if (listener < 0 || memory < 0 || dup2(listener, CHILD_LISTENER) < 0 || dup2(memory, CHILD_STATE) < 0)
		_exit(1);
	close(listener);
	close(memory);
	execl(s->program, "portal-web", "--child", place, (char *)NULL);
	_exit(127);
}

static void start_one(struct supervisor *s)
{
	int place = 0;
	while (place < CHILD_PLACES && s->children[place].pid)
		place++;
	if (place == CHILD_PLACES)
		return;
	memset(&s->states[place], 0, sizeof s->states[place]);
	char text[16];
	snprintf(text, sizeof text, "%d", place);
	pid_t parent = getpid(), pid = fork();
	if (!pid)
		become_child(s, text, parent);
	if (pid < 0) {
		log_event(LOG_ERROR, "fork_failed", LOG_NUM("errno", errno));
		s->not_before_ms = clock_ms() + 1000;
		return;
	}
	s->children[place] = (struct child){ .pid = pid, .generation = s->generation, .started_ms = clock_ms() };
	log_event(LOG_INFO, "handler_started", LOG_NUM("pid", pid), LOG_NUM("generation", s->generation));
}

static void stop_child(struct child *c)
{
	if (!c->pid || c->stop_ms)
		return;
	c->stop_ms = clock_ms() + STOP_MS;
	kill(c->pid, SIGTERM);
}

/*
 * One has ended. What was not told to has crashed. One that served is replaced at once, however often that happens: requests wait
 * for it. After one that never came to serve, the next one waits a little longer each time.
 */
static void ended(struct supervisor *s, struct child *c, int status)
{
	int64_t lived = clock_ms() - c->started_ms;
	bool crashed = !c->stop_ms, served = atomic_load(&s->states[c - s->children].ready);
	log_event(crashed ? LOG_ERROR : LOG_INFO, "handler_ended", LOG_NUM("pid", c->pid),
		  LOG_NUM("signal", WIFSIGNALED(status) ? WTERMSIG(status) : 0),
		  LOG_NUM("exit", WIFEXITED(status) ? WEXITSTATUS(status) : -1), LOG_NUM("lived_ms", lived));
	if (crashed && !served) {
		s->pause_ms = s->pause_ms ? s->pause_ms * 2 : PAUSE_FIRST_MS;
		if (s->pause_ms > PAUSE_MAX_MS)
			s->pause_ms = PAUSE_MAX_MS;
		s->not_before_ms = clock_ms() + s->pause_ms;
	} else if (crashed) {
		s->pause_ms = 0;
	}
	if (crashed && lived < STABLE_MS && s->rolling && c->generation == s->generation)
		s->roll_failures++;
	memset(&s->states[c - s->children], 0, sizeof s->states[0]); /* it serves nobody any more */
	*c = (struct child){ 0 };
}

static void reap(struct supervisor *s)
{
	int status;
	for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;)
		for (int i = 0; i < CHILD_PLACES; i++)
			if (s->children[i].pid == pid)
				ended(s, &s->children[i], status);
}

/* True when the process hangs: in its start, in a request, or in its end. */
static bool hangs(const struct child *c, struct child_state *state, int64_t now)
{
	if (c->stop_ms)
		return now > c->stop_ms;
	if (!atomic_load(&state->ready))
		return now - c->started_ms > HANG_MS;
	for (int t = 0; t < THREADS_MAX; t++) {
		int64_t since = atomic_load(&state->since[t]);
		if (since && now - since > HANG_MS)
			return true;
	}
	return false;
}

static void kill_hanging(struct supervisor *s)
{
	int64_t now = clock_ms();
	for (int i = 0; i < CHILD_PLACES; i++) {
		struct child *c = &s->children[i];
		if (!c->pid || !hangs(c, &s->states[i], now))
			continue;
		log_event(LOG_ERROR, "handler_hangs", LOG_NUM("pid", c->pid));
		kill(c->pid, SIGKILL);
	}
}

static int count(struct supervisor *s, bool ready_only)
{
	int n = 0;
	for (int i = 0; i < CHILD_PLACES; i++) {
		const struct child *c = &s->children[i];
		if (c->pid && !c->stop_ms && c->generation == s->generation)
			n += !ready_only || atomic_load(&s->states[i].ready);
	}
	return n;
}

/* Ends those of other generations, or of this one (when a roll failed). */
static void stop_generation(struct supervisor *s, bool older)
{
	for (int i = 0; i < CHILD_PLACES; i++)
		if ((s->children[i].generation < s->generation) == older)
			stop_child(&s->children[i]);
}

static void keep_up(struct supervisor *s)
{
	if (s->rolling && count(s, true) >= s->config->processes) {
		stop_generation(s, true);
		s->rolling = false;
		log_event(LOG_INFO, "rolled", LOG_NUM("generation", s->generation));
	} else if (s->rolling && s->roll_failures >= ROLL_TRIES) {
		stop_generation(s, false);
		s->generation--;
		s->rolling = false;
		log_event(LOG_ERROR, "roll_failed", LOG_STR("kept", "the earlier processes go on"));
	}
	while (count(s, false) < s->config->processes && clock_ms() >= s->not_before_ms) {
		int before = count(s, false);
		start_one(s);
		if (count(s, false) == before)
			break;
	}
}

static void on_signal(struct supervisor *s, int signal_number)
{
	if (signal_number == SIGHUP && !s->rolling && !s->stopping) {
		s->rolling = true;
		s->roll_failures = 0;
		s->generation++;
	} else if (signal_number == SIGTERM || signal_number == SIGINT) {
		s->stopping = true;
		unlink(s->config->fcgi_socket); /* nginx asks another replica at once */
		for (int i = 0; i < CHILD_PLACES; i++)
			stop_child(&s->children[i]);
	}
}

static bool any_left(const struct supervisor *s)
{
	for (int i = 0; i < CHILD_PLACES; i++)
		if (s->children[i].pid)
			return true;
	return false;
}

static void watch(struct supervisor *s, const sigset_t *set)
{
	while (!s->stopping || any_left(s)) {
		reap(s);
		kill_hanging(s);
		if (!s->stopping)
			keep_up(s);
		struct timespec tick = { .tv_nsec = TICK_MS * 1000000L };
		on_signal(s, sigtimedwait(set, NULL, &tick));
	}
}

int supervisor_run(const struct config *c, const char *program)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return 1;
	struct supervisor s = { .config = c, .program = program };
	s.listener = listener_open(c->fcgi_socket, c->fcgi_socket_group);
	if (s.listener < 0)
		return 1;
	if (!share_memory(&s)) {
		log_event(LOG_ERROR, "shared_memory_failed", LOG_NUM("errno", errno));
		return 1;
	}
	log_event(LOG_INFO, "listening", LOG_STR("path", c->fcgi_socket), LOG_NUM("processes", c->processes));
	watch(&s, &set);
	log_event(LOG_INFO, "stopped");
	return 0;
}
