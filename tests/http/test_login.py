"""Signing in, sessions, and the proof that a form came from the portal's own page."""
import concurrent.futures
import urllib.parse
import uuid

import pytest

from stack.answers import LANGUAGES
from stack.client import TIMEOUT, Client, Forms
from stack.pages import Page
from stack.routes import catalogue


@pytest.fixture
def person(portal):
    """A fresh account: login and password."""
    login = f"p{uuid.uuid4().hex[:12]}"
    password = "correct horse battery"
    portal.stack.portalctl("user", "add", login, "--role", "student", "--name", "Somebody", "--password-stdin", text=password + "\n")
    return login, password


def sign_in(portal, login, password, **more):
    client = Client(portal.url, **more)
    form = next(f for f in client.forms("/login") if "password" in f["fields"])
    answer = client.http.post(portal.url + "/login", data={**form["fields"], "login": login, "password": password}, timeout=TIMEOUT,
                              allow_redirects=False)
    return client, answer


def test_form_signs_in_and_out(portal, person):
    client, answer = sign_in(portal, *person)
    assert answer.status_code == 303, answer.text[:300]
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/" in cookie
    home = client.get("/", allow_redirects=True)
    assert home.status_code == 200
    kept = dict(client.http.cookies)
    page = client.http.get(portal.url + "/", timeout=TIMEOUT)
    form = next(f for f in Forms(page.text).forms if f["action"].endswith("/logout"))
    assert client.http.post(portal.url + "/logout", data=form["fields"], timeout=TIMEOUT, allow_redirects=False).status_code == 303
    again = Client(portal.url)
    again.http.cookies.update(kept)
    assert again.api("GET", "/api/v1/auth/me").status_code == 401


@pytest.mark.parametrize("login, password", [("nobody-there", "correct horse battery"), (None, "wrong password 123"), ("", ""), (None, ""),
                                             ("'; DROP TABLE users; --", "x"), ("x" * 5000, "y" * 5000), ("a\u0000b", "c")])
def test_wrong_credentials_are_one_answer(portal, person, login, password):
    client, answer = sign_in(portal, person[0] if login is None else login, password)
    assert 400 <= answer.status_code < 500
    assert client.api("GET", "/api/v1/auth/me").status_code == 401


def test_a_session_is_new_after_signing_in(portal, person):
    client = Client(portal.url)
    client.http.cookies.set("session", "a" * 43)
    answer = client.api("POST", "/api/v1/auth/login", {"login": person[0], "password": person[1]})
    assert answer.status_code == 200 and "a" * 43 not in answer.headers["Set-Cookie"]


def test_failures_are_limited_and_a_good_password_waits_too(portal, person):
    codes = []
    for _ in range(25):
        answer = Client(portal.url).api("POST", "/api/v1/auth/login", {"login": person[0], "password": "wrong password"})
        codes.append(answer.status_code)
        if answer.status_code == 429:
            assert int(answer.headers["Retry-After"]) > 0
            break
    assert codes[-1] == 429 and codes[0] == 401, codes
    # Another account is not locked out by it.
    assert portal.client("teacher", fresh=True).json("/api/v1/auth/me")
    portal.sql(f"DELETE FROM login_failures")


def test_many_logins_at_once_do_not_stop_the_portal(portal, person):
    def one(_):
        return Client(portal.url).api("POST", "/api/v1/auth/login", {"login": person[0], "password": person[1]}).status_code

    with concurrent.futures.ThreadPoolExecutor(24) as pool:
        codes = set(pool.map(one, range(48)))
    assert codes <= {200, 429, 503}, codes
    assert portal.client().get("/health").status_code == 200


def test_disabled_people_are_out_at_once(portal, person):
    client = Client(portal.url, f"{person[0]}:{person[1]}")
    assert client.json("/api/v1/auth/me")
    portal.stack.portalctl("user", "disable", person[0])
    assert client.api("GET", "/api/v1/auth/me").status_code == 401


def test_next_leads_only_home(portal, person):
    for target in ("//evil.invalid/", "https://evil.invalid/", "/\\evil.invalid", "javascript:alert(1)"):
        client = Client(portal.url)
        form = next(f for f in Forms(client.get("/login", params={"next": target}).text).forms if "password" in f["fields"])
        answer = client.http.post(portal.url + "/login", data={**form["fields"], "login": person[0], "password": person[1], "next": target},
                                  timeout=TIMEOUT, allow_redirects=False)
        assert answer.status_code in (303, 400, 422), answer.status_code
        assert "evil" not in answer.headers.get("Location", "") and "javascript" not in answer.headers.get("Location", "")


# --- a form that comes after the session's end ---------------------------------------------------------------------------------


def late_form(portal, project, path, **headers):
    """A form's POST whose session has ended: the browser, and where it is led."""
    client = Client(portal.url)
    client.http.cookies.set("session", "0" * 64)
    answer = client.http.post(portal.url + path.format(project), data={"csrf": "0" * 128, "branch": "other"}, timeout=60, allow_redirects=False,
                              headers={name: value.format(portal.url) for name, value in headers.items()})
    assert answer.status_code == 303, answer.text[:300]
    return client, answer.headers["Location"]


