/* Acts of admins: each is one transaction with its audit line, the same for a page's button and for the API. */
#ifndef MODEL_ADMIN_ACTS_H
#define MODEL_ADMIN_ACTS_H

#include <stdint.h>

#include "base/err.h"
#include "http/request.h"
#include "model/settings_change.h"

/* All of them: the route has let only admins come. Texts are the arena's; nothing is kept unless ERR_NONE is returned. */

/* Changes settings, with a line for each that changed; as model_settings_change. */
enum err model_act_settings(struct request *req, const struct setting_wish wishes[SETTING__MAX], int64_t seen,
			    struct settings_changed *out) MUST_CHECK;

#endif
