"""The progress of a class, from files that students hand in: no telemetry, nothing is sent anywhere.

A student writes the file with `lrlab progress --export FILE`. In the folder lie STUDENT.json, or STUDENT/any-name.json.
"""

from __future__ import annotations

import json
from pathlib import Path

from .. import __version__, course
from ..progress import Progress, _check, tally

LARGEST = 5_000_000


def export(folder: Path, file: Path) -> None:
    """Write the progress of a folder into a file that can be handed in."""
    from .reports import write

    content = {"lrlab": __version__, "version": 1, "lessons": Progress(folder).read()}
    write(file, json.dumps(content, indent=1, sort_keys=True) + "\n")


def read(path: Path) -> dict:
    """The lessons in a file that was handed in; ValueError says why it cannot be used."""
    if path.is_symlink() or not path.is_file():
        raise ValueError("it is no file")
    if path.stat().st_size > LARGEST:
        raise ValueError("it is too large")
    try:
        lessons = json.loads(path.read_bytes().decode("utf-8-sig"))["lessons"]
        _check(lessons)
        return lessons
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as reason:
        raise ValueError("it is no progress file of lrlab") from reason


def collect(folder: Path) -> tuple[dict[str, dict], dict[str, str]]:
    """({student: lessons}, {student: why there is none})."""
    found, troubles = {}, {}
    for entry in sorted(folder.iterdir()):
        if entry.name.startswith("."):
            continue
        files = sorted(entry.glob("*.json")) if entry.is_dir() else [entry]
        student = entry.name if entry.is_dir() else entry.stem
        try:
            if len(files) != 1:
                raise ValueError(f"there are {len(files)} files where one is wanted")
            found[student] = read(files[0])
        except ValueError as reason:
            troubles[student] = f"{reason}."
    return found, troubles


def rows(found: dict[str, dict]) -> list[tuple]:
    """(student, lesson, points, of, missions, of, quiz, of) for every student and lesson."""
    made = []
    for student, lessons in found.items():
        for number in course.numbers():
            lesson, record = course.lesson(number), lessons.get(number, {})
            passed = record.get("exercises", {})
            quiz = record.get("quiz", {}).get(f"{number}-quiz", {})
            made.append(
                (
                    student, number,
                    sum(e.points for e in lesson.exercises if passed.get(e.id, {}).get("passed")), sum(e.points for e in lesson.exercises),
                    sum(bool(record.get("missions", {}).get(one)) for one in lesson.ids("missions")), len(lesson.missions),
                    quiz.get("right", ""), len(lesson.quiz),
                )  # fmt: skip
            )
    return made


def table(found: dict[str, dict], troubles: dict[str, str]) -> str:
    """Points of every student in every lesson, as text."""
    from .reports import plain

    numbers = course.numbers()
    wide = max([7, *(len(plain(student)) for student in found)])
    lines = [f"{'student':{wide}}  " + "  ".join(f"{number:>5}" for number in numbers) + "  points"]
    for student, lessons in found.items():
        made = [tally(course.lesson(number), lessons.get(number, {})).split(" points")[0].replace(" of ", "/") for number in numbers]
        total = sum(int(one.split("/")[0]) for one in made)
        lines.append(f"{plain(student):{wide}}  " + "  ".join(f"{one:>5}" for one in made) + f"  {total:6}")
    return "\n".join(lines + [f"{plain(student)}: {why}" for student, why in troubles.items()])
