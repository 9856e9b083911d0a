/* The one rule on who may do what. */
#include "auth/authorize.h"

/* What a student may do with what is his own. */
static bool own_action(enum action action)
{
	switch (action) {
	case ACTION_VIEW:
	case ACTION_BUILD:
	case ACTION_DEPLOY:
	case ACTION_RESTART:
	case ACTION_START:
	case ACTION_STOP:
	case ACTION_CONFIGURE:
		return true;
	case ACTION_DELETE:
	case ACTION_GOVERN:
	case ACTION_LIST_ALL:
	case ACTION_ADMIN:
	case ACTION__MAX:
		return false;
	}
	return false;
}

enum err authorize(const struct actor *actor, enum action action, struct object object)
{
	if (actor->id <= 0)
		return ERR_UNAUTHORIZED;
	switch (actor->role) {
	case ROLE_ADMIN:
		return ERR_NONE;
	case ROLE_TEACHER:
		return action == ACTION_ADMIN ? ERR_FORBIDDEN : ERR_NONE;
	case ROLE_STUDENT:
		if (object.kind == OBJECT_PORTAL || object.owner != actor->id)
			return ERR_NOT_FOUND;
		return own_action(action) ? ERR_NONE : ERR_FORBIDDEN;
	case ROLE_NONE:
	case ROLE__MAX:
		break;
	}
	return ERR_NOT_FOUND;
}

bool authorized(const struct actor *actor, enum action action, struct object object)
{
	return authorize(actor, action, object) == ERR_NONE;
}
