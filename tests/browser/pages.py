"""The pages that the tests look at: an example of every address of the table of routes, and the states that have no address."""
import dataclasses
import json
import subprocess
from collections.abc import Callable

from stack.paths import build_dir


@dataclasses.dataclass(frozen=True)
class Page:
    """`way` is an address, or leads a window there; {name} in it is the world's attribute of that name."""
    name: str
    who: str | None
    way: str | Callable
    titled: bool = True  # no other page has its title
    known: str = ""  # words of the console that belong to it

    def go(self, window, world):
        window.become(self.who and fill(self.who, world))
        if callable(self.way):
            self.way(window, world)
        else:
            window.open(fill(self.way, world))


def fill(way, world):
    parts = way.split("{")
    return parts[0] + "".join(str(getattr(world, part.split("}")[0])) + part.split("}")[1] for part in parts[1:])


NO_PAGE = None  # an address that answers with something else than a page

# Every GET address that is not of the API, with examples; the first one is the page as it mostly is.
ROUTES = {
    "/login": [Page("sign-in", None, "/login")],
    "/health": [Page("health", None, "/health")],
    "/invite/:code": [
        Page("invitation", None, "/invite/{invitation}"),
        Page("invitation-unknown", None, "/invite/" + 48 * "0", titled=False, known="404"),
    ],
    "/account": [Page("account", "{newcomer}", "/account"), Page("account-with-token", "ali", lambda w, world: world.token and w.open("/account"), titled=False)],
    "/account/tokens/new": [Page("token-new", "ali", "/account/tokens/new")],
    "/account/tokens/:id/revoke": [Page("token-revoke", "ali", "/account/tokens/{token}/revoke")],
    "/api": [Page("api", "ali", "/api"), Page("api-builds", "ali", "/api?of=builds"), Page("api-objects", "ali", "/api?of=objects")],
    "/auth/stream": NO_PAGE,
    "/": [Page("home-teacher", "teacher", "/", titled=False), Page("home-student", "ali", lambda w, world: world.project and world.untouched and w.open("/"), titled=False)],
    "/me": [Page("mine", "ali", "/me"), Page("mine-none", "{newcomer}", "/me", titled=False)],
    "/courses": [Page("courses", "teacher", "/courses"), Page("courses-archived", "teacher", "/courses?archived=1")],
    "/courses/new": [Page("course-new", "teacher", "/courses/new")],
    "/courses/:id/edit": [Page("course-edit", "teacher", "/courses/{course}/edit")],
    "/courses/:id/import": [Page("roster-import", "teacher", "/courses/{course}/import")],
    "/courses/:id/invite": [Page("course-invite", "teacher", "/courses/{own_course}/invite"), Page("course-invite-nobody", "teacher", "/courses/{empty_course}/invite")],
    "/courses/:id/students/new": [Page("student-new", "teacher", "/courses/{course}/students/new")],
    "/courses/:id": [
        Page("course", "teacher", "/courses/{course}"),
        Page("course-empty", "teacher", "/courses/{empty_course}"),
        Page("course-chosen", "teacher", "/courses/{course}?all=1&sort=-name&build=failed", titled=False),
        Page("course-nothing-found", "teacher", "/courses/{course}?q=nobody-of-this-name", titled=False),
    ],
    "/students/:id": [Page("student", "teacher", "/students/{student}"), Page("student-alone", "teacher", "/students/{student_alone}")],
    "/students/:id/edit": [Page("student-edit", "teacher", "/students/{student}/edit")],
    "/students/:id/projects/new": [Page("project-new", "teacher", "/students/{student}/projects/new")],
    "/students/:id/remove": [Page("student-remove", "teacher", "/students/{student}/remove")],
    "/projects": [Page("projects", "teacher", "/projects"), Page("projects-nothing-found", "teacher", "/projects?q=zzz&state=failed", titled=False)],
    "/projects/:id": [
        Page("project-untouched", "ali", "/projects/{untouched}"),
        Page("project", "ali", "/projects/{project}"),
        Page("project-broken", "mei", "/projects/{broken}"),
        Page("project-crashing", "noor", "/projects/{crashing}"),
        Page("project-of-teacher", "teacher", "/projects/{project}", titled=False),
    ],
    "/projects/:id/delete": [Page("project-delete", "teacher", "/projects/{project}/delete")],
    "/projects/:id/move": [Page("project-move", "teacher", "/projects/{project}/move")],
    "/projects/:id/builds": [
        Page("builds", "ali", "/projects/{project}/builds"),
        Page("builds-none", "ali", "/projects/{untouched}/builds"),
        Page("builds-of-month", "teacher", "/projects/{busy}/builds"),
        Page("builds-nothing-found", "ali", "/projects/{project}/builds?status=cancelled", titled=False),
    ],
    "/projects/:id/deployments": [
        Page("deployments", "ali", "/projects/{project}/deployments"),
        Page("deployments-none", "ali", "/projects/{untouched}/deployments"),
        Page("deployments-of-month", "teacher", "/projects/{busy}/deployments"),
    ],
    "/projects/:id/log": [
        Page("app-log", "ali", "/projects/{project}/log"),
        Page("app-log-crashing", "noor", "/projects/{crashing}/log"),
        Page("app-log-none", "ali", "/projects/{untouched}/log"),
    ],
    "/projects/:id/pods/:name": [Page("pod", "ali", "/projects/{project}/pods/{pod}")],
    "/projects/:id/variables": [
        Page("variables", "ali", "/projects/{project}/variables"),
        Page("variables-none", "ali", "/projects/{untouched}/variables"),
    ],
    "/projects/:id/config": [Page("config-student", "ali", "/projects/{project}/config"), Page("config-teacher", "teacher", "/projects/{broken}/config")],
    "/projects/:id/access": [
        Page("access", "ali", "/projects/{project}/access"),
        Page("access-untouched", "ali", "/projects/{untouched}/access"),
    ],
    "/projects/:id/key": [Page("key-new", "ali", "/projects/{project}/key")],
    "/projects/:id/secret": [Page("secret-new", "ali", "/projects/{project}/secret")],
    "/deployments/:id": [
        Page("deployment", "ali", "/deployments/{deployment}"),
        Page("deployment-crashing", "noor", "/deployments/{crash}"),
    ],
    "/builds/:id": [
        Page("build", "ali", "/builds/{good_build}"),
        Page("build-failed", "mei", "/builds/{bad_build}"),
        Page("build-of-month", "teacher", "/builds/{month_failed}"),
        Page("build-long-log", "teacher", "/builds/{month_long}"),
        Page("build-superseded", "teacher", "/builds/{month_superseded}"),
        Page("build-searched", "ali", "/builds/{good_build}?q=app", titled=False),
        Page("build-errors-alone", "mei", "/builds/{bad_build}?level=error", titled=False),
        Page("build-running", "ali", "/builds/{live}"),
        Page("build-waiting", "mei", "/builds/{first_waiting}"),
    ],
    "/builds/:id/log": NO_PAGE,
    "/queue": [Page("queue-empty", "teacher", "/queue", titled=False), Page("queue", "teacher", lambda w, world: world.waiting and w.open("/queue"))],
    "/failures": [
        Page("failures", "teacher", "/failures?days=30"),
        Page("failures-of-reason", "teacher", "/failures?days=30&reason=BUILD_STEP", titled=False),
        Page("failures-none", "teacher", "/failures?days=1&course_id={empty_course}", titled=False),
    ],
    "/statistics": [
        Page("statistics", "teacher", "/statistics"),
        Page("statistics-year-of-course", "teacher", "/statistics?days=365&course_id={course}", titled=False),
        Page("statistics-none", "teacher", "/statistics?course_id={empty_course}", titled=False),
    ],
    "/statistics.csv": NO_PAGE,
    "/clusters": [Page("clusters", "teacher", "/clusters", titled=False)],
    "/clusters/:id/:kind": [
        Page("resources", "admin", "/clusters/{cluster}/pods", titled=False),
        Page("resources-of-student", "ali", "/clusters/{cluster}/deployments", titled=False),
    ],
    "/clusters/:id/:kind/:name": [Page("resource", "admin", "/clusters/{cluster}/deployments/prj-{project}")],
    "/clusters/:id/new/:kind": [Page("resource-new", "admin", "/clusters/{cluster}/new/configmaps")],
    "/clusters/:id/:kind/:name/change": [Page("resource-change", "admin", "/clusters/{cluster}/deployments/prj-{project}/change")],
    "/clusters/:id/:kind/:name/:act": [Page("resource-delete", "admin", "/clusters/{cluster}/pods/{pod}/delete")],
    "/admin": [Page("admin-system", "admin", "/admin")],
    "/admin/settings": [Page("admin-settings", "admin", "/admin/settings")],
    "/admin/settings/pod-security": [Page("admin-pod-security", "admin", lambda w, world: world.project and w.open("/admin/settings/pod-security"))],
    "/admin/registries": [Page("admin-registries", "admin", "/admin/registries")],
    "/admin/registries/new": [Page("admin-registry-new", "admin", "/admin/registries/new")],
    "/admin/registries/:id": [Page("admin-registry", "admin", "/admin/registries/{registry}")],
    "/admin/registries/:id/delete": [
        Page("admin-registry-delete", "admin", "/admin/registries/{spare_registry}/delete"),
        Page("admin-registry-delete-used", "admin", "/admin/registries/{registry}/delete", titled=False),
    ],
    "/admin/gitea": [Page("admin-gitea", "admin", "/admin/gitea")],
    "/admin/gitea/new": [Page("admin-gitea-new", "admin", "/admin/gitea/new")],
    "/admin/gitea/:id": [Page("admin-gitea-server", "admin", "/admin/gitea/{gitea}")],
    "/admin/gitea/:id/delete": [Page("admin-gitea-delete", "admin", "/admin/gitea/{gitea}/delete")],
    "/admin/clusters": [Page("admin-clusters", "admin", "/admin/clusters")],
    "/admin/clusters/new": [Page("admin-cluster-new", "admin", "/admin/clusters/new")],
    "/admin/clusters/:id": [Page("admin-cluster", "admin", "/admin/clusters/{cluster}")],
    "/admin/clusters/:id/delete": [Page("admin-cluster-delete", "admin", "/admin/clusters/{cluster}/delete")],
    "/admin/clusters/:id/strays": [Page("admin-strays", "admin", "/admin/clusters/{cluster}/strays")],
    "/admin/users": [Page("admin-users", "admin", "/admin/users"), Page("admin-users-nobody-found", "admin", "/admin/users?q=zzzz", titled=False)],
    "/admin/users/new": [Page("admin-user-new", "admin", "/admin/users/new")],
    "/admin/users/:id": [Page("admin-user", "admin", "/admin/users/{user}"), Page("admin-user-oneself", "admin", "/admin/users/{oneself}")],
    "/admin/audit": [
        Page("admin-audit", "admin", "/admin/audit"),
        Page("admin-audit-nothing-found", "admin", "/admin/audit?q=zzzz", titled=False),
    ],
    "/admin/audit.csv": NO_PAGE,
}


