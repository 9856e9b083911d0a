/* portal-stream: live state and logs for browsers, beside portal-web. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "config.h"
#include "stream/server.h"

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
	(void)number;
	stop = 1;
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		if (strcmp(argv[1], "--help")) {
			fprintf(stderr, "portal-stream takes its configuration from the environment; see portal-stream --help\n");
			return 2;
		}
		puts("portal-stream: live state and logs as Server-Sent Events. It reads from the environment:");
		config_print();
		return 0;
	}
	const struct config *config = config_load();
	if (!config)
		return 2;
	log_init("portal-stream", config->log_level);
	struct sigaction action = { .sa_handler = on_signal };
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	return stream_serve(config, &stop) ? 1 : 0;
}