def next_of(location):
    return urllib.parse.parse_qs(urllib.parse.urlsplit(location).query).get("next", [None])[0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_form_sent_too_late_says_so_and_leads_back(portal, project, person, language):
    before = portal.sql(f"SELECT branch, version FROM build_configs WHERE project_id = {project}")
    form = f"/projects/{project}/config"
    client, location = late_form(portal, project, form, Referer=f"{portal.url}{form}?from=here", Origin=portal.url)
    assert location.startswith("/login?") and next_of(location) == f"{form}?from=here"
    said = catalogue(language)["notice.not_saved"]
    client.http.headers["Accept-Language"] = language
    page = Page(client.get(location).text)
    assert page.texts["notice"] == said and page.language == LANGUAGES[language]
    fields = next(f for f in page.forms if "password" in f.controls).fields()
    assert said not in Page(client.get(location).text).words, "it is said once"
    signed_in = client.http.post(portal.url + "/login", data={**fields, "login": person[0], "password": person[1]}, timeout=60,
                                 allow_redirects=False)
    assert signed_in.status_code == 303 and signed_in.headers["Location"] == f"{form}?from=here"
    assert portal.sql(f"SELECT branch, version FROM build_configs WHERE project_id = {project}") == before


@pytest.mark.parametrize("referer, expected", [
    ("{}/projects/7/restart", "/projects/7"),  # where the form stood again after an error: its own address is none to go to
    ("{}/projects?q=%E6%B0%B4&state=running", "/projects?q=%E6%B0%B4&state=running"),
    ("{}/", None), ("{}", None), ("{}/login?next=/me", None), ("{}/logout", None), ("{}/%0d%0aX-Evil:1", None), ("{}//evil.invalid/", None),
    ("{}/\\evil.invalid/", None), ("{}?/projects/7", None), ("{}#/projects/7", None), ("{}/projects?x=" + "x" * 3000, None), ("", None),
])
def test_a_form_sent_too_late_leads_only_home(portal, project, referer, expected):
    client, location = late_form(portal, project, "/projects/{}/config", Referer=referer)
    assert urllib.parse.urlsplit(location).path == "/login" and next_of(location) == expected
    assert client.http.cookies["notice"] == "notice.not_saved"


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.invalid"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"},
                                     {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.invalid", "Referer": "{}/projects/7"},
                                     *({"Referer": referer} for referer in (
                                         "https://evil.invalid/projects/7", "{}.evil.invalid/projects/7", "{}@evil.invalid/projects/7",
                                         "https://evil.invalid/?{}/projects/7", "https://evil.invalid#{}/projects/7", "//evil.invalid/projects/7",
                                         "/projects/7", "javascript:alert(1)//", "data:text/html,x", "http://"))])
def test_another_sites_form_gains_nothing(portal, project, headers):
    client, location = late_form(portal, project, "/projects/{}/config", **headers)
    assert location == "/login" and "notice" not in client.http.cookies


def test_signing_out_twice_loses_nothing(portal, project):
    client, location = late_form(portal, project, "/logout", Referer="{}/projects/7")
    assert location == "/login" and "notice" not in client.http.cookies


# --- the token of forms ------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("case, allowed", [("good", True), ("none", False), ("empty", False), ("other", False), ("cut", False),
                                           ("foreign origin", False), ("cross site", False)])
def test_forms_need_their_token(portal, project, case, allowed):
    ali = portal.client("ali")
    sha = portal.push(project, "Before the form")
    portal.build_of(project, sha)
    token = {"good": ali.csrf, "none": None, "empty": "", "other": portal.client("mei").csrf, "cut": ali.csrf[:-1]}.get(case, ali.csrf)
    headers = {"foreign origin": {"Origin": "https://evil.invalid"}, "cross site": {"Sec-Fetch-Site": "cross-site"}}.get(case, {})
    answer = ali.http.post(portal.url + "/preferences", data={} if token is None else {"csrf": token}, headers=headers,
                           timeout=TIMEOUT, allow_redirects=False)
    api = ali.api("POST", f"/api/v1/projects/{project}/deploy", {}, csrf=False,
                  headers={**headers, **({} if token is None else {"X-CSRF-Token": token})})
    # JSON cannot be sent by another site's form, and its scripts are asked for their origin first: the token is for forms.
    assert (api.status_code != 403) == (not headers), (api.status_code, api.text[:300])
    assert (answer.status_code != 403) == allowed, answer.status_code


def test_plain_text_json_is_no_way_around(portal, project):
    """A form of another site can send text/plain that looks like JSON."""
    ali = portal.client("ali")
    answer = ali.http.post(f"{portal.url}/api/v1/projects/{project}/deploy", data='{"x":1}', headers={"Content-Type": "text/plain"}, timeout=TIMEOUT)
    assert answer.status_code in (403, 415)
