"""What a page can do, the API can do too: every row of the pages with the row of the API that does the same, or why there is none."""
import pytest

from stack.routes import routes

TABLE = {r.name: r for r in routes()}
FORM = "a form or a question before an act: a program asks for the act itself"
BROWSER = "a matter of browsers"
CSV = "the same rows as a table for people; a program has them as JSON"

PAGES = {
    "GET /login": FORM,
    "POST /login": "POST /api/v1/auth/login",
    "POST /logout": "POST /api/v1/auth/logout",
    "POST /preferences": "PUT /api/v1/account",
    "GET /invite/:code": FORM,
    "POST /invite/:code": "POST /api/v1/auth/invitation",
    "GET /account": "GET /api/v1/account",
    "POST /account": "PUT /api/v1/account",
    "POST /account/password": "PUT /api/v1/account/password",
    "POST /account/sessions/end": "DELETE /api/v1/sessions",
    "POST /account/sessions/:session/end": "DELETE /api/v1/sessions/:session",
    "GET /account/tokens/new": FORM,
    "POST /account/tokens": "POST /api/v1/auth/tokens",
    "GET /account/tokens/:id/revoke": FORM,
    "POST /account/tokens/:id/revoke": "DELETE /api/v1/auth/tokens/:id",
    "GET /api": "GET /api/v1/openapi.json",
    "GET /health": "JSON already",
    "GET /auth/stream": "nginx alone asks that",
    "GET /": BROWSER,
    "GET /me": "GET /api/v1/projects",
    "GET /courses": "GET /api/v1/courses",
    "GET /courses/new": FORM,
    "POST /courses/new": "POST /api/v1/courses",
    "GET /courses/:id/edit": "GET /api/v1/courses/:id",
    "POST /courses/:id/edit": "PUT /api/v1/courses/:id",
    "GET /courses/:id/import": FORM,
    "POST /courses/:id/import": "POST /api/v1/courses/:id/roster",
    "GET /courses/:id/invite": "GET /api/v1/courses/:id/invitations",
    "POST /courses/:id/invite": "POST /api/v1/courses/:id/invitations",
    "GET /courses/:id/students/new": FORM,
    "POST /courses/:id/students/new": "POST /api/v1/courses/:id/students",
    "GET /students/:id": "GET /api/v1/students/:id",
    "GET /students/:id/edit": "GET /api/v1/students/:id",
    "POST /students/:id/edit": "PUT /api/v1/students/:id",
    "POST /students/:id/invite": "POST /api/v1/courses/:id/invitations",
    "GET /students/:id/projects/new": FORM,
    "POST /students/:id/projects/new": "POST /api/v1/projects",
    "GET /students/:id/remove": FORM,
    "POST /students/:id/remove": "DELETE /api/v1/students/:id",
    "GET /courses/:id": "GET /api/v1/courses/:id/students",
    "POST /courses/:id/act": "POST /api/v1/courses/:id/act",
    "GET /projects": "GET /api/v1/projects",
    "GET /projects/:id": "GET /api/v1/projects/:id",
    **{f"POST /projects/:id/{act}": "POST /api/v1/projects/:id/:action" for act in ("deploy", "rollback", "restart", "stop", "start", "delete")},
    "POST /projects/:id/repair": "POST /api/v1/projects/:id/repair",
    "GET /projects/:id/delete": FORM,
    "GET /projects/:id/move": "GET /api/v1/clusters",
    "POST /projects/:id/move": "PUT /api/v1/projects/:id/cluster",
    "GET /projects/:id/builds": "GET /api/v1/builds",
    "POST /projects/:id/builds": "POST /api/v1/builds/trigger",
    "GET /projects/:id/deployments": "GET /api/v1/projects/:id/deployments",
    "GET /projects/:id/log": "GET /api/v1/projects/:id/pods, GET /api/v1/projects/:id/pods/:name/log, GET /api/v1/projects/:id/events",
    "GET /projects/:id/pods/:name": "GET /api/v1/projects/:id/pods/:name, GET /api/v1/projects/:id/pods/:name/log, "
                                    "GET /api/v1/projects/:id/pods/:name/events",
    "POST /projects/:id/pods/:name/run": "POST /api/v1/projects/:id/pods/:name/run",
    "POST /projects/:id/pods/:name/terminal": BROWSER,
    "GET /projects/:id/variables": "GET /api/v1/projects/:id/variables",
    "POST /projects/:id/variables": "PUT /api/v1/projects/:id/variables/:name",
    "POST /projects/:id/variables/remove": "DELETE /api/v1/projects/:id/variables/:name",
    "POST /projects/:id/serving": "PUT /api/v1/projects/:id",
    "GET /projects/:id/config": "GET /api/v1/projects/:id/config",
    "POST /projects/:id/config": "PUT /api/v1/projects/:id/config",
    "POST /projects/:id/config/test": "POST /api/v1/projects/:id/config/test",
    "GET /projects/:id/access": "GET /api/v1/projects/:id/config, GET /api/v1/projects/:id/deliveries",
    "GET /projects/:id/key": FORM,
    "POST /projects/:id/key": "POST /api/v1/projects/:id/deploy-key",
    "GET /projects/:id/secret": FORM,
    "POST /projects/:id/secret": "POST /api/v1/projects/:id/webhook-secret",
    "POST /projects/:id/install": "POST /api/v1/projects/:id/install",
    "GET /deployments/:id": "GET /api/v1/deployments/:id, GET /api/v1/deployments/:id/events, GET /api/v1/deployments/:id/changes",
    "GET /builds/:id": "GET /api/v1/builds/:id, GET /api/v1/builds/:id/events, GET /api/v1/builds/:id/logs, GET /api/v1/builds/:id/lines",
    "GET /builds/:id/log": "GET /api/v1/builds/:id/logs",
    "POST /builds/:id/cancel": "POST /api/v1/builds/:id/cancel",
    "POST /builds/:id/again": "POST /api/v1/builds/trigger",
    "GET /queue": "GET /api/v1/queue",
    "GET /failures": "GET /api/v1/failures",
    "GET /statistics": "GET /api/v1/statistics",
    "GET /statistics.csv": CSV,
    "GET /clusters": "GET /api/v1/clusters",
    "GET /clusters/:id/:kind": "GET /api/v1/kubernetes/:kind",
    "GET /clusters/:id/:kind/:name": "GET /api/v1/kubernetes/:kind/:name",
    "GET /clusters/:id/new/:kind": FORM,
    "POST /clusters/:id/new/:kind": "POST /api/v1/kubernetes/:kind",
    "GET /clusters/:id/:kind/:name/change": FORM,
    "POST /clusters/:id/:kind/:name/change": "PUT /api/v1/kubernetes/:kind/:name",
    "GET /clusters/:id/:kind/:name/:act": FORM,
    "POST /clusters/:id/:kind/:name/:act": "POST /api/v1/kubernetes/:kind/:name/scale, POST /api/v1/kubernetes/:kind/:name/restart, "
                                           "DELETE /api/v1/kubernetes/:kind/:name",
    "GET /admin": "GET /api/v1/system",
    "GET /admin/settings": "GET /api/v1/settings",
    "POST /admin/settings": "PUT /api/v1/settings",
    "GET /admin/settings/pod-security": "GET /api/v1/settings/pod-security",
    "POST /admin/gitea/test": "POST /api/v1/gitea-servers/test",
    "POST /admin/clusters/:id/default": "POST /api/v1/kubernetes/clusters/:id/default",
    "POST /admin/clusters/:id/sync": "POST /api/v1/kubernetes/clusters/:id/sync",
    "GET /admin/clusters/:id/strays": "GET /api/v1/kubernetes/clusters/:id/strays",
    "POST /admin/clusters/:id/strays": "DELETE /api/v1/kubernetes/clusters/:id/strays",
    "POST /admin/users/:id/invite": "POST /api/v1/users/:id/invite",
    "POST /admin/users/:id/sign-out": "DELETE /api/v1/users/:id/sessions",
    "GET /admin/audit": "GET /api/v1/audit",
    "GET /admin/audit.csv": CSV,
}
# What admins keep has the same rows for each noun; accounts are never deleted or tested.
for page, api in {"registries": "registries", "gitea": "gitea-servers", "clusters": "kubernetes/clusters", "users": "users"}.items():
    PAGES |= {f"GET /admin/{page}": f"GET /api/v1/{api}", f"POST /admin/{page}": f"POST /api/v1/{api}", f"GET /admin/{page}/new": FORM,
              f"GET /admin/{page}/:id": f"GET /api/v1/{api}/:id", f"POST /admin/{page}/:id": f"PUT /api/v1/{api}/:id"}
    if page != "users":
        PAGES |= {f"GET /admin/{page}/:id/delete": FORM, f"POST /admin/{page}/:id/delete": f"DELETE /api/v1/{api}/:id",
                  f"POST /admin/{page}/:id/test": f"POST /api/v1/{api}/:id/test"}
ROLES = ("PUBLIC", "NEED_LOGIN", "NEED_TEACHER", "NEED_ADMIN")


def role(route):
    return next(n for n, word in enumerate(ROLES) if word in route.guards)


def test_every_page_is_thought_of():
    assert {r.name for r in TABLE.values() if not r.api} == set(PAGES)


@pytest.mark.parametrize("page", [page for page, same in PAGES.items() if "/api/" in same and page != "GET /api"])
def test_whoever_may_use_the_page_may_use_the_api(page):
    """By the guards; handlers ask authorize() for the object alike."""
    for name in PAGES[page].split(", "):
        api = TABLE[name]
        assert role(api) <= role(TABLE[page]) or page == "POST /preferences", f"{name} is for fewer people than {page}"
        if "SCOPE_DEPLOY" in TABLE[page].guards:
            assert "SCOPE_DEPLOY" in api.guards, f"{name} needs another scope than {page}"
