/* The parts of portalctl verify. */
#ifndef CTL_VERIFY_H
#define CTL_VERIFY_H

#include <stdbool.h>

struct ctl;

/* One line of its table; returns ok. */
bool verify_line(const char *what, bool ok, const char *detail);

/*
 * Every system of its kind that is stored or set, a line each with its name, what fails and what to do; each within some seconds
 * (fetch/probe.h, kube/rights.h). Returns how many fail.
 */
int verify_clusters(struct ctl *ctl);
int verify_registries(struct ctl *ctl);
int verify_gitea(struct ctl *ctl);

/* Asks every path that is read, with the token (NULL: as nobody). Returns how many fail. */
int verify_routes(struct ctl *ctl, const char *url, const char *ca_pem, const char *token);

#endif
