"""A browser without JavaScript and an API client, for tests: signs in, sends forms with their token, reads JSON."""
import html.parser
import urllib.parse
import uuid

import requests

TIMEOUT = 60  # of a sanitized portal on a busy machine, too


class Forms(html.parser.HTMLParser):
    """The forms of a page: action, method and the fields that a browser would send."""

    def __init__(self, text):
        super().__init__()
        self.forms = []
        self.select = self.area = None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        a = dict(attrs)
        if tag == "form":
            self.forms.append({"action": a.get("action", ""), "method": a.get("method", "get").lower(), "fields": {}})
            return
        if tag == "option" and self.select:
            chosen, fields = self.select["chosen"], self.forms[-1]["fields"]
            if "selected" in a or not chosen and self.select["name"] not in fields:
                fields[self.select["name"]] = a.get("value") or ""
            self.select["chosen"] = chosen or "selected" in a
        elif self.forms and tag in ("input", "button", "select", "textarea") and a.get("name"):
            if a.get("type") in ("checkbox", "radio") and "checked" not in a or "disabled" in a:
                return
            if tag == "select":
                self.select = {"name": a["name"], "chosen": False}
            elif tag == "textarea":
                self.area = a["name"]
                self.forms[-1]["fields"][self.area] = ""
            else:
                self.forms[-1]["fields"].setdefault(a["name"], a.get("value") or "")

    def handle_data(self, data):
        if self.area:
            self.forms[-1]["fields"][self.area] += data

    def handle_endtag(self, tag):
        if tag == "textarea" and self.area:
            fields = self.forms[-1]["fields"]
            fields[self.area] = fields[self.area].removeprefix("\n").replace("\n", "\r\n")
            self.area = None
        elif tag == "select":
            self.select = None


class Client:
    """One person's session. `login` is "login:password" or None for nobody."""

    def __init__(self, url, login=None, language="en"):
        self.url = url
        self.http = requests.Session()
        self.http.trust_env = False
        self.http.headers.update({"Accept-Language": language, "Origin": url})
        self.csrf = None
        if login:
            self.login(login)

    def login(self, credentials):
        name, _, password = credentials.partition(":")
        answer = self.http.post(f"{self.url}/api/v1/auth/login", json={"login": name, "password": password}, timeout=TIMEOUT)
        assert answer.status_code == 200, f"login of {name}: {answer.status_code} {answer.text[:300]}"
        self.csrf = answer.json()["csrf_token"]

    def get(self, path, **more):
        more.setdefault("timeout", TIMEOUT)
        more.setdefault("allow_redirects", False)
        return self.http.get(self.url + path, **more)

    def json(self, path, status=200):
        answer = self.get(path)
        assert answer.status_code == status, f"GET {path}: {answer.status_code} {answer.text[:300]}"
        return answer.json()

    def api(self, method, path, body=None, headers=None, csrf=True):
        """A JSON request of the session, with its token unless csrf is False."""
        headers = dict(headers or {})
        if csrf and self.csrf:
            headers["X-CSRF-Token"] = self.csrf
        return self.http.request(method, self.url + path, json=body, headers=headers, timeout=TIMEOUT, allow_redirects=False)

    def forms(self, path):
        answer = self.get(path)
        assert answer.status_code == 200, f"GET {path}: {answer.status_code} {answer.text[:300]}"
        return Forms(answer.text).forms

    def form(self, page, action, **changes):
        """Sends the form of a page whose action ends with `action` ("": the form that posts to the page itself), as a browser would;
        the answer (mostly 303)."""
        for form in self.forms(page):
            path = urllib.parse.urlsplit(form["action"]).path
            if form["method"] == "post" and (path.endswith(action) if action else not path):
                fields = {**form["fields"], **changes}
                target = urllib.parse.urljoin(self.url + page, form["action"])
                return self.http.post(target, data=fields, timeout=TIMEOUT, allow_redirects=False)
        raise AssertionError(f"no form {action} on {page}")

    def post(self, path, **fields):
        """A bare form's POST with the session's token."""
        return self.http.post(self.url + path, data={"csrf": self.csrf or "", "idempotency_key": str(uuid.uuid4()), **fields}, timeout=TIMEOUT,
                              allow_redirects=False)
