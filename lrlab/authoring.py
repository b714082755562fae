"""From solutions/ to lessons/: the solution notebooks are the only ones edited by hand.

`build` runs every solution notebook and stores its outputs, replaces what stands between `### BEGIN SOLUTION` and
`### END SOLUTION` by `...`, and runs the lesson that results. If a cell raises, no file is touched. `build --check`
compares without running.
"""

from __future__ import annotations

import copy
import json
import multiprocessing
import os
import re
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

BEGIN, END, STUB = "### BEGIN SOLUTION", "### END SOLUTION", "..."
KEPT_METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def strip_solution(source: str, name: str) -> str:
    """The source with every solution region replaced by `...` at the indentation of its first line.

    >>> print(strip_solution("def f(x):\\n    ### BEGIN SOLUTION\\n    return x\\n    ### END SOLUTION", "cell"))
    def f(x):
        ...
    """
    lines, inside = [], False
    for line in source.split("\n"):
        if BEGIN in line:
            if inside:
                raise ValueError(f"{name}: a solution region begins inside another. Close the first with {END}.")
            inside = True
            lines.append(line[: len(line) - len(line.lstrip())] + STUB)
        elif END in line:
            if not inside:
                raise ValueError(f"{name}: a solution region ends that never began. Write {BEGIN} before it.")
            inside = False
        elif not inside:
            lines.append(line)
    if inside:
        raise ValueError(f"{name}: a solution region has no end. Write {END} after it.")
    return "\n".join(lines)


def make_lesson(solution: dict) -> dict:
    """The lesson of a solution notebook: regions stripped, outputs cleared."""
    lesson = copy.deepcopy(solution)
    lesson["metadata"] = copy.deepcopy(KEPT_METADATA)
    for cell in lesson["cells"]:
        source, name = "".join(cell["source"]), cell["id"]
        marked = cell["metadata"].get("nbgrader", {}).get("solution", False)
        if BEGIN in source and not marked:
            raise ValueError(f"{name}: it has a solution region but no nbgrader metadata with solution: true.")
        if marked and BEGIN not in source:
            raise ValueError(f"{name}: it is marked as a solution but has no {BEGIN} region.")
        cell["source"] = strip_solution(source, name)
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    return lesson


def tidy(notebook: dict) -> dict:
    """Take out what differs from run to run or shows nothing without a kernel: times, widget states, widget views."""
    notebook["metadata"] = copy.deepcopy(KEPT_METADATA)
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"])
        cell["metadata"] = {k: v for k, v in cell["metadata"].items() if k in ("nbgrader", "tags", "lrlab")}
        if "outputs" in cell:
            cell["outputs"] = _joined(cell["outputs"])
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(WIDGET_VIEW, None)
    return notebook


def _joined(outputs):
    """Neighbouring prints as one: how a kernel cuts them differs from run to run."""
    joined = []
    for output in outputs:
        if output["output_type"] != "stream":
            joined.append(output)
            continue
        output = output | {"text": "".join(output["text"])}
        if joined and joined[-1]["output_type"] == "stream" and joined[-1]["name"] == output["name"]:
            joined[-1]["text"] += output["text"]
        else:
            joined.append(output)
    return joined


def execute(notebook: dict, folder: Path) -> dict:
    """Run all cells in a fresh kernel, in `folder`, with the progress in memory; return the notebook with outputs."""
    import nbformat
    from nbclient import NotebookClient

    node = nbformat.from_dict(notebook)
    quiet = {"LRLAB_PROGRESS": "memory", "LRLAB_QUIET": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    NotebookClient(
        node, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(folder)}}, store_widget_state=False
    ).execute(env=os.environ | quiet)
    return tidy(json.loads(nbformat.writes(node)))


def _load(path: Path) -> dict:
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        cells = notebook["cells"]
    except (ValueError, TypeError, KeyError) as reason:
        raise ValueError(f"{path.parent.name}/{path.name} is not a notebook: {type(reason).__name__}, {reason}.") from reason
    for number, cell in enumerate(cells):
        if "id" not in cell:
            raise ValueError(f"{path.parent.name}/{path.name}: cell {number} has no id. Give it one in words.")
    return notebook


