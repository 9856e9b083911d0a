/* Where applications may connect to: lines of the setting app_services. */
#ifndef MODEL_APP_SERVICES_H
#define MODEL_APP_SERVICES_H

#include <stdbool.h>
#include <stdint.h>

struct arena;

/* One line: pods of a namespace, or addresses; and the port, over TCP. */
struct app_service {
	const char *ns;	  /* NULL: addresses */
	uint32_t address; /* its first one, in the host's order */
	int bits;	  /* of the network's part, 0 to 32 */
	int port;
};

/*
 * Takes the next line off *text: "10.0.5.3:5432", "10.0.0.0/16:443", "database:5432". False: no line is left, or it breaks the
 * rules (*wrong): link-local and loopback addresses and the namespace kube-system are refused, too. ns is the arena's. Pure.
 */
bool app_services_next(struct arena *a, const char **text, struct app_service *out, bool *wrong);
/* Whether all lines keep the rules. Pure. */
bool app_services_valid(const char *text);

/* "10.0.0.0/16", in the arena. Pure. */
const char *app_service_cidr(struct arena *a, uint32_t address, int bits);

/* The private and link-local ranges that a wider range of a service does not mean; NULL behind the last. Pure. */
struct app_range {
	uint32_t address;
	int bits;
};
const struct app_range *app_services_private(int i);
/* Whether `inner` lies in the service's range and is smaller. Pure. */
bool app_service_holds(const struct app_service *s, const struct app_range *inner);

#endif
