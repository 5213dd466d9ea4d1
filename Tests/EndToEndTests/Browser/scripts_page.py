"""Uses the page of a bucket's scripts in headless Chromium as a reader would, with mouse and keys.

scripts_page.py URL [FOLDER]: the address of a server without a rate limit, and a folder for pictures of the page.
Prints "done". A step that fails ends it with 1, and prints what was on the page and what the browser said.
"""

import base64
import json
import signal
import sys
import traceback
import urllib.parse
import urllib.request

from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support import expected_conditions
from selenium.webdriver.support.wait import WebDriverWait

SECONDS_MAX = 10
# Of all steps together.
TOTAL_SECONDS_MAX = 100
KEY = "supersecret"


class Server:
    """What is asked of the server beside the page."""

    def __init__(self, url):
        self.url = url

    def send(self, method, path, body=None, key=None):
        request = urllib.request.Request(self.url + path, data=body and body.encode(), method=method)
        if key is not None:
            request.add_header("Authorization", "Basic " + base64.b64encode(f"{key}:".encode()).decode())
        with urllib.request.urlopen(request, timeout=SECONDS_MAX) as response:
            return response.read().decode()

    def make_bucket(self, **settings):
        return self.send("POST", "/", urllib.parse.urlencode({"email": "user@example.com", **settings}))


