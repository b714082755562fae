"""Grading with limits alone, as it works on every Linux and macOS; tests/classroom tries bubblewrap and nbgrader."""

import ast
import copy
import csv
import json
import os
import sys
from datetime import datetime, timezone

import numpy as np
import pytest
from classroom import students

from lrlab import Cosine, cli, course
from lrlab.teach import grading, reports, sandbox, submissions, values

pytestmark = pytest.mark.skipif(os.name == "nt", reason="grading needs the limits of Linux or macOS")
LIMITS = sandbox.Limits(call_seconds=1.0, cell_seconds=1.0, patience=20.0)


@pytest.fixture(autouse=True)
def limits_alone(monkeypatch):
    monkeypatch.setattr(sandbox, "bubblewrap", lambda: None)


@pytest.fixture
def library(tmp_path):
    return sandbox.make_library(tmp_path / "lent" if (tmp_path / "lent").mkdir() is None else tmp_path)


def graded(notebook, library, tmp_path, **options):
    path = tmp_path / students.NAME
    path.write_text(json.dumps(notebook))
    return grading.grade_one(submissions.Submission("a", "02", path), library, LIMITS, None, [], options.get("points", {}))


@pytest.mark.parametrize("name", students.CLASS)
def test_every_kind_of_submission_gets_its_points_and_its_reason(name, library, tmp_path):
    notebook, points, state, words = students.CLASS[name]
    grade = graded(notebook, library, tmp_path)
    first = grade.marks[0]
    assert (grade.points, grade.of, first.state) == (points, 12, state), grade
    assert words in "\n".join([first.reason, *grade.notes])
    assert grade.trouble == ""


def test_a_wrong_answer_is_named(library, tmp_path):
    causes = {name: graded(students.CLASS[name][0], library, tmp_path).marks[0].cause for name in ("wrong", "endless", "syntax", "deleted")}
    assert causes == {"wrong": "sigma not squared", "endless": "runs too long", "syntax": "SyntaxError", "deleted": "the cell is missing"}


def test_an_answer_that_only_waits_is_ended_by_the_clock(library, tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "LIMITS", sandbox.Limits(call_seconds=0.1, patience=1.0))
    grade = graded(students.floor("import time; time.sleep(1000)"), library, tmp_path)
    assert grade.points == 9 and "after 1 seconds" in grade.marks[0].reason


def test_points_of_the_course_take_the_place_of_the_lessons_own(library, tmp_path):
    grade = graded(students.CLASS["wrong"][0], library, tmp_path, points={"02-1": 10, "02-2": 0.5})
    assert (grade.points, grade.of) == (0.5 + 7, 17.5)


def test_a_class_is_graded_whole_with_a_reason_for_each_and_goes_on_where_it_stopped(tmp_path, monkeypatch, capsys):
    handed_in = tmp_path / "submitted"
    few = {name: students.CLASS[name] for name in ("right", "wrong", "exits")}
    students.hand_in(handed_in, few)
    (handed_in / "=evil").mkdir()
    (handed_in / "=evil" / students.NAME).write_text(json.dumps(students.floor("return '<script>x</script>'")))
    said = students.broken(handed_in)
    (handed_in / "zoe.ipynb").write_text(json.dumps(students.SOLVED))
    assert cli.main(["teach", "grade", str(handed_in), "-j", "1", "--lesson", "2"]) == 0
    out = tmp_path / "submitted-grades"
    rows = {row["student"]: row for row in csv.DictReader(open(out / "grades.csv", encoding="utf-8"))}
    assert {name: float(rows[name]["points"]) for name in (*few, "zoe")} == {"right": 12, "wrong": 9, "exits": 9, "zoe": 12}
    assert rows["'=evil"]["graded"] == "yes"
    for name, words in said.items():
        assert (rows[name]["points"], rows[name]["of"], rows[name]["graded"]) == ("0", "12", "no")
        assert words in rows[name]["remarks"] and words in (out / "feedback" / name / "02.txt").read_text()
    single = [row for row in csv.DictReader(open(out / "exercises.csv", encoding="utf-8")) if row["student"] == "wrong"]
    assert [row["cause"] for row in single] == ["sigma not squared", "", "", "", ""]
    page = (out / "summary.html").read_text()
    assert "1 × sigma not squared: sigma is the standard deviation" in page and "<script" not in page
    assert "40 %<br>2 of 5" in page and "19 submissions, 5 graded" in page

    monkeypatch.setattr(grading, "grade_one", lambda *given: pytest.fail("graded again"))
    before = (out / "grades.csv").read_bytes()
    assert cli.main(["teach", "grade", str(handed_in), "-j", "1", "--lesson", "02"]) == 0
    assert (out / "grades.csv").read_bytes() == before


