"""What a student and a teacher do in a browser: in both languages, with and without JavaScript, on a phone, by keyboard."""
import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

STEPS = "FROM python:3.11-slim\n" + "".join(f"RUN echo step-{n} && sleep 20\n" for n in range(8))


def sign_in(browser, login):
    name, _, password = browser.portal.demo.credentials(login).partition(":")
    browser.open("/login")
    browser.driver.find_element(By.NAME, "login").send_keys(name)
    browser.driver.find_element(By.NAME, "password").send_keys(password, Keys.ENTER)
    WebDriverWait(browser.driver, 10).until(lambda d: not d.current_url.endswith("/login"))


def text(browser):
    return browser.driver.find_element(By.TAG_NAME, "body").text


def wait_text(browser, wanted, seconds=60, reload=False):
    def look(driver):
        if reload:
            driver.refresh()
        return wanted in driver.find_element(By.TAG_NAME, "body").text

    WebDriverWait(browser.driver, seconds, 0.5).until(look, f"the page does not say {wanted!r}:\n{text(browser)[:2000]}")


def submit(browser, action):
    """Presses the button of the form whose action ends so."""
    browser.driver.find_element(By.CSS_SELECTOR, f'form[action$="{action}"] button, form button[formaction$="{action}"]').click()


def state_of(browser, project):
    return browser.driver.find_element(By.CSS_SELECTOR, f'[data-project="{project}"]').text.lower()


@pytest.mark.parametrize("language, javascript", [("en", True), ("zh-CN", True), ("en", False), ("zh-CN", False)])
def test_a_student_watches_a_build(portal, browse, language, javascript):
    project = portal.new_project("ali")
    browser = browse(language=language, javascript=javascript)
    sign_in(browser, "ali")
    kind = f"student-{language[:2]}-{'js' if javascript else 'plain'}"
    browser.open(f"/projects/{project}")
    browser.shot(f"{kind}-project")
    html = browser.driver.find_element(By.TAG_NAME, "html")
    assert html.get_attribute("lang").startswith(language[:2])
    sha = portal.push(project, "Watched in a browser", edit=lambda f: (f / "Dockerfile").write_text(STEPS))
    build = portal.build_of(project, sha)
    browser.open(f"/builds/{build}")
    wait_text(browser, "step-1", reload=not javascript)
    browser.shot(f"{kind}-running")
    wait_text(browser, "step-7", reload=not javascript)
    assert portal.finish(build)[0] == "success"
    assert portal.deployed(build)[0] == "running"
    if javascript:
        WebDriverWait(browser.driver, 20).until(lambda d: d.find_elements(By.CSS_SELECTOR, ".head .badge.is-success"))
    browser.open(f"/builds/{build}")
    browser.shot(f"{kind}-built")
    browser.open(f"/projects/{project}")
    assert portal.stack.app_host(project) in browser.driver.page_source
    browser.shot(f"{kind}-running-application")
    assert browser.complaints() == []


@pytest.mark.parametrize("javascript", [True, False])
def test_a_teacher_controls_an_application(portal, browse, javascript):
    project = portal.new_project("mei")
    build = portal.build_of(project, portal.push(project, "For the teacher"))
    assert portal.deployed(build, 90)[0] == "running"
    browser = browse(javascript=javascript)
    sign_in(browser, "teacher")
    browser.open("/")
    browser.shot(f"teacher-home-{'js' if javascript else 'plain'}")
    browser.open(f"/projects/{project}")
    submit(browser, "/stop")
    portal.wait_sql(f"SELECT app_state FROM projects WHERE id = {project}", "stopped", 60)
    browser.open(f"/projects/{project}")
    browser.shot(f"teacher-stopped-{'js' if javascript else 'plain'}")
    submit(browser, "/start")
    portal.wait_sql(f"SELECT app_state FROM projects WHERE id = {project}", "running", 60)
    browser.open(f"/projects/{project}")
    submit(browser, "/restart")
    portal.wait_sql(f"SELECT count(*) FROM deployments WHERE project_id = {project} AND action = 'restart' AND state = 'running'", "1", 60)
    assert browser.complaints() == []


def test_on_a_phone_nothing_is_wider_than_the_screen(portal, browse, project):
    build = portal.build_of(project, portal.push(project, "On a phone"))
    portal.finish(build)
    browser = browse(width=390, height=844)
    sign_in(browser, "ali")
    for path in ("/", f"/projects/{project}", f"/builds/{build}", f"/projects/{project}/builds"):
        browser.open(path)
        width, screen = browser.driver.execute_script("return [document.documentElement.scrollWidth, window.innerWidth]")
        assert width <= screen, f"{path}: {width} > {screen}"
        browser.shot(f"phone{path.replace('/', '-')}")


def test_every_control_has_a_name(portal, browse, project):
    build = portal.build_of(project, portal.push(project, "By ear"))
    portal.finish(build)
    browser = browse()
    sign_in(browser, "teacher")
    for path in ("/", f"/projects/{project}", f"/builds/{build}"):
        browser.open(path)
        nameless = browser.driver.execute_script("""
            return [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea')].filter(e => e.offsetParent &&
                !(e.innerText || (e.closest('details:not([open])') ? e.textContent : '')).trim() && !e.getAttribute('aria-label') && !e.title && !(e.labels && e.labels.length) &&
                !e.value).map(e => e.outerHTML)""")
        assert nameless == [], path
        assert len(browser.driver.find_elements(By.TAG_NAME, "h1")) == 1, path
        assert browser.driver.find_elements(By.TAG_NAME, "main"), path
