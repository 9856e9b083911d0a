/* Acts of people in containers: a ticket for a terminal, one command. */
#ifndef MODEL_TERMINAL_ACTS_H
#define MODEL_TERMINAL_ACTS_H

#include "base/err.h"
#include "http/request.h"
#include "kube/exec.h"
#include "model/terminals.h"

struct kube;
struct project;

/* A new ticket for whoever asks, as text that is nowhere else: only its digest is stored. Old ones are forgotten. */
enum err model_terminals_ticket(struct request *req, const struct terminal *t, const char **ticket) MUST_CHECK;

/* A command's line in characters, how long it may take (nginx waits 15 s for an answer), what of its output is kept. */
enum { COMMAND_MAX = 2000, COMMAND_SECONDS = 8, COMMAND_OUTPUT = 64 << 10 };

/*
 * Runs one command (kube_exec_run) and writes its audit line: who, where, which program, how long, how it ended; never its
 * arguments. The connection is given back meanwhile.
 */
enum err model_act_command(struct request *req, const struct project *p, struct kube *k, const struct kube_exec_ask *ask,
			   struct kube_exec_result *out, const char **why) MUST_CHECK;

#endif
