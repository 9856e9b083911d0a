"""What the tests of all pages look at: one object of each kind and state, made when it is first asked for."""
import functools

from stack.demo import COURSE
from stack.journey import wait_for

MAIN = "HYD-301"  # the made-up course of thirty
# The simulated cluster lets one step take 600 s at most, at twenty times the speed: 30 s.
STEPS = ("FROM python:3.11-slim\nWORKDIR /app\nCOPY . .\n" + "".join(f"RUN echo reading-gauge-{n} && sleep 600\n" for n in range(1, 41)) +
         "CMD [\"python3\", \"app.py\"]\n")
NEWCOMER = ("newcomer", "Wilhelmina-Charlotte von und zu Hohenlohe-Waldenburg-Schillingsfürst")


def lazy(method):
    return functools.cached_property(method)


class World:
    def __init__(self, portal):
        self.portal = portal

    def rest(self):
        """Takes back what would be in another test's way; it is made again when it is asked for."""
        if "waiting" in self.__dict__:
            self.portal.stack.portalctl("setting", "set", "build_limit", "4")
        for build in (*self.__dict__.get("waiting", ()), *([self.live] if "live" in self.__dict__ else ())):
            self.portal.client("teacher").api("POST", f"/api/v1/builds/{build}/cancel", {})
        for name in ("live", "waiting", "first_waiting"):
            self.__dict__.pop(name, None)

    def one(self, sql):
        return self.portal.number(sql)

    def slow(self, login, text):
        project = self.portal.new_project(login)
        return self.portal.build_of(project, self.portal.push(project, text, edit=lambda f: (f / "Dockerfile").write_text(STEPS)))

    # --- people and courses -----------------------------------------------------------------------------------------------

    @lazy
    def newcomer(self):
        """An account that stands on no roster, with a long name."""
        login, name = NEWCOMER
        self.portal.stack.portalctl("user", "add", login, "--role", "student", "--name", name, "--password-stdin",
                                    text=self.portal.demo.password(login) + "\n")
        return login

    @lazy
    def course(self):
        return self.one(f"SELECT id FROM courses WHERE code = '{MAIN}'")

    @lazy
    def own_course(self):
        return self.one(f"SELECT id FROM courses WHERE code = '{COURSE[0]}'")

    @lazy
    def left_course(self):
        """The made-up course that somebody leaves: journeys count the people of the main one."""
        return self.one("SELECT id FROM courses WHERE code = 'WRE-210'")

    @lazy
    def empty_course(self):
        """In a course's first hour: nobody is on its roster."""
        self.portal.stack.portalctl("course", "add", "EMPTY-1", "A course that begins tomorrow")
        return self.one("SELECT id FROM courses WHERE code = 'EMPTY-1'")

    @lazy
    def student(self):
        """Somebody of the course with an account and two projects."""
        return self.one(f"SELECT s.id FROM students s JOIN projects p ON p.student_id = s.id WHERE s.course_id = {self.course}"
                        " AND s.user_id IS NOT NULL GROUP BY s.id ORDER BY count(*) DESC, s.id LIMIT 1")

    @lazy
    def student_alone(self):
        """Somebody of the course without an account and without a project."""
        return self.one(f"SELECT id FROM students s WHERE course_id = {self.course} AND NOT EXISTS (SELECT FROM projects p"
                        " WHERE p.student_id = s.id) ORDER BY user_id IS NULL DESC, id LIMIT 1")

    @lazy
    def invitation(self):
        """The code of a link to a first password."""
        admin = self.portal.client("admin")
        made = admin.api("POST", "/api/v1/users", {"login": "invited", "name": "Invited, Nobody Else", "role": "student"})
        return made.json()["invitation_url"].rsplit("/", 1)[1]

    @lazy
    def token(self):
        made = self.portal.client("ali").api("POST", "/api/v1/auth/tokens", {"name": "Nightly report", "scopes": "read", "days": 30})
        assert made.status_code == 201, made.text
        return self.one("SELECT max(id) FROM api_tokens")

    # --- what admins keep ---------------------------------------------------------------------------------------------------

    @lazy
    def registry(self):
        return self.one("SELECT min(id) FROM registries")

    @lazy
    def spare_registry(self):
        """One that nothing uses."""
        self.portal.stack.portalctl("registry", "add", "spare", "spare.registry.example:5000")
        return self.one("SELECT id FROM registries WHERE name = 'spare'")

    @lazy
    def gitea(self):
        admin = self.portal.client("admin")
        assert admin.form("/admin/gitea/new", "/admin/gitea", name="forge", url="http://gitea.example:3000", ssh_host="git.example").status_code == 303
        return self.one("SELECT max(id) FROM gitea_servers")

    @lazy
    def cluster(self):
        return self.one("SELECT min(id) FROM clusters")

    @lazy
    def user(self):
        return self.one("SELECT id FROM users WHERE login = 'mei'")

    @lazy
    def oneself(self):
        return self.one("SELECT id FROM users WHERE login = 'admin'")

    # --- projects ---------------------------------------------------------------------------------------------------------

    @lazy
    def untouched(self):
        """A project that nobody has pushed to."""
        return self.portal.new_project("ali", name="rating-curve")

    @lazy
    def project(self):
        """A project whose application really runs, the second time, with variables of its own."""
        p = self.portal
        project = p.new_project("ali", name="flood-forecast")
        assert p.deployed(p.build_of(project, p.push(project, "Show the level of the river")))[0] == "running"
        ali = p.client("ali")
        for name, value in (("STATION", "Hohenwarthe"), ("SEPARATOR", "; "), ("LIMITS", "low=1.20\nhigh=4.75\nalarm=6.00")):
            ali.form(f"/projects/{project}/variables", "/variables", name=name, value=value)
        assert p.deployed(p.build_of(project, p.push(project, "Draw the hydrograph of the last week, with the thresholds of the alarm plan")))[0] == "running"
        return project

    @lazy
    def stopped(self):
        """A project of the month whose application somebody stopped."""
        return self.one(f"SELECT p.id FROM projects p JOIN students s ON s.id = p.student_id WHERE s.course_id = {self.course}"
                        " AND p.app_state = 'stopped' ORDER BY p.id LIMIT 1")

    @property
    def pod(self):
        """The newest pod of that application: another is about to go, where somebody restarted it."""
        def pods():
            items = self.portal.client("ali").json(f"/api/v1/kubernetes/pods?project_id={self.project}")["items"]
            return sorted((o["created_at"], o["name"]) for o in items)

        return wait_for(pods, 60, "a pod")[-1][1]

    @lazy
    def broken(self):
        """A project whose only build failed."""
        project = self.portal.new_project("mei", name="hydrologic-forecasts-of-the-upper-basin")
        build = self.portal.build_of(project, self.portal.push(project, "第一次提交：洪水预报模型，读取雨量站数据并绘制过程线", broken=True))
        assert self.portal.finish(build)[0] == "failed"
        return project

    @lazy
    def crashing(self):
        """A project whose application ends at its start again and again."""
        p = self.portal
        project = p.new_project("noor", name="sediment")
        p.fault(fault="crash_loop", count=20, selector=f"hydrosim/project-id={project}")
        try:
            p.deployed(p.build_of(project, p.push(project, "Sediment transport")), 120)
        finally:
            p.no_faults()
        return project

    # --- builds and deployments ---------------------------------------------------------------------------------------------

    @lazy
    def live(self):
        """A build that runs for as long as the tests do."""
        build = self.slow("ali", "A model that takes its time")
        self.portal.wait_sql(f"SELECT status = 'running' AND phase = 'building' FROM builds WHERE id = {build}", seconds=60)
        return build

    @lazy
    def waiting(self):
        """Builds that wait behind the live one. What others ask for later would wait, too: it is made before."""
        assert self.project and self.broken and self.crashing
        self.portal.stack.portalctl("setting", "set", "build_limit", "1")
        return [self.slow(login, text) for login, text in (("mei", "等待中的构建：流域汇流计算"), ("noor", "Behind the others"))] if self.live else []

    @lazy
    def first_waiting(self):
        return self.waiting[0]

    @lazy
    def good_build(self):
        return self.one(f"SELECT max(id) FROM builds WHERE project_id = {self.project} AND status = 'success'")

    @lazy
    def bad_build(self):
        return self.one(f"SELECT max(id) FROM builds WHERE project_id = {self.broken}")

    @lazy
    def deployment(self):
        """One that changed something."""
        return self.one(f"SELECT max(id) FROM deployments WHERE project_id = {self.project} AND build_id IS NOT NULL")

    @lazy
    def crash(self):
        return self.one(f"SELECT max(id) FROM deployments WHERE project_id = {self.crashing}")

    def of_month(self, column, table, condition):
        """The newest of the course's rows of which that is true."""
        return self.one(f"SELECT t.{column} FROM {table} t JOIN projects p ON p.id = t.project_id JOIN students s ON s.id = p.student_id"
                        f" WHERE s.course_id = {self.course} AND {condition} ORDER BY t.id DESC LIMIT 1")

    @lazy
    def busy(self):
        """The project of the month with the most builds."""
        return self.one("SELECT project_id FROM builds GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1")

    @lazy
    def month_failed(self):
        return self.of_month("id", "builds", "t.status = 'failed' AND t.reason = 'BUILD_STEP'")

    @lazy
    def month_superseded(self):
        return self.of_month("id", "builds", "t.reason = 'SUPERSEDED'")

    @lazy
    def month_long(self):
        """The build whose log is some 20,000 lines long."""
        return self.one("SELECT id FROM builds ORDER BY log_bytes DESC NULLS LAST LIMIT 1")