# --- what has no address -------------------------------------------------------------------------------------------------------


def refused(window, world):
    window.open("/login").write("login", "ali")
    window.write("password", "not-the-password")
    window.press(window.button(window.one("main button").text))


def form_with_errors(way, **fields):
    """A form that is sent with what it refuses."""
    def go(window, world):
        window.open(fill(way, world))
        for name, text in fields.items():
            field = window.write(name, text)
        window.press(window.ask("return arguments[0].form.querySelector('button')", field))

    return go


def images_asked(window, world):
    """The settings ask before images that are not known may not run as root any more."""
    assert world.project
    window.open("/admin/settings").choose("pod_security", "restricted")
    window.press(window.one("main form .primary"))


def roster(confirmed):
    def go(window, world):
        year = "2031" if confirmed else "2032"
        year += "1" if window.language == "en" else "2"
        lines = (f"number,name,login\n{year}01,Ana Krešimirović,\n{year}02,欧阳修远,ouyang-{year}\n{year}02,The same number,\n,Without a number,\n"
                 f"{year}03,\"Name, with a comma\",\n")
        window.open(f"/courses/{world.own_course}/import").write("text", lines)
        window.press(window.one("main .primary"))
        if confirmed:
            window.press(window.one("main .primary"))

    return go


def many(confirmed):
    def go(window, world):
        chosen = [world.project, world.broken, world.untouched]
        window.open(f"/courses/{world.own_course}")
        for project in chosen:
            window.ask("document.querySelector(arguments[0]).click()", f'input[name=project][value="{project}"]')  # its row may be replaced any time
        window.press(window.one('button[name=action][value="restart"]'))
        if confirmed:
            window.press(window.one("main form .primary"))

    return go