def read(path: Path) -> dict:
    return tidy(_load(path))


def write(path: Path, notebook: dict) -> None:
    path.parent.mkdir(exist_ok=True)
    temporary = path.with_suffix(".ipynb.tmp")
    try:
        temporary.write_text(json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def made(path: Path) -> tuple[dict, dict]:
    """Run a solution, make its lesson, run the lesson; return both with their outputs."""
    solution = read(path)
    lesson = make_lesson(solution)
    folder = path.parent.parent / "lessons"
    folder.mkdir(exist_ok=True)
    return execute(solution, path.parent), execute(lesson, folder)


def is_tidy(path: Path) -> bool:
    """Is there nothing in this notebook that `tidy` takes out?"""
    there, tidied = _load(path), read(path)
    pairs = zip([there, *there["cells"]], [tidied, *tidied["cells"]])
    views = (WIDGET_VIEW in output.get("data", {}) for cell in there["cells"] for output in cell.get("outputs", []))
    return not any(views) and all(one["metadata"] == other["metadata"] for one, other in pairs)


def differences(root: Path) -> list[str]:
    """What in lessons/ is not what the solutions give, a line each."""
    solutions = {path.name: path for path in sorted((root / "solutions").glob("*.ipynb"))}
    lessons = {path.name: path for path in sorted((root / "lessons").glob("*.ipynb"))}
    found = [f"lessons/{name} is missing" for name in sorted(solutions.keys() - lessons.keys())]
    found += [f"lessons/{name} has no solution" for name in sorted(lessons.keys() - solutions.keys())]
    for path in (*solutions.values(), *lessons.values()):
        if not is_tidy(path):
            found.append(f"{path.parent.name}/{path.name} holds widget views, widget states or metadata that no build leaves")
    for name in sorted(solutions.keys() & lessons.keys()):
        wanted, there = make_lesson(read(solutions[name]))["cells"], read(lessons[name])["cells"]
        if [cell["id"] for cell in wanted] != [cell["id"] for cell in there]:
            found.append(f"lessons/{name} has other cells than its solution")
            continue
        for one, other in zip(wanted, there):
            parts = ("cell_type", "source", "metadata")
            found += [f"lessons/{name}, cell {one['id']}: another {part}" for part in parts if one[part] != other[part]]
    return found


def build(root: Path, check: bool = False) -> int:
    """Make the lessons from the solutions, or with `check` only compare. Returns the exit code."""
    root = Path(root)
    paths = sorted((root / "solutions").glob("*.ipynb"))
    if not paths:
        print(f"lrlab build: no notebooks in {root / 'solutions'}. Run it in a clone of the repository.", file=sys.stderr)
        return 1
    if check:
        try:
            found = differences(root)
        except ValueError as reason:
            found = [str(reason)]
        for line in found:
            print(f"lrlab build --check: {line}", file=sys.stderr)
        print(f"lrlab build --check: {len(paths)} lessons, {len(found)} differences" + (", run lrlab build" if found else ""))
        return 1 if found else 0
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=min(2, len(paths)), mp_context=spawn) as pool:
        futures = {path: pool.submit(made, path) for path in paths}
    failed = {path: future.exception() for path, future in futures.items() if future.exception()}
    for path, reason in failed.items():
        plain = re.sub(r"\x1b\[[\d;]*m", "", str(reason))
        print(f"lrlab build: solutions/{path.name} or its lesson cannot be built:\n{plain}", file=sys.stderr)
    if failed:
        print("lrlab build: nothing was written", file=sys.stderr)
        return 1
    for path, future in futures.items():
        solution, lesson = future.result()
        write(root / "lessons" / path.name, lesson)
        write(path, solution)
        print(f"lrlab build: lessons/{path.name}", flush=True)
    return 0
