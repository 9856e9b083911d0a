/* Acts of admins: each is one transaction with its audit line, the same for a page's button and for the API. */
#ifndef MODEL_ADMIN_ACTS_H
#define MODEL_ADMIN_ACTS_H

#include <stdint.h>

#include "base/err.h"
#include "http/request.h"
#include "model/gitea_servers.h"
#include "model/registries.h"
#include "model/settings_change.h"

/* All of them: the route has let only admins come. Texts are the arena's; nothing is kept unless ERR_NONE is returned. */

/* Changes settings, with a line for each that changed; as model_settings_change. */
enum err model_act_settings(struct request *req, const struct setting_wish wishes[SETTING__MAX], int64_t seen,
			    struct settings_changed *out) MUST_CHECK;

/* Registries; as model_registries_create, _save, _delete. */
enum err model_act_registry_create(struct request *req, const struct registry_edit *in, int64_t *id) MUST_CHECK;
enum err model_act_registry_save(struct request *req, int64_t id, const struct registry_edit *in, int version) MUST_CHECK;
enum err model_act_registry_delete(struct request *req, const struct registry *r, struct registry_uses *uses) MUST_CHECK;

/* Gitea servers; as model_gitea_servers_create, _save, _delete. */
enum err model_act_gitea_create(struct request *req, const struct gitea_server_edit *in, int64_t *id) MUST_CHECK;
enum err model_act_gitea_save(struct request *req, int64_t id, const struct gitea_server_edit *in, int version) MUST_CHECK;
enum err model_act_gitea_delete(struct request *req, const struct gitea_server *s) MUST_CHECK;

#endif
