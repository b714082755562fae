"""A complete nbgrader course from the solutions: notebooks to assign, configuration, header, run sheets.

    FOLDER/lrlab-course.toml            what the teacher sets; written once, read ever after
    FOLDER/nbgrader_config.py
    FOLDER/source/header.ipynb          put before every lesson
    FOLDER/source/NN-slug/NN-slug.ipynb with a manual question at its end
    FOLDER/source/NN-slug/lrlab-course.json   when solutions open; handed out with the notebook
    FOLDER/run-sheets/NN-slug.md
"""

from __future__ import annotations

import ast
import copy
import hashlib
import json
import tomllib
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path

from .. import authoring, course
from ..progress import COURSE_FILE, POLICIES
from . import reports
from .submissions import text_of

SETTINGS = "lrlab-course.toml"
MADE = ".lrlab-made.json"
TEMPLATE = """# The course, for `lrlab teach init`. Change what you like, then run the command again.

course = "lrlab"                 # its name for nbgrader: letters, digits, - and _
lessons = [{lessons}]
solutions = "after pass"         # "after pass", "after deadline" or "never": when solution("02-1") opens
manual_points = 2                # for the question to be answered in words; 0 leaves it out
# due = 2030-01-31T23:59:00+01:00   # for all lessons; a time with its distance from UTC

[due_dates]                      # for single lessons, such as "02" = 2030-01-31T23:59:00+01:00

[points]                         # other points than the lesson's own, such as "02-1" = 5
"""
CONFIG = '''"""Written by `lrlab teach init`. Your own settings: put them into nbgrader_config_own.py beside this file."""

from pathlib import Path

here = Path(__file__).resolve().parent
c = get_config()  # noqa: F821
c.CourseDirectory.course_id = {name!r}
c.CourseDirectory.root = str(here)
c.CourseDirectory.ignore = [".ipynb_checkpoints", "*.pyc", "__pycache__", ".pytest_cache", "lrlab-progress.json"]
c.IncludeHeaderFooter.header = str(here / "source" / "header.ipynb")
c.ClearSolutions.code_stub = {{"python": "..."}}
c.ClearSolutions.text_stub = "Your answer"
c.Execute.timeout = 120
c.Execute.interrupt_on_timeout = True
c.LimitOutput.max_lines = 1000
c.LimitOutput.max_traceback = 100
if (here / "nbgrader_config_own.py").exists():
    load_subconfig("nbgrader_config_own.py")  # noqa: F821
'''
HEADER = """*Hand in this notebook under its own name. Write in the cells that are there: keep the cells of the checks, and the names
of the functions. You may add cells. Run everything once more from the top (Kernel, Restart Kernel and Run All Cells) before you hand it in.*"""


class Wrong(ValueError):
    """A setting that cannot be used, in a sentence for the teacher."""


@dataclass(frozen=True)
class Settings:
    """What the teacher sets in lrlab-course.toml."""

    course: str
    lessons: tuple[str, ...]
    solutions: str = "after pass"
    manual_points: float = 2
    due: datetime | None = None
    due_dates: dict = field(default_factory=dict)
    points: dict = field(default_factory=dict)

    def due_of(self, number: str) -> datetime | None:
        return self.due_dates.get(number, self.due)


