"""Take the README's two pictures: the explorer and a check's feedback of lesson 01, in JupyterLab in Chromium.

    pip install playwright; python tools/make_pictures.py [path of chromium]
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
BUSY = ".jp-Notebook-ExecutionIndicator[data-status=busy]"
ANSWER = "def gd_step(w, grad, lr):\nreturn w + lr * grad"


def cell(page, id_of_code):
    """The cell whose code contains this text, scrolled into view: JupyterLab draws only what is near."""
    panel = page.locator(".jp-WindowedPanel-outer").first
    for top in range(0, 40_000, 500):
        panel.evaluate("(node, top) => node.scrollTo(0, top)", top)
        page.wait_for_timeout(120)
        found = page.locator(".jp-CodeCell", has_text=id_of_code)
        if found.count():
            found.first.scroll_into_view_if_needed()
            page.wait_for_timeout(800)
            return found.first
    raise SystemExit(f"there is no cell with {id_of_code!r}")


def take(page, address):
    page.goto(address)
    page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=60_000)
    page.wait_for_timeout(4000)
    page.click("text=Run >> nth=0")
    page.click("text=Run All Cells >> nth=0")
    page.wait_for_timeout(12_000)
    page.wait_for_selector(BUSY, state="detached", timeout=60_000)

    explorer = cell(page, "explorer = DescentExplorer(")
    explorer.locator("button", has_text="2/(L + smallest)").click()
    page.wait_for_timeout(800)
    explorer.locator(".jp-OutputArea").first.screenshot(path=ROOT / "docs" / "explorer.png")

    answer = cell(page, "def gd_step")
    answer.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.type(ANSWER)
    page.keyboard.press("Control+Enter")
    check = cell(page, 'check("01-1"')
    check.locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    page.wait_for_timeout(2500)
    check.screenshot(path=ROOT / "docs" / "feedback.png")


def main(chromium=None):
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        start = [sys.executable, "-m", "lrlab", "start", "--no-browser", "--port", "8990"]
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        environment.pop("LRLAB_PROGRESS", None)
        lab = subprocess.Popen(start, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True)
        try:
            address = next(line.strip() for line in lab.stdout if re.match("http", line))
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            take(browser.new_page(viewport={"width": 1250, "height": 1000}, device_scale_factor=1.5), address)
            browser.close()
        finally:
            lab.terminate()
            lab.wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
