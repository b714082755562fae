"""Tables and pages made of grades: for the gradebook, for the teacher, for each student."""

from __future__ import annotations

import csv
import html
import os
import tempfile
import unicodedata
from collections import Counter
from pathlib import Path

from .. import course
from ..checking import CORRECT
from .grading import UNGRADED, Grade

STYLE = """
body { font: 16px/1.45 system-ui, sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em; color: #1a1a1a; background: #fff }
table { border-collapse: collapse; width: 100% } caption { text-align: left; font-weight: bold; padding: 0.5em 0 }
th, td { text-align: left; vertical-align: top; padding: 0.3em 0.8em 0.3em 0; border-bottom: 1px solid #ccc }
td.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums } ul { margin: 0; padding-left: 1.1em }
pre { margin: 0; white-space: pre-wrap; font-size: 0.85em } details { margin: 0.2em 0 }
"""


def safe(text) -> str:
    """Text that no spreadsheet takes for a formula."""
    text = lines_of(text)
    return "'" + text if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def plain(text) -> str:
    """Text for a terminal: without bytes that are no text, and without control characters.

    >>> plain("a\\x1b[31m \\udcff \\xe9")
    'a?[31m ? \xe9'
    """
    text = str(text).encode("utf-8", "replace").decode()
    return "".join("?" if unicodedata.category(one) == "Cc" else one for one in text)


def lines_of(text) -> str:
    """The same for a text of several lines."""
    return "\n".join(map(plain, str(text).split("\n")))


def number(value: float) -> str:
    return f"{value:g}"


def write(path: Path, text: str) -> None:
    """All of it, or what was there before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
    with os.fdopen(handle, "w", encoding="utf-8", errors="replace", newline="") as file:
        file.write(text)
    os.chmod(temporary, 0o644)
    os.replace(temporary, path)


def write_table(path: Path, head: tuple, rows: list) -> None:
    with tempfile.TemporaryFile("w+", encoding="utf-8", newline="", errors="replace") as file:
        table = csv.writer(file)
        table.writerow(head)
        table.writerows([[safe(one) for one in row] for row in rows])
        file.seek(0)
        write(path, file.read())


def write_all(grades: list[Grade], out: Path) -> list[Path]:
    """grades.csv, exercises.csv, summary.html, and a text for each student."""
    overall, single = out / "grades.csv", out / "exercises.csv"
    write_table(
        overall,
        ("student", "lesson", "points", "of", "file", "graded", "remarks"),
        [
            (g.student, g.lesson, number(g.points), number(g.of), g.file, "no" if g.trouble else "yes", " ".join([g.trouble, *g.notes]).strip())
            for g in grades
        ],
    )
    write_table(
        single,
        ("student", "lesson", "exercise", "state", "points", "of", "cause", "reason"),
        [
            (g.student, g.lesson, m.exercise, m.state, number(m.points), number(m.of), m.cause, m.reason or g.trouble)
            for g in grades
            for m in g.marks
        ],
    )
    page = out / "summary.html"
    write(page, summary(grades))
    for grade in grades:
        name = grade.student if grade.student not in ("", ".", "..") else "_"
        write(out / "feedback" / name / f"{grade.lesson or 'unknown'}.txt", feedback(grade))
    return [overall, single, page]


def feedback(grade: Grade) -> str:
    """What a student is told of one submission."""
    title = f"lesson {grade.lesson}" if grade.lesson else "no lesson"
    lines = [f"{grade.student}, {title}: {number(grade.points)} of {number(grade.of)} points"]
    lines += [f"Not graded: {grade.trouble}"] * bool(grade.trouble)
    lines += [f"Note: {note}" for note in grade.notes]
    for mark in grade.marks:
        if mark.state == UNGRADED:
            continue
        title = next(e.title for e in course.lesson(grade.lesson).exercises if e.id == mark.exercise)
        lines += ["", f"{mark.exercise}, {title}: {mark.state} ({number(mark.points)} of {number(mark.of)} points)", mark.reason]
    return lines_of("\n".join(lines)) + "\n"


def summary(grades: list[Grade]) -> str:
    """A page for the teacher: for each exercise the share that passed, and the most frequent wrong answers by name."""
    lessons = sorted({grade.lesson for grade in grades if grade.lesson})
    body = "".join(_lesson(number_, [grade for grade in grades if grade.lesson == number_]) for number_ in lessons)
    rest = [grade for grade in grades if not grade.lesson]
    if rest:
        body += "<h2>Not told which lesson</h2>" + _students(rest)
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>Grades</title><style>{STYLE}</style></head><body><h1>Grades</h1>{body}</body></html>\n"
    )


def _lesson(number_, grades):
    graded = [grade for grade in grades if not grade.trouble]
    lesson = course.lesson(number_)
    rows = ""
    for exercise in lesson.exercises:
        marks = [mark for grade in graded for mark in grade.marks if mark.exercise == exercise.id]
        passed = sum(mark.state == CORRECT for mark in marks)
        causes = Counter(mark.cause for mark in marks if mark.cause).most_common(5)
        named = {wrong.name: wrong.message for wrong in exercise.wrong}
        items = "".join(
            f"<li>{count} × {_text(cause)}{f': {_text(named[cause])}' if cause in named else ''}</li>" for cause, count in causes
        )
        share = f"{100 * passed / len(marks):.0f} %" if marks else "none graded"
        rows += (
            f'<tr><th scope="row">{exercise.id}<br>{_text(exercise.title)}</th><td class="number">{share}<br>{passed} of {len(marks)}</td>'
            f"<td><ul>{items}</ul></td></tr>"
        )
    mean = sum(grade.points for grade in graded) / len(graded) if graded else 0.0
    full = number(graded[0].of) if graded else "0"
    said = f"<p>{len(grades)} submissions, {len(graded)} graded; on average {mean:.1f} of {full} points.</p>"
    table = (
        '<table><caption>Exercises</caption><thead><tr><th scope="col">exercise</th><th scope="col">passed</th>'
        f'<th scope="col">most frequent wrong answers</th></tr></thead><tbody>{rows}</tbody></table>'
    )
    return f"<h2>Lesson {number_}: {_text(lesson.title)}</h2>{said}{table}{_students(grades)}"


def _students(grades):
    rows = ""
    for grade in grades:
        points = "not graded" if grade.trouble else f"{number(grade.points)} of {number(grade.of)}"
        rows += (
            f'<tr><th scope="row">{_text(grade.student)}</th><td class="number">{points}</td>'
            f"<td><details><summary>{_short(grade)}</summary><pre>{_text(feedback(grade))}</pre></details></td></tr>"
        )
    return (
        '<table><caption>Students</caption><thead><tr><th scope="col">student</th><th scope="col">points</th>'
        f'<th scope="col">what happened</th></tr></thead><tbody>{rows}</tbody></table>'
    )


def _short(grade):
    if grade.trouble:
        return _text(grade.trouble)
    open_ones = [f"{mark.exercise} {mark.cause or mark.state}" for mark in grade.marks if mark.state != CORRECT]
    late = ["late"] * any(note.startswith("late: ") for note in grade.notes)
    return _text("; ".join([*(open_ones or ["all correct"]), *late]))


def _text(text) -> str:
    return html.escape(lines_of(text))
