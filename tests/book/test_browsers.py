"""The pages in other browsers than Chromium: Firefox and WebKitGTK, whose engine is near Safari's.

Each is driven by the protocol that it speaks itself, WebDriver BiDi or WebDriver, and with a few
words only: open a page, evaluate JavaScript, press a key. So no driver of ours or of theirs has to
fit its version.
"""

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest
import test_live
import websocket
from test_live import DEFINE, LOOP, USE
from test_site import CHAPTERS, PAGES

plain = test_live.plain

PATIENCE = 180  # seconds; Python loads, on a machine that may be busy
KEYS = {"Enter": "\ue007", "Control": "\ue009"}
MINI_BROWSERS = "usr/lib/*/webkit2gtk-4.?/MiniBrowser"


class RefusedError(Exception):
    """The browser has not done what it was told."""


class Browser:
    """What both browsers can do, by what each of them does in its own way."""

    shares_memory = True

    def value(self, expression: str):
        """Return the value of a JavaScript expression."""
        return json.loads(self.evaluate(f"JSON.stringify(({expression}) ?? null)"))

    def wait(self, expression: str):
        """Wait until a JavaScript expression is true, on this page or the one that follows."""
        end = time.monotonic() + PATIENCE
        while True:
            with contextlib.suppress(RefusedError):  # while the next page is not there yet
                if self.value(expression):
                    return
            assert time.monotonic() < end, f"{expression}\n{self.value('document.body.innerText')}"
            time.sleep(0.2)

    def click(self, selector: str, number: int = 0):
        self.evaluate(f"document.querySelectorAll({selector!r})[{number}].click()")


# Debian calls it firefox-esr, others firefox.
FIREFOX = next(filter(shutil.which, ["firefox-esr", "firefox"]), "firefox")


class Firefox(Browser):
    def __init__(self, folder: Path, stack: contextlib.ExitStack):
        log = folder / "log.txt"
        command = [FIREFOX, "--headless", "--no-remote", "--profile", folder]
        with log.open("wb") as file:
            process = subprocess.Popen(
                [*command, "--remote-debugging-port", "0"], stdout=file, stderr=file
            )
        stack.callback(process.wait)
        stack.callback(process.terminate)
        end = time.monotonic() + PATIENCE
        while not (found := re.search(r"BiDi listening on (ws://\S+)", log.read_text("utf-8"))):
            assert time.monotonic() < end, log.read_text("utf-8")
            time.sleep(0.2)
        self._socket = websocket.create_connection(
            f"{found[1]}/session", timeout=PATIENCE, suppress_origin=True
        )
        stack.callback(self._socket.close)
        self._count = 0
        self.send("session.new", capabilities={})
        self._tab = self.send("browsingContext.getTree")["contexts"][0]["context"]

    def send(self, method: str, **parameters):
        self._count += 1
        message = {"id": self._count, "method": method, "params": parameters}
        self._socket.send(json.dumps(message))
        while (answer := json.loads(self._socket.recv())).get("id") != self._count:
            pass  # an event
        if answer["type"] != "success":
            raise RefusedError(answer)
        return answer["result"]

    def open(self, url: str):
        self.send("browsingContext.navigate", context=self._tab, url=url, wait="complete")

    def evaluate(self, expression: str):
        target = {"context": self._tab}
        answer = self.send(
            "script.evaluate", expression=expression, target=target, awaitPromise=False
        )
        if answer["type"] != "success":
            raise RefusedError(answer)
        return answer["result"].get("value")

    def press(self, *keys: str):
        down = [{"type": "keyDown", "value": KEYS.get(key, key)} for key in keys]
        up = [{"type": "keyUp", "value": KEYS.get(key, key)} for key in reversed(keys)]
        actions = [{"type": "key", "id": "keys", "actions": down + up}]
        self.send("input.performActions", context=self._tab, actions=actions)


