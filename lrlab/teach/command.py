"""The commands `lrlab teach ...`."""

from __future__ import annotations

import os
import sys
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

    one = below.add_parser("init", help="a complete nbgrader course; again after changes of its lrlab-course.toml")
    one.add_argument("folder", type=Path, help="where the course is, or will be")
    one.add_argument("--solutions", type=Path, help="the folder with the solution notebooks (default: that of this clone)")
    one.set_defaults(run=init)

    one = below.add_parser("progress", help="the table of a class, from files made with lrlab progress --export")
    one.add_argument("folder", type=Path, help="STUDENT.json, or STUDENT/any-name.json")
    one.add_argument("-o", "--out", type=Path, help="also write a CSV, a row for each student and lesson")
    one.set_defaults(run=progress)

    one = below.add_parser("leaderboard", help="rank the schedules of the capstone on seeds that nobody has seen")
    one.add_argument("folder", type=Path, help="STUDENT.txt with one schedule, or STUDENT/lrlab-leaderboard.json")
    one.add_argument("--first-seed", type=int, help="the first of the 20 seeds (default: drawn, and printed)")
    one.add_argument("-j", "--jobs", type=int, default=-1, help="how many at a time (default: one for each processor)")
    one.set_defaults(run=leaderboard)

    one = below.add_parser("hub", help="JupyterHub on this machine for the users of a group, each with the lessons (Linux, as root)")
    one.add_argument("folder", nargs="?", type=Path, default=Path("lrlab-hub"), help="passwords, cookies, log (default: lrlab-hub)")
    one.add_argument("--add", nargs="+", default=[], metavar="NAME", help="make these users of the system, with passwords")
    one.add_argument("--users", type=Path, metavar="FILE", help="the same for the names in a file, one a line")
    one.add_argument("--group", default="lrlab", help="the group of the system whose users may log in (default: lrlab)")
    one.add_argument("--collect", type=Path, metavar="OUT", help="only copy the learners' notebooks to OUT/NAME, to be graded")
    one.add_argument("--ip", default="127.0.0.1", help="the address to listen on; 0.0.0.0 for the whole room (default: this machine alone)")
    one.add_argument("--port", type=int, default=8000)
    one.add_argument("--certificate", type=Path, help="for https, with --key; needs the proxy in Node")
    one.add_argument("--key", type=Path)
    one.add_argument("--memory", type=float, default=2.0, help="GB for one process of a learner (default: 2)")
    one.set_defaults(run=hub)

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
    points, due = _points_and_due(submissions)
    grades = grading.grade_folder(submissions, out, lesson, limits, points, jobs, due=due)
    if not grades:
        raise _refused(f"there is nothing in {submissions} to grade.")
    reports.write_all(grades, out)
    not_graded = [one for one in grades if one.trouble]
    print(f"lrlab: {len(grades)} submissions, {len(grades) - len(not_graded)} graded; see {out / 'summary.html'} and {out / 'grades.csv'}")
    for one in not_graded:
        print(f"lrlab: not graded: {reports.plain(one.student)}: {reports.plain(one.trouble)}")
    return 0


def _points_and_due(submissions):
    """The points and due dates of the course in whose folder the submissions lie, else none: the points are those of the lessons."""
    from . import initiate

    path = submissions.resolve().parent / initiate.SETTINGS
    try:
        settings = initiate.read_settings(path) if path.exists() else None
    except initiate.Wrong as reason:
        raise _refused(str(reason)) from reason
    return (settings.points, {number: settings.due_of(number) for number in settings.lessons}) if settings else ({}, {})


def init(folder: Path, solutions: Path | None) -> int:
    from . import initiate

    sources = initiate.solutions(solutions)
    if not sources:
        raise _refused("the solution notebooks are in a clone of lrlab, not in the installed package. Give their folder: --solutions lrlab/solutions")
    if folder.exists() and not folder.is_dir():
        raise _refused(f"{folder} is a file. Give the name of a folder.")
    try:
        settings, written, kept = initiate.write_course(folder, sources)
    except (initiate.Wrong, OSError) as reason:
        raise _refused(str(reason)) from reason
    print(f"lrlab: course {settings.course} in {folder}: {len(settings.lessons)} lessons, {len(written)} files written")
    for name in kept:
        print(f"lrlab: {name} was changed by you and stays as it is; delete it to have it made again")
    for path in sorted((folder / "source").glob("[0-9][0-9]-*")):
        if path.name[:2] not in settings.lessons:
            print(f"lrlab: {path.name} is no longer among the lessons; its files stay until you delete them")
    print(f"lrlab: set lessons, points, due dates and the rule for solutions in {folder / initiate.SETTINGS}")
    print(f"lrlab: next: cd {folder} && nbgrader generate_assignment {_first(sources, settings)}")
    return 0


def _first(sources, settings):
    return sources[settings.lessons[0]].name.removesuffix(".ipynb")


def _folder(folder):
    if not folder.is_dir():
        raise _refused(f"there is no folder {folder}. Give the folder with what the students handed in.")


def progress(folder: Path, out: Path | None) -> int:
    from . import attendance, reports

    _folder(folder)
    found, troubles = attendance.collect(folder)
    print(attendance.table(found, troubles))
    if out:
        head = ("student", "lesson", "points", "of", "missions", "of missions", "quiz", "of quiz")
        reports.write_table(out, head, attendance.rows(found))
    return 0


def leaderboard(folder: Path, first_seed: int | None, jobs: int) -> int:
    import secrets

    from . import ranking

    _folder(folder)
    first = 2000 + secrets.randbelow(10**6) if first_seed is None else first_seed
    if first < 0 or not jobs:
        raise _refused("--first-seed must be 0 or more, and --jobs not 0.")
    print(ranking.board(folder, range(first, first + 20), jobs))
    print(f"Seeds {first} to {first + 19}. '=' after a place: shared, the seeds cannot tell. '*': a baseline.")
    return 0


def hub(folder, add, users, group, collect, ip, port, certificate, key, memory) -> int:
    if sys.platform != "linux":
        raise _refused("the server for a room needs Linux.")
    from . import hub

    for path in (users, certificate, key):
        if path and not path.is_file():
            raise _refused(f"there is no file {path}.")
    if (certificate is None) != (key is None):
        raise _refused("--certificate and --key go together.")
    if not memory >= 0.5:
        raise _refused(f"--memory must be 0.5 or more (GB), got {memory:g}.")
    try:
        hub.possible()
        if collect:
            copied, left = hub.collect(group, collect)
            print("\n".join([f"lrlab: {copied} notebooks in {collect}", *(f"lrlab: not copied: {one}" for one in left)]))
            return 0
        names = hub.check_names(add) + (hub.read_names(users.read_text(encoding="utf-8")) if users else [])
        folder = hub.prepare(folder)
        if made := hub.add_users(names, group, folder):
            print(f"lrlab: {len(made)} users made; their passwords are in {folder / hub.PASSWORDS}", flush=True)
        if not certificate and ip not in ("127.0.0.1", "localhost", "::1"):
            print("lrlab: without a certificate passwords and work cross the network unencrypted: see --certificate", flush=True)
        return hub.run(folder, group, ip, port, memory, certificate, key)
    except (hub.Wrong, UnicodeDecodeError) as reason:
        raise _refused(str(reason)) from reason


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