def read_settings(path: Path) -> Settings:
    """The settings in a file, each checked; `Wrong` names the first that cannot be used."""
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as reason:
        raise Wrong(f"{path} is no TOML: {reason}.") from reason
    known = set(Settings.__dataclass_fields__)
    if strange := sorted(set(given) - known):
        raise Wrong(f"{path}: there is no setting {strange[0]!r}. There are: {', '.join(sorted(known))}.")
    name = given.get("course", "lrlab")
    if not isinstance(name, str) or not name or not name.replace("-", "a").replace("_", "a").isalnum():
        raise Wrong(f"{path}: course must be letters, digits, - and _, got {name!r}.")
    lessons = given.get("lessons", list(course.numbers()))
    if not isinstance(lessons, list) or not lessons:
        raise Wrong(f"{path}: lessons must be a list of numbers in quotes, such as [\"01\", \"02\"], got {lessons!r}.")
    for number in [*lessons, *given.get("due_dates", {})]:
        if number not in course.numbers():
            raise Wrong(f"{path}: there is no lesson {number!r}. The lessons are {', '.join(course.numbers())}.")
    if (policy := given.get("solutions", "after pass")) not in POLICIES:
        raise Wrong(f"{path}: solutions must be one of {', '.join(map(repr, POLICIES))}, got {policy!r}.")
    due = _moment(path, "due", given["due"]) if "due" in given else None
    dates = {number: _moment(path, number, value) for number, value in given.get("due_dates", {}).items()}
    if policy == "after deadline" and (missing := [number for number in lessons if not (dates.get(number) or due)]):
        raise Wrong(f'{path}: solutions = "after deadline" needs a due date, and lesson {missing[0]} has none. Set due.')
    points, ids = given.get("points", {}), {e.id for number in course.numbers() for e in course.lesson(number).exercises}
    for exercise, value in points.items():
        if exercise not in ids:
            raise Wrong(f"{path}: there is no exercise {exercise!r}. Write it as \"02-1\".")
        _not_negative(path, exercise, value)
    manual = _not_negative(path, "manual_points", given.get("manual_points", 2))
    return Settings(name, tuple(dict.fromkeys(lessons)), policy, manual, due, dates, points)


def _moment(path, name, value):
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time(23, 59))
    if not isinstance(value, datetime):
        raise Wrong(f"{path}: {name} must be a time without quotes, such as 2030-01-31T23:59:00+01:00, got {value!r}.")
    return value.astimezone()  # one without a distance from UTC is a time of this machine


def _not_negative(path, name, value):
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1e6:
        raise Wrong(f"{path}: the points of {name} must be a number from 0 on, got {value!r}.")
    return value


def solutions(folder: Path | None = None) -> dict[str, Path]:
    """The solution notebooks: {number: path}. They are in a clone of lrlab, not in the installed package."""
    folder = folder or Path(__file__).resolve().parent.parent.parent / "solutions"
    return {path.name[:2]: path for path in sorted(folder.glob("[0-9][0-9]-*.ipynb"))}


def _markdown(cell_id, text, **marks):
    nbgrader = {"schema_version": 3, "grade_id": cell_id, "grade": False, "solution": False, "locked": True, "task": False} | marks
    return {"cell_type": "markdown", "id": cell_id, "metadata": {"nbgrader": nbgrader}, "source": text}


