"""JupyterLab on a copy of the lessons, and Debian's Chromium: what a learner has in front of them.

Nothing of the user is touched: home, settings and progress lie in a temporary folder. Screenshots go to the folder
named by LRLAB_SCREENSHOTS, or to a temporary one that is named at the end.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from pathlib import Path
from types import SimpleNamespace

import pytest
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 180_000  # milliseconds for anything to happen on a busy machine
QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


def chromium() -> str:
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    pytest.exit("the browser tests need Chromium: apt-get install chromium", returncode=2)


@pytest.fixture(scope="session")
def screenshots():
    folder = Path(os.environ.get("LRLAB_SCREENSHOTS") or tempfile.mkdtemp(prefix="lrlab-screenshots-"))
    folder.mkdir(parents=True, exist_ok=True)
    yield folder
    print(f"\nscreenshots: {folder}")


def _settings(home: Path, **settings):
    for plugin, values in settings.items():
        owner, name = {
            "notebook": ("@jupyterlab/notebook-extension", "tracker"),
            "theme": ("@jupyterlab/apputils-extension", "themes"),
        }[plugin]
        path = home / "settings" / owner / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values))


class Lab:
    """A running JupyterLab: its folder, and what its server says of kernels."""

    def __init__(self, folder: Path, dark: bool = False):
        self.folder, home = folder / "lessons", folder / "home"
        # all cells are drawn, not only those in view
        _settings(home, notebook={"windowingMode": "none"})
        if dark:
            _settings(home, theme={"theme": "JupyterLab Dark"})
        environment = {
            **os.environ,
            "HOME": str(home),
            "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
            "JUPYTER_CONFIG_DIR": str(home / "config"),
            "JUPYTER_DATA_DIR": str(home / "data"),
            "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
            "IPYTHONDIR": str(home / "ipython"),
            "MPLCONFIGDIR": str(home / "matplotlib"),
            "PYTHONUNBUFFERED": "1",
        }
        for name in ("LRLAB_PROGRESS", "LRLAB_QUIET", "JUPYTER_TOKEN"):
            environment.pop(name, None)
        self.server = subprocess.Popen(
            [sys.executable, "-m", "lrlab", "start", "--no-browser", str(self.folder)],
            env=environment, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        address = next((line.strip() for line in self.server.stdout if line.startswith("http")), None)
        assert address, "lrlab start ended without an address"
        self.base, self.token = re.fullmatch(r"(http://[^/]+)/.*token=(\w+)", address).groups()

    def ask(self, path: str, method: str = "GET"):
        request = urllib.request.Request(
            f"{self.base}/api/{path}", method=method, headers={"Authorization": f"token {self.token}"}
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read() or "null")

    def kernel(self, name: str):
        return next((one["kernel"] for one in self.ask("sessions") if one["path"] == name), None)

    def shut_down_kernels(self):
        for session in self.ask("sessions"):
            request = urllib.request.Request(
                f"{self.base}/api/sessions/{session['id']}", method="DELETE", headers={"Authorization": f"token {self.token}"}
            )
            urllib.request.urlopen(request, timeout=60).close()

    def stop(self):
        self.server.terminate()
        self.server.wait(60)


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        yield (started := playwright.chromium.launch(executable_path=chromium(), args=list(QUIET)))
        started.close()


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    running = Lab(tmp_path_factory.mktemp("lab"))
    yield running
    running.stop()


@pytest.fixture(scope="session")
def dark_lab(tmp_path_factory):
    running = Lab(tmp_path_factory.mktemp("dark"), dark=True)
    yield running
    running.stop()


class Notebook:
    """A notebook open in a page. Every wait is for something to be seen, never for time to pass."""

    def __init__(self, lab: Lab, page, name: str):
        self.lab, self.page, self.name = lab, page, name
        page.set_default_timeout(PATIENCE)
        # a workspace of its own: the default one would open again what an earlier test left open
        page.goto(f"{lab.base}/lab/workspaces/{uuid.uuid4().hex}/tree/{name}?token={lab.token}", wait_until="commit")
        page.locator(".jp-Notebook .jp-CodeCell").first.wait_for()
        self.idle()

    def until(self, fulfilled, what: str):
        end = time.monotonic() + PATIENCE / 1000
        while not fulfilled():
            if time.monotonic() > end:
                raise AssertionError(f"{self.name}: {what} did not happen")
            self.page.wait_for_timeout(100)

    def idle(self):
        """Wait until the kernel is there, connected and has nothing left to do."""

        def rests():
            kernel = self.lab.kernel(self.name)
            return kernel and kernel["execution_state"] == "idle" and kernel["connections"] >= 1

        self.until(rests, "an idle kernel")
        self.page.locator(".jp-NotebookPanel .jp-Notebook-ExecutionIndicator[data-status=idle]").first.wait_for(state="attached")

    def menu(self, *words):
        self.page.locator(".lm-MenuBar-itemLabel", has_text=re.compile(f"^{words[0]}$")).click()
        self.page.locator(".lm-Menu-itemLabel", has_text=re.compile(f"^{words[1]}$")).first.click()

    def prompts(self):
        found = self.page.locator(".jp-CodeCell .jp-InputPrompt").all_text_contents()
        return [text.strip() for text in found]

    def run_all(self):
        self.menu("Run", "Run All Cells")
        self.until(lambda: all(re.fullmatch(r"\[\d+\]:", text) for text in self.prompts()), "that every cell is run")
        self.idle()

    def cell(self, code: str):
        """The code cell with this text in its code."""
        found = self.page.locator(".jp-CodeCell").filter(has=self.page.locator(".jp-InputArea", has_text=code)).first
        found.scroll_into_view_if_needed()
        return found

    def run(self, cell):
        cell.locator(".jp-InputArea .cm-content").click()
        before = self.lab.kernel(self.name)["last_activity"]
        self.page.keyboard.press("Control+Enter")
        self.until(lambda: self.lab.kernel(self.name)["last_activity"] != before, "an answer of the kernel")
        prompt = cell.locator(".jp-InputPrompt").first
        self.until(lambda: re.fullmatch(r"\[\d+\]:", prompt.text_content().strip()), "that a cell is run")
        self.idle()

    def write(self, cell, code: str):
        """Replace the code of a cell, as one who pastes."""
        cell.locator(".jp-InputArea .cm-content").click()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(code)

    def restart(self):
        self.lab.ask(f"kernels/{self.lab.kernel(self.name)['id']}/restart", "POST")
        self.idle()


@pytest.fixture
def open_notebook(lab, browser):
    """Open notebooks, each in a page of its own that records what its console complains of."""
    contexts = []

    def opened(name, width=1300, height=1000, where=lab):
        context = browser.new_context(viewport={"width": width, "height": height}, service_workers="block")
        contexts.append((context, where))
        page = context.new_page()
        complaints = []
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda r: complaints.append(f"asks {r.url}") if not re.match(r"(http|ws)://127\.0\.0\.1|data:|blob:", r.url) else None)
        return SimpleNamespace(notebook=Notebook(where, page, name), page=page, complaints=complaints)

    yield opened
    for context, where in contexts:
        context.close()
        where.shut_down_kernels()
