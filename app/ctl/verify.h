/* The parts of portalctl verify. */
#ifndef CTL_VERIFY_H
#define CTL_VERIFY_H

#include <stdbool.h>

struct ctl;

/* One line of its table; returns ok. */
bool verify_line(const char *what, bool ok, const char *detail);

/* Asks every path that is read, with the token (NULL: as nobody). Returns how many fail. */
int verify_routes(struct ctl *ctl, const char *url, const char *ca_pem, const char *token);

#endif