class WebKit(Browser):
    shares_memory = False  # though its pages are isolated; Safari's do

    def __init__(self, folder: Path, stack: contextlib.ExitStack):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        folders = {name: str(folder) for name in ("HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME")}
        command = ["xvfb-run", "-a", "WebKitWebDriver", f"--port={port}"]
        process = subprocess.Popen(
            command,
            env=os.environ | folders,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        stack.callback(process.wait)
        stack.callback(os.killpg, process.pid, 15)  # xvfb-run leaves its children running
        self._address = f"http://127.0.0.1:{port}/session"
        binary = str(next(Path("/").glob(MINI_BROWSERS)))
        options = {"binary": binary, "args": ["--automation"]}
        capabilities = {"alwaysMatch": {"webkitgtk:browserOptions": options}}
        end = time.monotonic() + PATIENCE
        while True:
            try:
                session = self.send("", capabilities=capabilities)
                break
            except ConnectionError:
                assert time.monotonic() < end, "WebKitWebDriver does not start"
                time.sleep(0.2)
        self._address += f"/{session['sessionId']}"
        stack.callback(self.end)

    def send(self, path: str, **body):
        data = json.dumps(body).encode()
        request = urllib.request.Request(f"{self._address}{path}", data)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise RefusedError(error.read().decode()) from error
        except urllib.error.URLError as error:
            raise ConnectionError from error

    def end(self):
        request = urllib.request.Request(self._address, method="DELETE")
        urllib.request.urlopen(request, timeout=PATIENCE).close()

    def open(self, url: str):
        self.send("/url", url=url)

    def evaluate(self, expression: str):
        return self.send("/execute/sync", script=f"return ({expression})", args=[])

    def press(self, *keys: str):
        down = [{"type": "keyDown", "value": KEYS.get(key, key)} for key in keys]
        up = [{"type": "keyUp", "value": KEYS.get(key, key)} for key in reversed(keys)]
        self.send("/actions", actions=[{"type": "key", "id": "keys", "actions": down + up}])


NEEDS = {Firefox: [FIREFOX], WebKit: ["WebKitWebDriver", "xvfb-run"]}


@pytest.fixture(params=NEEDS, ids=lambda it: it.__name__)
def other(request, tmp_path):
    missing = [name for name in NEEDS[request.param] if not shutil.which(name)]
    if missing:
        if os.environ.get("CI") and request.param is Firefox:
            pytest.fail("Firefox is not installed")
        pytest.skip(f"{', '.join(missing)} not installed")
    with contextlib.ExitStack() as stack:
        yield request.param(tmp_path, stack)


def output(number: int) -> str:
    return f"document.querySelectorAll('.cell_output')[{number}].innerText.trim()"


def status(number: int) -> str:
    return f"document.querySelectorAll('.cell > .live-bar')[{number}].innerText"


def test_cells_run_stop_and_keep_what_is_written(other, plain):
    url, _ = plain
    run = ".cell [data-live=run]"
    other.open(url)
    other.click(run, USE)  # on the first visit, which loads the page once more
    other.wait(f"{output(USE)} === '21'")
    assert other.value(output(DEFINE)) == "x is 20"
    assert other.value("crossOriginIsolated")
    other.click(run, LOOP)
    other.wait(f"{output(LOOP)}.includes('step 1000000')")
    other.click(run, LOOP)
    kept = "All variables are kept" if other.shares_memory else "all variables are gone"
    other.wait(f"{status(LOOP)}.includes({kept!r})")

    other.click(".cell [data-live=edit]", USE)
    other.wait("document.activeElement?.closest('.cm-editor') != null")
    other.press("Control", "a")
    for key in "x * 5":
        other.press(key)
    other.open(url)  # another visit
    other.wait(f"{status(USE)}.includes('Your changes are still here')")
    other.click(run, USE)
    other.wait(f"{output(USE)} === '100'")


def test_quiz_search_and_dark_mode(other, address):
    other.open(address + CHAPTERS[0])
    quiz = "form.quiz:has([type=radio])"
    other.click(f"{quiz} .quiz-choice:not([data-right]) input")
    other.click(f"{quiz} button")
    said = f"document.querySelector('{quiz} [role=status]').innerText"
    assert other.value(said).startswith("Not right yet")
    other.click(f"{quiz} .quiz-choice[data-right] input")
    other.click(f"{quiz} button")
    assert other.value(said) == "Correct."

    theme = "document.documentElement.dataset.theme"
    for _ in range(3):  # the browser's own, light, dark
        if other.value(theme) == "dark":
            break
        other.click("[aria-label='Color mode']")
    ground = "getComputedStyle(document.body).backgroundColor"
    assert other.value(ground) == "rgb(18, 24, 31)"
    other.open(address + PAGES[0])
    assert other.value(theme) == "dark"

    other.press("Control", "k")
    for key in "perceptron":
        other.press(key)
    other.press("Enter")
    other.wait("location.pathname.endsWith('search.html')")
    other.wait(f"document.querySelector(\"#search-results a[href*='{CHAPTERS[0]}']\") != null")