def configuration_tested(window, world):
    window.open(f"/projects/{world.project}/config").write("dockerfile_path", "deploy/Dockerfile")
    window.press(window.one("main button[formaction]"))


def secret_shown(window, world):
    window.open(f"/projects/{world.untouched}/secret").press(window.one("main .danger"))


def variable_set(window, world):
    window.open(f"/projects/{world.project}/variables").write("name", "STATION")
    window.write("value", "Hohenwarthe")
    window.send("/variables")


def token_made(window, world):
    window.open("/account/tokens/new").write("name", "From my own machine")
    window.press(window.one("main .primary"))


def student_invited(window, world):
    """A link to a first password, shown once."""
    window.open(f"/students/{world.student}").send("/invite")


def tested(address):
    """A connection that is tried; what it says of each step."""
    return lambda window, world: window.open(fill(address, world)).send("/test")


def left(window, world):
    """The page of a student who is off the roster."""
    portal = world.portal
    student = portal.number(f"SELECT id FROM students WHERE course_id = {world.left_course} AND left_at IS NULL ORDER BY id DESC LIMIT 1")
    window.open(f"/students/{student}/remove")
    window.press(window.one("main .danger"))
    window.open(f"/students/{student}")


def forged(window, world):
    window.open("/courses/new")
    window.ask("for (const field of document.querySelectorAll('main [name=csrf]')) field.value = '0'.repeat(64)")
    window.press(window.one("main .primary"))


