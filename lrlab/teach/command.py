"""The commands `lrlab teach ...`."""

from __future__ import annotations

import os
from pathlib import Path


def add(commands) -> None:
    """Add `teach` and its own commands to those of lrlab."""
    teach = commands.add_parser("teach", help="for teachers: hand out, grade, progress of a class")
    below = teach.add_subparsers(dest="what", required=True, metavar="WHAT")

    one = below.add_parser("grade", help="grade a folder of submissions")
    one.add_argument("submissions", type=Path, help="STUDENT/ASSIGNMENT/NN-slug.ipynb, STUDENT/NN-slug.ipynb or STUDENT.ipynb")
    one.add_argument("--lesson", metavar="NN", help="only this lesson")
    one.add_argument("-o", "--out", type=Path, help="where the results go (default: SUBMISSIONS-grades, beside it)")
    one.add_argument("-j", "--jobs", type=int, default=-1, help="how many at a time (default: one for each processor)")
    one.add_argument("--seconds", type=float, default=5.0, help="processor time for one call of an answer (default: 5)")
    one.add_argument("--patience", type=float, default=60.0, help="seconds by the clock for code that only waits (default: 60)")
    one.add_argument("--memory", type=float, default=2.0, help="GB for a student's process (default: 2)")
    one.set_defaults(run=grade)

    one = below.add_parser("protection", help="try what a hostile answer would try, and say what is prevented here")
    one.set_defaults(run=protection)


def _refused(text):
    from ..cli import Refused

    return Refused(text)


def _lesson_number(number):
    from .. import course

    if number is None:
        return None
    number = number.split("-")[0].zfill(2)
    if number not in course.numbers():
        raise _refused(f"there is no lesson {number!r}. The lessons are {', '.join(course.numbers())}.")
    return number


def grade(submissions: Path, lesson: str | None, out: Path | None, jobs: int, seconds: float, patience: float, memory: float) -> int:
    from . import grading, reports, sandbox

    if os.name == "nt":
        raise _refused("grading needs the limits of Linux or macOS. On Windows run it in the Linux subsystem (WSL).")
    if not submissions.is_dir():
        raise _refused(f"there is no folder {submissions}. Give the folder with what the students handed in.")
    lesson = _lesson_number(lesson)
    if not jobs:
        raise _refused("--jobs must not be 0. Give -1 for one on each processor.")
    out = out or submissions.resolve().with_name(submissions.resolve().name + "-grades")
    if out.resolve() == submissions.resolve() or submissions.resolve() in out.resolve().parents:
        raise _refused(f"{out} lies among the submissions. Give another folder with -o.")
    try:
        limits = sandbox.Limits(call_seconds=seconds, patience=patience, memory=int(memory * 1e9))
    except ValueError as reason:
        raise _refused(str(reason)) from reason
    print(f"lrlab: {in_a_word(sandbox.bubblewrap())}", flush=True)
    grades = grading.grade_folder(submissions, out, lesson, limits, _points(submissions), jobs)
    if not grades:
        raise _refused(f"there is nothing in {submissions} to grade.")
    reports.write_all(grades, out)
    not_graded = [one for one in grades if one.trouble]
    print(f"lrlab: {len(grades)} submissions, {len(grades) - len(not_graded)} graded; see {out / 'summary.html'} and {out / 'grades.csv'}")
    for one in not_graded:
        print(f"lrlab: not graded: {one.student}: {one.trouble}")
    return 0


def _points(submissions):
    """The points of the course whose folder this lies in, else those of the lessons."""
    return {}


def in_a_word(program) -> str:
    if program:
        return "protection: bubblewrap and limits. Students' code has no network and sees no files but its own."
    return "protection: limits on time, memory and output only. Students' code can read your files and use the network: see lrlab teach protection."


def protection() -> int:
    from . import sandbox

    program = sandbox.bubblewrap()
    print(in_a_word(program))
    found = sandbox.protection(program)
    for what, prevented in found.items():
        print(f"  {what:14} {'prevented' if prevented else 'NOT prevented: ' + sandbox.WITHOUT[what]}")
    if program is None:
        print("With bubblewrap (Linux: apt install bubblewrap, dnf install bubblewrap) all of these are prevented.")
        print("Without it grade in a container or a virtual machine that holds nothing but the submissions.")
    return 0 if all(found.values()) else 1
