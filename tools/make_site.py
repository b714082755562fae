"""Build a static site of the executed lessons: pictures, sentences, maths, links and search, nothing remote.

    python tools/make_site.py [FOLDER]          the site lands in FOLDER, build/site by default

Sphinx with myst-nb does the work. Before it runs, each picture becomes a figure with its sentence, and each formula MathML, so
that no script has to be fetched. Afterwards every page is searched for dead links and for anything that lies elsewhere.
"""

from __future__ import annotations

import html
import json
import re
import shutil
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

ROOT = Path(__file__).resolve().parent.parent

CONF = """
project, author, copyright = "lrlab", "the lrlab authors", "the lrlab authors, text and figures CC BY 4.0"
extensions = ["myst_nb"]
nb_execution_mode = "off"
myst_enable_extensions = []
html_theme = "furo"
html_title = "lrlab"
html_copy_source = html_show_sourcelink = False
html_static_path = []
myst_heading_anchors = 3
suppress_warnings = ["mystnb.unknown_mime_type", "misc.highlighting_failure"]
"""

INDEX = """# lrlab

A course on learning-rate schedules and adaptive optimizers. No claim without a measurement: each lesson was run, and its pictures
and numbers are those of that run. To move the sliders and have your answers checked, install lrlab and run `lrlab start`.

```{{toctree}}
:maxdepth: 1

{names}
```
"""


def figures(cell: dict) -> None:
    """Each picture as a figure with its sentence as alternative text and as a caption."""
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        if "image/png" in data:
            sentence = html.escape("".join(data.get("text/plain", "")))
            png = "".join(data["image/png"]).strip()
            output["data"] = {
                "text/html": f'<figure><img alt="{sentence}" src="data:image/png;base64,{png}"><figcaption>{sentence}</figcaption></figure>'
            }


def mathml(text: str) -> str:
    """Formulas between dollar signs as MathML; what stands in code stays."""
    from latex2mathml.converter import convert

    def formula(match, display):
        return convert(match[1].replace("\n", " ").strip(), display=display)

    parts = re.split(r"(```.*?```|`[^`\n]*`)", text, flags=re.DOTALL)
    for k in range(0, len(parts), 2):
        parts[k] = re.sub(r"\$\$(.+?)\$\$", lambda match: formula(match, "block"), parts[k], flags=re.DOTALL)
        parts[k] = re.sub(r"(?<!\\)\$([^$\n]+?)\$", lambda match: formula(match, "inline"), parts[k])
    return "".join(parts)


def sources(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "lessons").mkdir(parents=True)
    names = []
    for path in sorted((ROOT / "lessons").glob("*.ipynb")):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        for cell in notebook["cells"]:
            if cell["cell_type"] == "markdown":
                cell["source"] = mathml("".join(cell["source"]))
            figures(cell)
        (folder / "lessons" / path.name).write_text(json.dumps(notebook), encoding="utf-8")
        names.append(f"lessons/{path.stem}")
    if (ROOT / "docs" / "dialects.md").exists():
        shutil.copy(ROOT / "docs" / "dialects.md", folder / "dialects.md")
        names.append("dialects")
    (folder / "conf.py").write_text(CONF, encoding="utf-8")
    (folder / "index.md").write_text(INDEX.format(names="\n".join(names)), encoding="utf-8")


class Page(HTMLParser):
    """The links of a page, what it loads, and the names that a link may end at."""

    LOADS = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src", "audio": "src", "video": "src"}

    def __init__(self, path: Path):
        super().__init__()
        self.links, self.loaded, self.names, self.bare = [], [], set(), 0
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.names |= {given[key] for key in ("id", "name") if given.get(key)}
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        if tag in self.LOADS and given.get(self.LOADS[tag]) and given.get("rel") != "canonical":
            self.loaded.append(given[self.LOADS[tag]])
        if tag == "img" and "alt" not in given:
            self.bare += 1


def faults(site: Path) -> list[str]:
    """Dead links, things that lie elsewhere, and pictures without words, a line each."""
    pages = {path: Page(path) for path in site.rglob("*.html")}
    found = []
    for path, page in pages.items():
        where = path.relative_to(site)
        found += [f"{where} loads {one[:80]}" for one in page.loaded if urlsplit(one).scheme in ("http", "https") or one.startswith("//")]
        found += [f"{where} has a picture without words"] * bool(page.bare)
        for link in (*page.links, *page.loaded):
            parts = urlsplit(link)
            if parts.scheme or link.startswith("//"):
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if not target.exists():
                found.append(f"{where} links to {link}, which is not there")
            elif parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].names:
                found.append(f"{where} links to {link}, a place that its page does not have")
    for path in (*site.rglob("*.css"), *site.rglob("*.js")):
        text = path.read_text(encoding="utf-8", errors="ignore")
        found += [f"{path.relative_to(site)} loads {one}" for one in re.findall(r"(?:url\(|@import)\s*['\"]?(https?:[^'\")]+)", text)]
    return found


def main(target: str = str(ROOT / "build" / "site")) -> int:
    from sphinx.cmd.build import build_main

    made, site = ROOT / "build" / "site-sources", Path(target)
    sources(made)
    shutil.rmtree(site, ignore_errors=True)
    code = build_main(["-q", "-b", "html", str(made), str(site)])
    found = faults(site) if code == 0 else []
    for line in found:
        print(f"site: {line}", file=sys.stderr)
    pages = len(list((site / "lessons").glob("*.html")))
    print(f"site: {pages} lessons in {site / 'index.html'}, {len(found)} faults")
    return code or bool(found)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