def too_large(window, world):
    table = window.downloads / "too-large.csv"
    table.write_text("2026001,Somebody\n" * 200_000)
    window.open(f"/courses/{world.course}/import").one("[name=file]").send_keys(str(table))
    window.press(window.one("main .primary"))
    table.unlink()


STATES = [
    Page("error-403", "teacher", forged, titled=False, known="403"),
    Page("error-413", "teacher", too_large, titled=False, known="413"),
    Page("error-422", "teacher", "/projects?state=nonsense", titled=False, known="422"),
    Page("sign-in-refused", None, refused, titled=False, known="401"),
    Page("error-404", "ali", "/no/such/page", known="404"),
    Page("error-404-of-nginx", None, "/static/no-such-file.css", known="404", titled=False),
    Page("course-edit-errors", "teacher", form_with_errors("/courses/{empty_course}/edit", code="not a code", name=""), titled=False, known="422"),
    Page("student-edit-errors", "teacher", form_with_errors("/students/{student}/edit", number="", login="Not A Login"), titled=False, known="422"),
    Page("config-errors", "ali", form_with_errors("/projects/{project}/config", branch="..", dockerfile_path="/etc/passwd"), titled=False, known="422"),
    Page("variables-errors", "ali", form_with_errors("/projects/{project}/variables", name="1 NAME"), titled=False, known="422"),
    Page("roster-empty", "teacher", form_with_errors("/courses/{course}/import", project="Not A Slug"), titled=False, known="422"),
    Page("roster-preview", "teacher", roster(False), titled=False),
    Page("roster-done", "teacher", roster(True), titled=False),
    Page("many-asked", "teacher", many(False), titled=False),
    Page("many-done", "teacher", many(True), titled=False),
    Page("config-tested", "ali", configuration_tested, titled=False),
    Page("secret-shown", "ali", secret_shown, titled=False),
    Page("variable-set", "ali", variable_set, titled=False),
    Page("account-errors", "ali", form_with_errors("/account", timezone="Mars/Olympus"), titled=False, known="422"),
    Page("token-made", "ali", token_made, titled=False),
    Page("student-invited", "teacher", student_invited, titled=False),
    Page("admin-settings-errors", "admin", form_with_errors("/admin/settings", build_limit="none", base_domain="Not A Domain"), titled=False, known="422"),
    Page("admin-settings-asks", "admin", images_asked, titled=False, known="422"),
    Page("admin-registry-errors", "admin", form_with_errors("/admin/registries/new", name="", address="http://two words"), titled=False, known="422"),
    Page("admin-registry-tested", "admin", tested("/admin/registries/{registry}"), titled=False),
    Page("admin-cluster-tested", "admin", tested("/admin/clusters/{cluster}"), titled=False),
    Page("student-left", "teacher", left, titled=False),
    Page("project-stopped", "teacher", "/projects/{stopped}", titled=False),
]


def routes():
    """The table of routes as portal-web prints it: patterns of GET that are not of the API."""
    table = json.loads(subprocess.run([build_dir() / "portal-web", "--routes"], stdout=subprocess.PIPE, check=True).stdout)
    return [row["pattern"] for row in table if row["method"] == "GET" and not row["pattern"].startswith("/api/")]


def all_pages():
    return [page for pages in ROUTES.values() if pages for page in pages] + STATES