def verdicts(notebook: dict) -> list[tuple[str, str, str]]:
    """(claim, verdict, reason) of each `verdict(...)` of a lesson that is written out."""
    found = []
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code" and "verdict(" in text_of(cell):
            for node in ast.walk(ast.parse(text_of(cell))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "verdict":
                    said = [one.value for one in node.args if isinstance(one, ast.Constant)]
                    if len(said) == len(node.args) >= 3:
                        found.append((said[0], said[2], said[3] if len(said) > 3 else ""))
    return found


def assignment(notebook: dict, number: str, settings: Settings) -> dict:
    """The notebook for nbgrader's folder `source`: no outputs, the teacher's points, a question to answer in words."""
    made = copy.deepcopy(notebook)
    exercises = course.lesson(number).exercises
    for cell in made["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
            marks = cell["metadata"].get("nbgrader", {})
            if marks.get("grade"):
                (exercise,) = [one.id for one in exercises if f'check("{one.id}"' in text_of(cell)]
                marks["points"] = settings.points.get(exercise, marks["points"])
    if settings.manual_points:
        said = "\n".join(f"- {claim} **{word}**{f': {why}' if why else ''}" for claim, word, why in verdicts(notebook))
        question = (
            f"## In your own words\n\n*{reports.number(settings.manual_points)} points, graded by your teacher.* Choose one verdict of this lesson. Explain "
            "it in two sentences to someone who has not seen the measurement: what was measured, and what makes it so. Write in the cell below."
        )
        answer = f"### BEGIN SOLUTION\nOne of these, with its reason and without a claim that no cell measures:\n\n{said}\n### END SOLUTION"
        place = next((n for n, cell in enumerate(made["cells"]) if cell["id"] == f"{number}-quiz-text"), len(made["cells"]))
        made["cells"][place:place] = [
            _markdown(f"{number}-words-text", question),
            _markdown(f"{number}-words", answer, grade=True, solution=True, locked=False, points=settings.manual_points),
        ]
    return made


def run_sheet(number: str, notebook: dict) -> str:
    """One lesson for the teacher: minutes, what to ask, likely wrong answers."""
    lesson = course.lesson(number)
    lines = [f"# Run sheet: lesson {number}, {lesson.title}", "", f"{lesson.minutes} minutes. {sum(e.points for e in lesson.exercises)} points in {len(lesson.exercises)} exercises.", ""]
    lines += ["## Ask the class before the lesson", ""]
    lines += [f"- {q.text} *({q.option(q.answer).text})*" for q in lesson.recall]
    lines += ["", "## Let them predict, with a show of hands", ""]
    for q in lesson.predictions:
        lines += [f"- {q.text}"]
        lines += [f"  - {letter}) {q.option(letter).text}{' **(measured)**' if letter == q.answer else ''}: {q.option(letter).why}" for letter in q.letters]
    lines += ["", "## What the lesson measures", ""]
    lines += [f"- {claim} **{word}**{f': {why}' if why else ''}" for claim, word, why in verdicts(notebook)]
    lines += ["", "## Missions", ""] + [f"- {one.id}: {one.text} {one.shows}" for one in lesson.missions]
    lines += ["", "## Exercises, and the wrong answers you will meet", ""]
    for e in lesson.exercises:
        lines += [f"### {e.id} {e.title} ({e.minutes} minutes, {e.points} points)", "", f"It shows: {e.shows}", ""]
        lines += [f"- **{wrong.name}**: {wrong.message}" for wrong in e.wrong]
        lines += ["", f"To one who is stuck: {e.hints[0]}", ""]
    lines += ["## Ask at the end", ""] + [f"- {q.text} *({q.option(q.answer).text})*" for q in lesson.quiz]
    return "\n".join(lines) + "\n"


def _text(notebook):
    return json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def files(settings: Settings, sources: dict[str, Path]) -> dict[str, str]:
    """All files of the course but its settings: {path in the folder: content}."""
    header = {"cells": [_markdown("header", HEADER)], "metadata": authoring.KEPT_METADATA, "nbformat": 4, "nbformat_minor": 5}
    made = {"nbgrader_config.py": CONFIG.format(name=settings.course), "source/header.ipynb": _text(header)}
    for number in settings.lessons:
        path, due = sources[number], settings.due_of(number)
        notebook = authoring.read(path)
        name = path.name.removesuffix(".ipynb")
        made[f"source/{name}/{path.name}"] = _text(assignment(notebook, number, settings))
        policy = {"solutions": settings.solutions, "due": due.isoformat() if due else None}
        made[f"source/{name}/{COURSE_FILE}"] = json.dumps(policy) + "\n"
        made[f"run-sheets/{name}.md"] = run_sheet(number, notebook)
    return made


def write_course(folder: Path, sources: dict[str, Path]) -> tuple[Settings, list[str], list[str]]:
    """Write the course, or bring it up to its settings. Returns (settings, files written, files kept as the teacher changed them)."""
    path = folder / SETTINGS
    folder.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        reports.write(path, TEMPLATE.format(lessons=", ".join(f'"{number}"' for number in course.numbers() if number in sources)))
    settings = read_settings(path)
    if missing := [number for number in settings.lessons if number not in sources]:
        raise Wrong(f"the solution of lesson {missing[0]} is missing.")
    try:
        before = json.loads((folder / MADE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        before = {}
    written, kept, digests = [], [], {}
    for name, content in files(settings, sources).items():
        target, new = folder / name, _digest(content.encode())
        there = _digest(target.read_bytes()) if target.exists() else None
        if there not in (None, new, before.get(name)):
            kept.append(name)
            digests[name] = before.get(name, "")
            continue
        if there != new:
            reports.write(target, content)
            written.append(name)
        digests[name] = new
    reports.write(folder / MADE, json.dumps(digests, indent=1, sort_keys=True) + "\n")
    return settings, written, kept


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