class Page:
    """The page in a browser."""

    def __init__(self):
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        # Root has no sandbox of its own, and a container's /dev/shm is small.
        for argument in ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]:
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
        self.log = []
        self.requests = []

    def show(self, width, height, scheme="light"):
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})

    def find(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def count(self, selector):
        return len(self.driver.find_elements(By.CSS_SELECTOR, selector))

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def text(self, selector):
        return self.find(selector).text

    def style(self, selector, property):
        return self.find(selector).value_of_css_property(property)

    def is_shown(self, selector):
        return self.find(selector).is_displayed()

    def value(self, selector):
        return self.find(selector).get_property("value")

    def click(self, selector):
        element = self.find(selector)
        # The driver would scroll it under what stays at the bottom.
        self.run("arguments[0].scrollIntoView({block: 'center'})", element)
        element.click()

    def press(self, *keys, control=None):
        """Presses keys one after the other where the focus is."""
        actions = webdriver.ActionChains(self.driver)
        if control is not None:
            actions.key_down(control)
        actions.send_keys(*keys)
        if control is not None:
            actions.key_up(control)
        actions.perform()

    def write(self, selector, text):
        """Replaces what a field has, as a paste does."""
        self.click(selector)
        self.press("a", control=Keys.CONTROL)
        self.run("document.execCommand('insertText', false, arguments[0])", text)

    def focus(self):
        return self.run("return document.activeElement.id")

    def wait(self, condition):
        """Until it is met; what it raises until then counts as not."""
        WebDriverWait(self.driver, SECONDS_MAX, 0.02, [WebDriverException]).until(lambda _: condition())

    def wait_for(self, selector, text):
        self.wait(lambda: text in self.text(selector))

    def answer_question(self, text, accepts):
        question = WebDriverWait(self.driver, SECONDS_MAX, 0.02).until(expected_conditions.alert_is_present())
        assert text in question.text, question.text
        question.accept() if accepts else question.dismiss()

    def sign_in(self, key):
        self.find("#key").send_keys(key, Keys.ENTER)

    def read_log(self):
        """Keeps what the browser said and sent since the last time."""
        self.log += self.driver.get_log("browser")
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                self.requests.append(message["params"]["request"])

    def complaints(self):
        """What the browser said, other than that a request was refused."""
        self.read_log()
        return [entry["message"] for entry in self.log if entry["source"] != "network"]

    def overflow(self):
        """By how many pixels the page is wider than the window."""
        return self.run("const e = document.documentElement; return e.scrollWidth - e.clientWidth")

    def describe(self):
        """The page's text, its fields and the browser's log."""
        fields = "return [...document.querySelectorAll('input, textarea')].map((e) => `${e.id || e.name}: ${e.value}`)"
        lines = [self.driver.current_url, self.text("body"), *self.run(fields), *self.complaints()]
        return "\n".join(lines)


class Test:
    """The steps, each on what the last one left."""

    def __init__(self, server, page, folder):
        self.server, self.page, self.folder = server, page, folder
        self.bucket = server.make_bucket(secret_key=KEY)

    def path(self, name=""):
        return f"/{self.bucket}/scripts/{name}"

    def open(self, bucket):
        self.page.driver.get(f"{self.server.url}/{bucket}/scripts/")

    def picture(self, name):
        if self.folder is not None:
            for scheme in ["light", "dark"]:
                for width, height in [(1280, 900), (360, 740)]:
                    self.page.show(width, height, scheme)
                    metrics = self.page.driver.execute_cdp_cmd("Page.getLayoutMetrics", {})
                    self.page.show(width, max(height, metrics["cssContentSize"]["height"]), scheme)
                    self.page.driver.save_screenshot(f"{self.folder}/{name}-{width}-{scheme}.png")
            self.page.show(1280, 900)

    def step_it_asks_for_the_key_and_says_that_one_is_wrong(self):
        page = self.page
        page.show(1280, 900)
        self.open(self.bucket)
        page.wait(lambda: page.text("h1") == f"Scripts of {self.bucket}")
        assert page.is_shown("#sign-in") and not page.is_shown("#console")
        assert page.focus() == "key"
        page.sign_in("wrong")
        page.wait_for("#status", "The secret key is wrong.")
        assert page.is_shown("#sign-in") and not page.is_shown("#console")
        self.picture("wrong-key")

    def step_it_lists_no_scripts_of_a_new_bucket(self):
        page = self.page
        page.write("#key", "")
        page.sign_in(KEY)
        page.wait(lambda: page.is_shown("#console"))
        assert page.is_shown("#no-scripts") and not page.is_shown("#sign-in")
        assert page.focus() == "scripts-heading"
        assert page.style("#scripts-heading", "outline-style") == "none"
        assert page.find("#status").size["height"] == 0
        assert page.value("#key") == ""

    def step_a_new_script_begins_with_the_example(self):
        page = self.page
        page.write("#new-name", "..")
        page.press(Keys.ENTER)
        assert not page.is_shown("#script")
        page.write("#new-name", "hello")
        page.press(Keys.ENTER)
        page.wait(lambda: page.focus() == "source")
        page.click("#insert-example")
        assert "kvdb.say" in page.value("#source")
        assert page.text("#changed") == "is not saved yet"
        assert page.text("#start-run") == "Save and run"
        page.click("#save")
        page.wait_for("#status", "hello is saved.")
        assert page.text("#start-run") == "Run"
        page.wait_for("#scripts", "hello")
        gap = page.find("#console").rect["y"] - page.find("header").size["height"]
        assert gap < 1, gap
        size = len(page.value("#source"))
        assert f"{size} bytes" in page.text("#scripts")
        assert not page.is_shown("#changed") and not page.is_shown("#no-scripts")

    def step_a_name_that_is_in_the_list_opens_that_script(self):
        page = self.page
        page.write("#new-name", "hello")
        page.press(Keys.ENTER)
        page.wait_for("#status", "There is a script hello already. It is open.")
        assert "kvdb.say" in page.value("#source") and not page.is_shown("#changed")
        assert page.focus() == "script-name"

    def step_a_run_shows_status_headers_output_and_time(self):
        page = self.page
        page.write("#parameters", "name=Ann & Bob\nnote=a=b\nplain")
        page.click("#start-run")
        page.wait(lambda: page.is_shown("#answer"))
        assert 'The parameter "plain" has no =' in page.text("#run-hint"), page.text("#run-hint")
        status = page.text("#answer-status")
        assert status.startswith("200 OK, ") and status.endswith(" ms"), status
        page.click("#headers-heading")
        assert "content-type: text/plain; charset=utf-8" in page.text("#answer-headers")
        assert page.text("#answer-output").startswith("Hello, Ann & Bob! This is visit 1."), page.text("#answer-output")
        link = page.find("#open-answer").get_property("href")
        assert link == f"{self.server.url}{self.path('hello')}?name=Ann%20%26%20Bob&note=a%3Db&plain=", link
        self.picture("run")

    def step_a_compile_error_is_marked_at_its_line(self):
        page = self.page
        source = "-- one\n" * 40 + "local x = = 1\n" + "-- more\n" * 40
        page.write("#source", source)
        page.click("#start-run")
        page.wait_for("#line-numbers .marked", "41")
        page.wait(lambda: page.find("#run-form").get_attribute("aria-busy") == "false")
        assert not page.is_shown("#answer")
        assert page.count("#line-numbers .marked") == 1
        assert ":41:" in page.text("#source-error") and ":41:" in page.text("#status")
        assert page.find("#source").get_attribute("aria-invalid") == "true"
        assert page.focus() == "source"
        assert page.find("#source").get_property("selectionStart") == source.index("local")
        top, height, scrolled, numbers = page.run(
            "const [f, n] = [source, document.getElementById('line-numbers')];"
            "return [n.querySelector('.marked').offsetTop - n.offsetTop, f.clientHeight, f.scrollTop, n.scrollTop]")
        assert scrolled == numbers > 0 and scrolled < top < scrolled + height, (top, height, scrolled, numbers)
        self.picture("compile-error")
        page.press("x")
        assert page.count(".marked") == 0 and not page.is_shown("#source-error")

    def step_the_numbers_scroll_with_the_lines_to_the_end(self):
        page = self.page
        page.run("source.scrollTo(9999, 9999)")
        page.wait(lambda: page.run("return document.getElementById('line-numbers').scrollTop === source.scrollTop"))
        assert page.run("return source.scrollTop > 0")

    def step_keys_save_indent_and_leave_the_editor(self):
        page = self.page
        page.write("#source", "if kvdb.var.name then\nkvdb.say(1)\nend\n")
        assert page.text("#changed") == "has unsaved changes"
        page.press(Keys.ARROW_UP, Keys.ARROW_UP, Keys.TAB)
        assert page.value("#source") == "if kvdb.var.name then\n  kvdb.say(1)\nend\n", page.value("#source")
        page.press("a", control=Keys.CONTROL)
        page.press(Keys.TAB)
        assert page.value("#source") == "  if kvdb.var.name then\n    kvdb.say(1)\n  end\n", page.value("#source")
        page.press(Keys.TAB, control=Keys.SHIFT)
        assert page.value("#source") == "if kvdb.var.name then\n  kvdb.say(1)\nend\n", page.value("#source")
        page.press("z", control=Keys.CONTROL)
        assert page.value("#source").startswith("  if")
        page.press("s", control=Keys.CONTROL)
        page.wait_for("#status", "hello is saved.")
        assert page.focus() == "source" and not page.is_shown("#changed")
        page.press(Keys.ESCAPE, Keys.TAB)
        assert page.focus() == "save", page.focus()
        page.press(Keys.TAB, control=Keys.SHIFT)
        assert page.focus() == "source", page.focus()

    def step_what_a_script_says_is_shown_as_text(self):
        page = self.page
        output = "<b>bold</b><script>document.title = 'taken'</script>"
        header = 'kvdb.header["content-type"] = "text/html"'
        page.write("#source", f'{header}\nkvdb.status = 404\nkvdb.print("{output}")\n')
        page.click("#start-run")
        page.wait_for("#answer-status", "404 Not Found")
        assert page.text("#start-run") == "Run" and not page.is_shown("#changed")
        for selector in ["#answer-status", "#status"]:
            assert page.style(selector, "color") == page.style("#delete", "color"), selector
        assert page.text("#answer-output") == output
        assert page.count("#answer-output *") == 0
        assert "Unless the script says so itself" in page.text("#answer-note")

    def step_a_body_is_posted(self):
        page = self.page
        page.write("#source", 'kvdb.say(kvdb.var.method)\nkvdb.say(kvdb.var.name)\nkvdb.say(kvdb.var.body)\n')
        page.press("s", control=Keys.CONTROL)
        page.wait_for("#status", "hello is saved.")
        assert not page.is_shown("#answer")
        page.click("[value=POST]")
        page.click("[value='application/json']")
        page.write("#parameters", "")
        page.write("#body", '{"name":')
        page.press(Keys.TAB)
        assert page.text("#run-hint").startswith("The body is not JSON"), page.text("#run-hint")
        page.write("#body", '{"name":"Eve"}')
        assert not page.is_shown("#run-hint")
        page.click("#start-run")
        page.wait(lambda: page.text("#answer-output") == 'POST\nEve\n{"name":"Eve"}')
        assert not page.is_shown("#run-hint")
        assert page.style("#answer-status", "color") == page.style("#script-name", "color")
        assert not page.is_shown("#open-answer")

    def step_a_failed_run_marks_its_line(self):
        page = self.page
        page.write("#source", 'local a = 1\nerror("broken on purpose")\n')
        page.press("s", control=Keys.CONTROL)
        page.wait_for("#status", "hello is saved.")
        page.click("#start-run")
        page.wait_for("#answer-status", "500 ")
        page.wait_for("#line-numbers .marked", "2")
        assert "broken on purpose" in page.text("#source-error")
        assert "nothing that it wrote took effect" in page.text("#answer-note")

    def step_a_redirection_is_not_followed(self):
        page = self.page
        page.write("#source", 'kvdb.redirect("https://example.com/")\n')
        page.click("[value=GET]")
        # Also where the run comes before the save has ended, the two are no conflict.
        page.run("for (const id of ['source-form', 'run-form']) document.getElementById(id).requestSubmit()")
        page.wait_for("#answer-status", "A redirection")
        page.write("#token", "no-token")
        page.click("#start-run")
        page.wait_for("#answer-status", "401 Unauthorized")
        assert "access token is wrong" in page.text("#answer-note")

    def step_unsaved_changes_are_not_lost_unasked(self):
        page = self.page
        self.server.send("PUT", self.path("other"), "kvdb.say(2)\n", KEY)
        prevents = "const e = new Event('beforeunload', {cancelable: true}); return !dispatchEvent(e)"
        assert not page.run(prevents)
        page.write("#source", "kvdb.say(3)\n")
        page.press("s", control=Keys.CONTROL)
        page.wait(lambda: page.count("#scripts button") == 2)
        page.write("#source", "kvdb.say(4)\n")
        assert page.run(prevents)
        other = "#scripts li:nth-child(2) button"
        page.click(other)
        page.answer_question("Lose the unsaved changes of hello?", False)
        page.wait(lambda: page.find(other).get_attribute("aria-busy") == "false")
        assert page.text("#script-name") == "hello" and page.value("#source") == "kvdb.say(4)\n"
        page.click(other)
        page.answer_question("Lose the unsaved changes of hello?", True)
        page.wait_for("#script-name", "other")
        assert page.value("#source") == "kvdb.say(2)\n"
        assert page.find(other).get_attribute("aria-current") == "true"
        assert not page.run(prevents)

    def step_what_others_saved_meanwhile_is_not_replaced_unasked(self):
        page = self.page
        self.server.send("PUT", self.path("other"), "kvdb.say(5)\n", KEY)
        page.write("#source", "kvdb.say(6)\n")
        for accepts, source in [(False, "kvdb.say(5)\n"), (True, "kvdb.say(6)\n")]:
            page.click("#save")
            page.answer_question("other was changed or deleted since you opened it.", accepts)
            page.wait(lambda: page.find("#source-form").get_attribute("aria-busy") == "false")
            assert page.text("#status") == ("other is saved." if accepts else "other is not saved.")
            assert self.server.send("GET", self.path("other?source=true"), key=KEY) == source

    def step_a_script_is_deleted_when_that_is_confirmed(self):
        page = self.page
        page.click("#delete")
        page.answer_question("Delete other?", False)
        page.wait(lambda: page.find("#delete").get_attribute("aria-busy") == "false")
        assert page.is_shown("#script")
        page.click("#delete")
        page.answer_question("Delete other?", True)
        page.wait_for("#status", "other is deleted.")
        assert not page.is_shown("#script") and page.count("#scripts button") == 1
        assert page.focus() == "scripts-heading"
        self.server.send("DELETE", self.path("hello"), key=KEY)
        page.click("#scripts button")
        page.wait_for("#status", "There is no such script any more.")
        page.wait(lambda: page.is_shown("#no-scripts"))

    def step_it_fits_a_small_window_and_a_dark_one(self):
        page = self.page
        page.write("#new-name", "n" * 64)
        page.press(Keys.ENTER)
        page.wait(lambda: page.is_shown("#script"))
        page.write("#source", "-- " + "long" * 100 + "\n")
        page.press("s", control=Keys.CONTROL)
        page.wait_for("#status", "is saved.")
        page.click("#start-run")
        page.wait(lambda: page.is_shown("#answer"))
        background = "return getComputedStyle(document.body).backgroundColor"
        light = page.run(background)
        page.show(360, 740, "dark")
        assert page.overflow() <= 0, page.overflow()
        page.click("#scripts button")
        page.wait(lambda: page.focus() == "script-name")
        top = page.run("return document.activeElement.getBoundingClientRect().top")
        assert 0 < top < 740 / 2, top
        dark = page.run(background)
        assert dark != light, dark
        page.show(1280, 900)
        self.picture("long")

    def step_refusals_are_said_in_words(self):
        page = self.page
        for status, words in [(429, "too many requests"), (503, "server is busy")]:
            # In place of a server that is so.
            page.run(
                "const [status] = arguments;"
                "window.fetch = async () => new Response('', {status, headers: {'Retry-After': '7'}})", status)
            page.click("#save")
            page.wait_for("#status", words)
            assert "Try again in 7 seconds" in page.text("#status")
            page.click("#start-run")
            page.wait_for("#answer-status", str(status))
            assert "Try again in 7 seconds" in page.text("#answer-note")
        # What can't be saved is not run.
        page.write("#source", "kvdb.say(7)\n")
        page.click("#start-run")
        page.wait_for("#status", "The server is busy.")
        assert not page.is_shown("#answer")

    def step_the_key_is_kept_nowhere_and_forgotten(self):
        page = self.page
        kept = page.run(
            "return (async () => [localStorage.length, sessionStorage.length, document.cookie.length,"
            " (await indexedDB.databases()).length, (await caches.keys()).length])()")
        assert kept == [0] * 5, kept
        shown = page.run(
            "return [location.href, document.documentElement.outerHTML,"
            " ...[...document.querySelectorAll('input, textarea')].map((e) => e.value)].join()")
        assert KEY not in shown, shown
        # The browser asks about what is not saved; it is told to go on.
        page.click("#sign-out")
        page.wait(lambda: page.is_shown("#sign-in"))
        assert page.value("#key") == "" and not page.is_shown("#console")

    def step_a_bucket_without_scripts_says_why(self):
        page = self.page
        keyless = self.server.make_bucket()
        for bucket, words in [("nowhere0", "There is no such bucket."), (keyless, "made without a secret key")]:
            self.open(bucket)
            page.wait_for("#status", words)
            assert not page.is_shown("#sign-in")

    def step_runs_were_sent_without_the_key(self):
        page = self.page
        page.read_log()
        runs = [
            request for request in page.requests
            if self.path("") in request["url"] and not request["url"].endswith(("/scripts/", "?source=true"))
            and request["method"] in ["GET", "POST"]]
        assert len(runs) > 5, page.requests
        for request in runs:
            assert request["headers"].get("Authorization", "Bearer ").startswith("Bearer "), request
        assert all(KEY not in request["url"] for request in page.requests)

    def step_the_policy_was_kept_and_keeps_others_out(self):
        page = self.page
        assert page.complaints() == [], page.complaints()
        page.run(
            "const script = document.createElement('script');"
            "script.textContent = 'window.isTaken = true'; document.body.append(script)")
        assert page.run("return window.isTaken") is None
        assert any("Content Security Policy" in message for message in page.complaints())


def end_late(signal_number, frame):
    raise TimeoutError(f"the steps took more than {TOTAL_SECONDS_MAX} seconds")


def main():
    # Where the test ended this by force, the browser would stay.
    signal.signal(signal.SIGALRM, end_late)
    signal.alarm(TOTAL_SECONDS_MAX)
    url, folder = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None
    page = Page()
    try:
        test = Test(Server(url), page, folder)
        for name in [name for name in vars(Test) if name.startswith("step_")]:
            try:
                getattr(test, name)()
            except Exception:
                print(f"{name[5:].replace('_', ' ')}\n{traceback.format_exc()}\n{page.describe()}", file=sys.stderr)
                sys.exit(1)
    finally:
        page.driver.quit()
    print("done")


main()