def test_a_changed_file_is_graded_again(tmp_path):
    handed_in, out = students.hand_in(tmp_path / "s", {"a": students.CLASS["wrong"]}), tmp_path / "o"
    assert grading.grade_folder(handed_in, out, "02", LIMITS, jobs=1, progress=False)[0].points == 9
    next(handed_in.rglob("*.ipynb")).write_text(json.dumps(students.SOLVED))
    assert grading.grade_folder(handed_in, out, "02", LIMITS, jobs=1, progress=False)[0].points == 12


def test_what_cannot_be_graded_is_refused_with_what_to_do(tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    for arguments, words in {
        ("nowhere",): "there is no folder nowhere",
        (str(tmp_path / "empty"),): "there is nothing in",
        (str(tmp_path), "--lesson", "77"): "there is no lesson '77'",
        (str(tmp_path), "-o", str(tmp_path / "x")): "lies among the submissions",
        (str(tmp_path), "--seconds", "0"): "call_seconds must be above 0",
        (str(tmp_path), "--jobs", "0"): "--jobs must not be 0",
    }.items():
        assert cli.main(["teach", "grade", *arguments]) == 1
        assert words in capsys.readouterr().err


def test_the_lent_copy_of_lrlab_holds_no_solution(library):
    names = {path.relative_to(library).as_posix() for path in library.rglob("*.py")}
    assert "lrlab/schedules/decay.py" in names and "lrlab/teach/runner.py" in names
    assert not any("lesson_0" in name or name.endswith("grading.py") for name in names)
    texts = "".join(path.read_text(encoding="utf-8") for path in library.rglob("*.py"))
    assert "Wrong(" not in texts and "rate_for_floor" not in texts
    assert not list(library.rglob("*.ipynb"))


def test_every_exercise_of_every_lesson_is_found_in_the_released_lesson():
    for number in course.numbers():
        asked = [question.exercise for question in grading.released(number).questions]
        assert asked == [exercise.id for exercise in course.lesson(number).exercises], number


@pytest.mark.parametrize("number", course.numbers())
def test_the_solution_of_every_lesson_gets_all_points(number, library, tmp_path):
    (path,) = (students.ROOT / "solutions").glob(f"{number}-*.ipynb")
    grade = grading.grade_one(submissions.Submission("a", number, path), library, sandbox.Limits(), None, [], {})
    assert [(mark.exercise, mark.state, mark.reason) for mark in grade.marks if mark.state != "correct"] == []
    assert grade.points == grade.of > 0


def test_the_layouts_and_what_lies_about_in_them(tmp_path):
    text = json.dumps(students.SOLVED)
    for name in ("anna/02-the-fixed-rate/02-the-fixed-rate.ipynb", "ben/02-the-fixed-rate.ipynb", "carl.ipynb", "dora/homework.ipynb"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    for name in ("ben/02-the-fixed-rate-copy2.ipynb", "ben/.ipynb_checkpoints/02-the-fixed-rate-checkpoint.ipynb", "ben/01-what-a-step-is.ipynb"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("{}")
    (tmp_path / ".DS_Store").write_text("")
    found = submissions.find(tmp_path, None, course.numbers())
    assert [(one.lesson, one.student, one.path.name) for one in found] == [
        ("01", "ben", "01-what-a-step-is.ipynb"),
        ("02", "anna", students.NAME),
        ("02", "ben", students.NAME),
        ("02", "carl", "carl.ipynb"),
        ("02", "dora", "homework.ipynb"),
    ]
    assert "2 notebooks of this lesson were handed in" in found[2].notes[0]
    (only,) = [one for one in submissions.find(tmp_path, "01", course.numbers()) if one.student == "anna"]
    assert only.trouble == "no notebook of lesson 01 was handed in: there is 02-the-fixed-rate.ipynb."


@pytest.mark.parametrize(
    "value",
    [None, ..., True, 3, 10**400, -0.0, 1.5, float("inf"), 1 + 2j, "x", [1, [2.0, "a"]], (1, ()), {"a": 1, 2: [None]}, np.float64(0.1)]
    + [np.arange(6.0).reshape(2, 3), np.array(["a", "bc"]), np.zeros((0, 2)), np.int8(3), Cosine(lr=0.3, steps=7)],
)
def test_values_survive_the_way_between_the_processes(value):
    there = values.decode(json.loads(json.dumps(values.encode(value))))
    assert type(there) is type(value)
    np.testing.assert_equal(there, value)


@pytest.mark.parametrize("said", [{}, [], 3, {"a": ["O", [1], ""]}, {"a": ["f8", [-1], ""]}, {"i": "x"}, {"zzz": 1}, {"t": 3}, {"a": 1}, {"lrlab": ["os", {}]}])
def test_what_no_value_is_written_as_is_refused(said):
    try:
        assert isinstance(values.decode(said), values.Opaque)
    except ValueError:
        pass


def test_the_judge_stays_whole_whatever_object_an_answer_returns(library, tmp_path):
    body = "class A:\n    def __array__(self, *given, **named): raise RuntimeError('no')\n    def __repr__(self): return '<b>'\nreturn A()"
    grade = graded(students.floor(body), library, tmp_path)
    assert grade.points == 9 and grade.marks[0].state in ("wrong", "error in your code")
    assert "&lt;b&gt;" in reports.summary([grade]) or "<b>" not in reports.summary([grade])


def test_code_that_ends_the_process_only_the_second_time_harms_no_other_exercise():
    class Session:
        made = 0

        def __init__(self):
            Session.made += 1

        def ask(self, do, seconds, name="", **request):
            if name == "flaky" and Session.made > 1 or name == "ends":
                raise sandbox.Ended(f"{name} ended it")
            return {"ran": name}

        def close(self): ...

    process = grading._Process(Session, LIMITS)
    assert process.run("flaky", "", 1.0) is None and process.run("ends", "", 1.0)["text"] == "ends ended it"
    assert process.ask("bind", 1.0, name="x") == {"ran": "x"}
    assert process.run("flaky", "", 1.0)["text"] == "flaky ended it" and Session.made == 3


def test_an_answer_needs_none_of_the_lessons_experiments():
    for number in ("05", "14"):
        statements = grading.released(number).statements
        assert [ast.unparse(one) for _, one in submissions.needed(list(statements), {"np"})] == ["import numpy as np"]


@pytest.mark.parametrize("text, late", [("2030-01-02 10:00:00.5 UTC", True), ("2030-01-01 10:00:00.5 UTC", False), ("soon", False)])
def test_what_came_late_is_said_and_costs_nothing(text, late, tmp_path):
    folder = students.hand_in(tmp_path / "submitted", {"a": students.CLASS["right"]})
    (folder / "a" / students.NAME.removesuffix(".ipynb") / "timestamp.txt").write_text(text)
    due = {"02": datetime(2030, 1, 1, 12, tzinfo=timezone.utc)}
    (grade,) = grading.grade_folder(folder, tmp_path / "out", "02", LIMITS, jobs=1, progress=False, due=due)
    assert grade.points == 12 and (grade.notes == ("late: handed in on 2030-01-02 10:00 UTC, due was 2030-01-01 12:00 UTC.",)) is late


def test_a_notebook_in_another_unicode_is_graded(library, tmp_path):
    path = tmp_path / students.NAME
    path.write_bytes(json.dumps(students.SOLVED, ensure_ascii=False).encode("utf-16"))
    assert grading.grade_one(submissions.Submission("a", "02", path), library, LIMITS, None, [], {}).points == 12


def test_a_cell_of_the_lesson_is_no_answer_where_the_answers_cell_is_gone(library, tmp_path):
    (path,) = (students.ROOT / "solutions").glob("05-*.ipynb")
    notebook = students.without(json.loads(path.read_text(encoding="utf-8")), "05-ex1-answer")
    (tmp_path / path.name).write_text(json.dumps(notebook))
    grade = grading.grade_one(submissions.Submission("a", "05", tmp_path / path.name), library, sandbox.Limits(), None, [], {})
    assert [mark.state for mark in grade.marks] == ["missing"] + 6 * ["correct"]


def test_what_a_student_prints_reaches_no_terminal(library, tmp_path):
    grade = graded(students.CLASS["escapes"][0], library, tmp_path)
    assert max(map(len, grade.marks[0].reason.split("\n"))) <= 500 and "\x1b" not in reports.feedback(grade)


def test_names_are_printed_without_control_characters_and_bytes_that_are_no_text():
    assert reports.plain("a\x1b[31m\udcff é") == "a?[31m? é"


def test_deleted_setup_is_taken_from_the_lesson_and_changed_setup_of_the_student_is_not_used(library, tmp_path):
    notebook = students.without(copy.deepcopy(students.SOLVED), "begin")
    assert graded(notebook, library, tmp_path).points == 12
