"""What each lesson promises: its exercises, questions and missions, and its two notebooks.

A new lesson is tested by being defined. What a learner might give stands in tests/answers, a module for each lesson: `RIGHT`,
other right answers to an exercise, `PLAUSIBLE`, wrong answers that no exercise knows, `REACHED` and `MISSED`, settings of the
explorers that reach a mission or not.
"""

import ast
import bisect
import inspect
import itertools
import json
import math
import re
import statistics
import sys
from fractions import Fraction
from functools import partial
from importlib import import_module
from pathlib import Path

import nbformat
import numpy as np
import pytest

from lrlab import checking, course
from lrlab.authoring import BEGIN, END, STUB
from lrlab.checking import CORRECT, ERROR, NOT_ATTEMPTED, WRONG, judge, outcomes

ROOT = Path(__file__).resolve().parent.parent
LESSONS = [course.lesson(number) for number in course.numbers()]
EXERCISES = {exercise.id: exercise for lesson in LESSONS for exercise in lesson.exercises}
FUNCTIONS = {name: exercise for name, exercise in EXERCISES.items() if exercise.cases}
KNOWN = [(exercise, wrong) for exercise in EXERCISES.values() for wrong in exercise.wrong]
MISSIONS = {mission.id: mission for lesson in LESSONS for mission in lesson.missions}

every_lesson = pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.number)
every_exercise = pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)
every_function = pytest.mark.parametrize("exercise", FUNCTIONS.values(), ids=FUNCTIONS)
every_mission = pytest.mark.parametrize("mission", MISSIONS.values(), ids=MISSIONS)


# --- what a lesson module holds ---------------------------------------------------------------------------------------


@every_lesson
def test_a_lesson_has_its_parts_and_ids_in_order(lesson):
    assert re.fullmatch(r"\d\d", lesson.number) and lesson.title and 15 <= lesson.minutes <= 90
    for family, letter in (("recall", "r"), ("predictions", "p"), ("missions", "m"), ("exercises", ""), ("quiz", "q")):
        assert lesson.ids(family) == [f"{lesson.number}-{letter}{n + 1}" for n in range(len(getattr(lesson, family)))]
    assert len(lesson.recall) >= 3 and len(lesson.quiz) >= 5
    assert len(lesson.predictions) >= 1 and 2 <= len(lesson.missions) <= 3 and len(lesson.exercises) >= 3
    assert sum(exercise.minutes for exercise in lesson.exercises) < lesson.minutes


@every_lesson
def test_a_lesson_names_the_next_one(lesson):
    later = [other for other in LESSONS if other.number > lesson.number]
    if later or lesson.next:
        assert lesson.next.startswith(f"lesson {int(lesson.number) + 1:02}, ") and lesson.next.endswith(".")
    if later:
        title = later[0].title[0].lower() + later[0].title[1:]
        assert lesson.next.startswith(f"lesson {later[0].number}, {title}")


@every_lesson
def test_each_question_has_one_right_option_and_explains_every_option(lesson):
    for question in (*lesson.recall, *lesson.predictions, *lesson.quiz):
        assert sum(option.right for option in question.options) == 1 and len(question.options) >= 3, question.id
        assert question.text.strip()[-1] in "?." and "?" in question.text, question.id
        for texts in ([option.text for option in question.options], [option.why for option in question.options]):
            assert all(text.strip() for text in texts) and len(set(texts)) == len(texts), question.id


@every_lesson
def test_the_right_option_cannot_be_guessed_from_its_letter_or_its_length(lesson):
    for questions in (lesson.recall, lesson.quiz):
        assert len({question.answer for question in questions}) > 1
    longest = [max(question.options, key=lambda option: len(option.text)).right for question in lesson.quiz]
    assert not all(longest)


@every_exercise
def test_an_exercise_has_points_minutes_three_hints_and_three_known_wrong_answers(exercise):
    assert exercise.points in range(1, 10) and exercise.minutes in range(1, 31) and exercise.title
    assert len(exercise.hints) == 3 and all(hint.strip() for hint in exercise.hints) and len(set(exercise.hints)) == 3
    assert exercise.shows.endswith(".") and (exercise.cases or exercise.wanted)
    assert len(exercise.wrong) >= 3
    for texts in ([wrong.name for wrong in exercise.wrong], [wrong.message for wrong in exercise.wrong]):
        assert all(text.strip() for text in texts) and len(set(texts)) == len(texts)
    assert all(wrong.message[-1] in ".?" for wrong in exercise.wrong)


@every_exercise
def test_the_solution_passes_and_an_empty_answer_is_not_attempted(exercise):
    result = judge(exercise, exercise.solution)
    assert result.state == CORRECT and exercise.shows in result.lines[0]
    assert judge(exercise, ...).state == NOT_ATTEMPTED


@pytest.mark.parametrize("exercise, wrong", KNOWN, ids=[f"{exercise.id} {wrong.name}" for exercise, wrong in KNOWN])
def test_each_known_wrong_answer_gets_its_own_message_and_no_other(exercise, wrong):
    result = judge(exercise, wrong.answer)
    assert result.state in (WRONG, ERROR)
    said = "\n".join(result.lines)
    assert [other.name for other in exercise.wrong if other.message in said] == [wrong.name]
    assert f"Likely cause: {wrong.message}" in result.lines and result.lines[-1] == f'Stuck? Run hint("{exercise.id}").'


def leaves(value):
    return [leaf for one in value for leaf in leaves(one)] if isinstance(value, (list, tuple)) else np.ravel(value).tolist()


@every_function
def test_no_expected_number_is_so_small_that_it_passes_for_0(exercise):
    for outcome in outcomes(exercise.solution, exercise.cases):
        assert outcome.raised is None and not outcome.changed
        assert all(leaf == 0 or abs(leaf) > 1e6 * checking.SMALL for leaf in leaves(outcome.value))


def always(value):
    return lambda *case: value


def raising(*case):
    raise ValueError("no")


@every_function
def test_answers_of_no_exercise_pass_none(exercise):
    solution, expected = exercise.solution, [outcome.value for outcome in outcomes(exercise.solution, exercise.cases)]
    answers = {
        **{f"always {value}": always(value) for value in expected},
        "zero": always(0.0),
        "one": always(1),
        "nothing": always(None),
        "not a number": always(math.nan),
        "infinity": always(math.inf),
        "text": lambda *case: f"= {solution(*case)}",
        "prints": lambda *case: print(solution(*case)),
        "in a list": lambda *case: [solution(*case)],
        "twice": lambda *case: (solution(*case), solution(*case)),
        "the function": lambda *case: solution,
        "the first argument": lambda first, *case: first,
        "the last argument": lambda *case: case[-1],
        "raises": raising,
        "no arguments": lambda: 1,
        "a generator": lambda *case: (one for one in [solution(*case)]),
        "the right value, not called": solution(*exercise.cases[0]),
    }
    passed = [name for name, answer in answers.items() if judge(exercise, answer).state not in (WRONG, ERROR)]
    assert passed == []


def rewritten(value):
    """The same value in the other forms that a learner's code may return it in."""
    if isinstance(value, np.ndarray):
        return [value.tolist(), tuple(value), value.astype(np.longdouble), value.reshape(value.shape)]
    if isinstance(value, (int, float, np.number)):
        forms = [float(value), np.float64(value), np.array(value), complex(value)]
        return forms + [int(value), np.int64(int(value))] if math.isfinite(value) and value == int(value) else forms
    return [value]


@every_function
def test_the_right_numbers_pass_in_any_form(exercise):
    forms = max(len(rewritten(outcome.value)) for outcome in outcomes(exercise.solution, exercise.cases))
    for form in range(forms):
        result = judge(exercise, lambda *case: (made := rewritten(exercise.solution(*case)))[form % len(made)])
        assert result.state == CORRECT, result.lines


# --- other answers, right and wrong -----------------------------------------------------------------------------------

ANSWERS = {lesson.number: import_module(f"answers.lesson_{lesson.number}") for lesson in LESSONS}
NAMES = {"math": math, "np": np, "bisect": bisect, "statistics": statistics, "itertools": itertools, "Fraction": Fraction}


def gathered(table):
    return [one for module in ANSWERS.values() for one in getattr(module, table)]


def answers(table):
    """(exercise, answer) of a table, a text made into the function that returns its value."""
    for name, group in [item for module in ANSWERS.values() for item in getattr(module, table).items()]:
        exercise = EXERCISES[name]
        for answer in group:
            if isinstance(answer, str) and exercise.cases:
                made = eval(f"lambda {', '.join(inspect.signature(exercise.solution).parameters)}: {answer}", dict(NAMES))
            else:
                made = answer
            yield pytest.param(exercise, made, id=f"{name} {getattr(answer, '__name__', answer)}")


@pytest.mark.parametrize("exercise, answer", list(answers("RIGHT")))
def test_another_right_answer_passes(exercise, answer):
    result = judge(exercise, answer)
    assert result.state == CORRECT, "\n".join(result.lines)


@pytest.mark.parametrize("exercise, answer", list(answers("PLAUSIBLE")))
def test_a_plausible_wrong_answer_does_not_pass(exercise, answer):
    assert judge(exercise, answer).state in (WRONG, ERROR)


@every_lesson
def test_a_lesson_has_other_right_answers_and_unknown_wrong_ones(lesson):
    module = ANSWERS[lesson.number]
    assert list(module.RIGHT) == list(module.PLAUSIBLE) == lesson.ids("exercises")
    assert min(map(len, module.RIGHT.values())) >= 3 and min(map(len, module.PLAUSIBLE.values())) >= 5
    for table in (module.REACHED, module.MISSED):
        assert {row[0] for row in table} == set(lesson.ids("missions"))


def test_a_count_that_never_ends_is_an_error_that_asks_for_the_end_of_the_loop(monkeypatch):
    monkeypatch.setattr(checking, "TIME_LIMIT", 0.2)

    def updates_needed(lr, h, tolerance):
        n, size = 0, 1.0
        while size > tolerance:
            size *= abs(1 - lr * h)
            n += 1
        return n

    result = judge(EXERCISES["01-2"], updates_needed)
    assert result.state == ERROR and "lr=2, h=1" in result.lines[0] and "Does every loop in it end?" in result.lines[1]


# --- missions ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mission, explorer, settings", gathered("REACHED"))
def test_a_mission_is_reached_by_what_its_text_demands(mission, explorer, settings):
    assert MISSIONS[mission].missing(explorer(**settings)) is None


@pytest.mark.parametrize("mission, explorer, settings, said", gathered("MISSED"))
def test_a_mission_is_missed_by_what_its_text_does_not_allow(mission, explorer, settings, said):
    assert said in MISSIONS[mission].missing(explorer(**settings))


def numbers_in(thing, seen):
    """All numbers that a function is written with: its own, its helpers' and its module's constants."""
    if id(thing) in seen:
        return set()
    seen.add(id(thing))
    if isinstance(thing, (int, float)):
        return {abs(float(thing))}
    if isinstance(thing, (tuple, list, frozenset)):
        return set().union(*(numbers_in(one, seen) for one in thing))
    if isinstance(thing, partial):
        return numbers_in((thing.func, *thing.args, *thing.keywords.values()), seen)
    if inspect.iscode(thing):
        return numbers_in(thing.co_consts, seen)
    if inspect.isfunction(thing) and thing.__module__.startswith("lrlab.course."):
        cells = [cell.cell_contents for cell in thing.__closure__ or ()]
        names = itertools.chain(thing.__code__.co_names, *(c.co_names for c in thing.__code__.co_consts if inspect.iscode(c)))
        there = [thing.__globals__[name] for name in names if name in thing.__globals__]
        return numbers_in((thing.__code__, *cells, *(thing.__defaults__ or ()), *there), seen)
    return set()


NUMBER = r"(?<![\w.])\d+(?:\.\d+)?(?:e-?\d+)?(?![\w.]\d)"


@every_mission
def test_the_numbers_of_a_missions_text_are_those_it_demands(mission):
    assert mission.text.endswith(".") and mission.shows.endswith(".")
    text = re.sub(r"\d/L", "", mission.text)
    explorers = "\n".join(source_of(cell) for cell in code_cells("lessons", mission.id[:2]) if "Explorer(" in source_of(cell))
    there = numbers_in(mission.missing, set()) | set(map(float, re.findall(NUMBER, explorers)))
    assert {float(one) for one in re.findall(NUMBER, text)} - there <= {0.0, 1.0, 2.0}


# --- notebooks --------------------------------------------------------------------------------------------------------

BOTH = ("lessons", "solutions")
every_notebook = pytest.mark.parametrize(
    "folder, lesson", list(itertools.product(BOTH, LESSONS)), ids=lambda one: getattr(one, "number", one)
)


def path_of(folder, number):
    (path,) = (ROOT / folder).glob(f"{number}-*.ipynb")
    return path


def notebook(folder, number):
    return json.loads(path_of(folder, number).read_text(encoding="utf-8"))


def source_of(cell):
    return "".join(cell["source"])


def code_cells(folder, number):
    return [cell for cell in notebook(folder, number)["cells"] if cell["cell_type"] == "code"]


def markdown(folder, number):
    return "\n\n".join(source_of(cell) for cell in notebook(folder, number)["cells"] if cell["cell_type"] == "markdown")


def outputs_of(cells):
    return [(cell["id"], output) for cell in cells for output in cell["outputs"]]


def plain(output):
    return "".join(output.get("data", {}).get("text/plain", output.get("text", "")))


def calls(cells, name):
    """The calls of a function in cells, with the cell: (cell, [arguments as constants or None])."""
    for cell in cells:
        for node in ast.walk(ast.parse(source_of(cell))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
                yield cell, node.args


def first_constants(cells, name):
    return [arguments[0].value for _, arguments in calls(cells, name)]


def test_every_lesson_has_its_two_notebooks_and_every_notebook_but_the_appendix_its_lesson():
    for folder in BOTH:
        assert sorted(path.name[:2] for path in (ROOT / folder).glob("*.ipynb")) == [*course.numbers(), "15"]
    assert [path.name for path in sorted((ROOT / "lessons").iterdir()) if path.suffix == ".ipynb"] == [
        path.name for path in sorted((ROOT / "solutions").iterdir()) if path.suffix == ".ipynb"
    ]


@every_notebook
def test_a_notebook_is_valid_small_and_names_its_kernel_and_nothing_else(folder, lesson):
    path = path_of(folder, lesson.number)
    nbformat.validate(nbformat.read(path, as_version=4))
    assert path.stat().st_size < 1_000_000
    metadata = notebook(folder, lesson.number)["metadata"]
    assert metadata["kernelspec"]["name"] == "python3" and "widgets" not in metadata
    assert set(metadata) == {"kernelspec", "language_info"}


@every_notebook
def test_every_code_cell_was_run_once_from_top_to_bottom(folder, lesson):
    cells = code_cells(folder, lesson.number)
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    for name, output in outputs_of(cells):
        assert output["output_type"] in ("stream", "display_data", "execute_result"), name
        assert output.get("name", "stdout") == "stdout", name


@every_notebook
def test_every_output_says_in_words_what_it_shows(folder, lesson):
    for name, output in outputs_of(code_cells(folder, lesson.number)):
        assert plain(output).strip(), name
        assert not re.match(r"<|\w+\((?:children|value|\w+=)", plain(output)), name
        data = output.get("data", {})
        assert not any("widget" in kind or kind == "image/svg+xml" for kind in data), name
        if "image/png" in data:
            assert output["metadata"]["image/png"]["alt"].strip(), name
        for image in re.findall(r"<img\b[^>]*>", "".join(data.get("text/html", ""))):
            assert re.search(r'\balt="[^"]+"', image), name


@every_notebook
def test_the_explorers_are_stored_as_a_picture_and_the_questions_as_a_list(folder, lesson):
    cells = code_cells(folder, lesson.number)
    explorers = [cell for cell in cells if "Explorer(" in source_of(cell)]
    assert explorers and all(any("image/png" in output.get("data", {}) for output in cell["outputs"]) for cell in explorers)
    if folder == "lessons":
        asking = [cell for name in ("recall", "predict", "quiz") for cell, _ in calls(cells, name)]
        assert all("<ol" in "".join(cell["outputs"][0]["data"]["text/html"]) for cell in asking)


@every_notebook
def test_cell_ids_are_words_and_unique(folder, lesson):
    names = [cell["id"] for cell in notebook(folder, lesson.number)["cells"]]
    assert len(set(names)) == len(names)
    for name in names:
        number, *words = name.split("-")
        assert number == lesson.number and words, name
        assert all(re.fullmatch(r"[a-z]+|\d|ex\d{1,2}", word) for word in words), name


@every_notebook
def test_only_lrlab_numpy_and_the_standard_library_are_imported_and_all_of_it_at_the_top(folder, lesson):
    first, *later = code_cells(folder, lesson.number)
    imported = set()
    for node in ast.walk(ast.parse(source_of(first))):
        if isinstance(node, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            imported.add(node.module.split(".")[0])
    assert imported <= {"lrlab", "numpy", *sys.stdlib_module_names}
    nodes = [node for cell in later for node in ast.walk(ast.parse(source_of(cell)))]
    assert not any(isinstance(node, (ast.Import, ast.ImportFrom)) for node in nodes)


@every_notebook
def test_each_lesson_calls_everything_that_a_lesson_is_made_of(folder, lesson):
    cells = code_cells(folder, lesson.number)
    assert first_constants(cells, "begin") == first_constants(cells, "recall") == [lesson.number]
    assert first_constants(cells, "quiz") == first_constants(cells, "done") == [lesson.number]
    assert [cell["id"] for cell, _ in calls(cells, "begin")] == [cells[0]["id"]]
    assert [cell["id"] for cell, _ in calls(cells, "done")] == [cells[-1]["id"]]
    assert first_constants(cells, "predict") == first_constants(cells, "reveal") == lesson.ids("predictions")
    assert first_constants(cells, "mission") == lesson.ids("missions")
    assert first_constants(cells, "check") == lesson.ids("exercises")
    assert len(list(calls(cells, "verdict"))) >= 1
    order = [cell["id"] for cell in cells]
    for prediction in lesson.ids("predictions"):
        predicted, revealed = (
            next(order.index(cell["id"]) for cell, arguments in calls(cells, name) if arguments[0].value == prediction)
            for name in ("predict", "reveal")
        )
        assert predicted < revealed


@every_notebook
def test_each_exercise_has_its_answer_cell_and_its_locked_check_with_its_points(folder, lesson):
    cells = code_cells(folder, lesson.number)
    graded = [cell for cell in cells if cell["metadata"].get("nbgrader", {}).get("grade")]
    assert [source_of(cell).split('"')[1] for cell in graded] == lesson.ids("exercises")
    for exercise, check in zip(lesson.exercises, graded):
        answer = cells[cells.index(check) - 1]
        common = {"schema_version": 3, "task": False}
        assert answer["metadata"]["nbgrader"] == common | {
            "grade": False, "grade_id": answer["id"], "locked": False, "solution": True,
        }  # fmt: skip
        assert check["metadata"]["nbgrader"] == common | {
            "grade": True, "grade_id": check["id"], "locked": True, "points": exercise.points, "solution": False,
        }  # fmt: skip
        (call,) = ast.parse(source_of(check)).body
        name = call.value.args[1].id
        made = [node for node in ast.parse(source_of(answer)).body if getattr(node, "name", None) == name]
        if exercise.cases:
            assert [argument.arg for argument in made[0].args.args] == list(inspect.signature(exercise.solution).parameters)
            assert name == exercise.solution.__name__
        assert STUB in source_of(answer) or folder == "solutions"
    asked = [cell for name in ("recall", "predict", "mission", "quiz") for cell, _ in calls(cells, name)]
    assert all(cell["metadata"]["nbgrader"]["solution"] and not cell["metadata"]["nbgrader"]["grade"] for cell in asked)


@every_notebook
def test_the_checks_missions_and_questions_say_what_they_should(folder, lesson):
    cells = code_cells(folder, lesson.number)
    recall, quiz = len(lesson.recall), len(lesson.quiz)
    starts = {
        "lessons": {
            "recall": "Recall\n",
            "quiz": "Exit quiz\n",
            "predict": "Your prediction\n",
            "reveal": "○ Predict first.",
            "mission": "○ Mission {}: not reached yet\n",
            "check": "○ Not attempted: exercise {}, ",
        },
        "solutions": {
            "recall": f"Recall: {recall} of {recall} right",
            "quiz": f"Exit quiz: {quiz} of {quiz} right",
            "predict": "Recorded:\n",
            "mission": "✓ Mission {}: reached\n",
            "check": "✓ Correct: exercise {}, ",
        },
    }[folder]
    for name, start in starts.items():
        for cell, arguments in calls(cells, name):
            said, output = start.format(arguments[0].value), cell["outputs"][-1]
            assert plain(output).startswith(said), cell["id"]
            assert f"<strong>{said.strip()}" in "".join(output["data"]["text/html"]), cell["id"]
    end = plain(cells[-1]["outputs"][-1])
    points = sum(exercise.points for exercise in lesson.exercises)
    done = f"{points if folder == 'solutions' else 0} of {points} points"
    assert done in end and ("Still open" in end) == (folder == "lessons")


@every_lesson
def test_no_line_of_a_solution_is_left_in_a_lesson(lesson):
    text = path_of("lessons", lesson.number).read_text(encoding="utf-8")
    assert BEGIN not in text and END not in text
    cells, solved = (notebook(folder, lesson.number)["cells"] for folder in BOTH)
    there = [line for cell in cells for line in source_of(cell).splitlines()]
    there += [line for cell in cells for output in cell.get("outputs", ()) for line in shown(output)]
    there = {line.strip() for line in there}
    found = 0
    for cell, original in zip(cells, solved):
        own = source_of(cell) + json.dumps(cell["metadata"])
        for line in solution_lines(source_of(original)):
            found += 1
            assert line not in map(str.strip, source_of(cell).splitlines())
            if len(line) >= 12:
                assert line not in own and line not in there
    assert found >= len(lesson.exercises) + len(lesson.missions) + len(lesson.predictions) + 2


def solution_lines(source):
    inside = False
    for line in source.splitlines():
        if BEGIN in line or END in line:
            inside = BEGIN in line
        elif inside and line.strip():
            yield line.strip()


def shown(output):
    texts = [output.get("text", ""), *(data for kind, data in output.get("data", {}).items() if kind.startswith("text/"))]
    return [line for text in texts for line in "".join(text).splitlines()]


@every_notebook
def test_headings_go_down_one_step_at_a_time_from_a_single_title(folder, lesson):
    text = re.sub(r"```.*?```", "", markdown(folder, lesson.number), flags=re.DOTALL)
    levels = [len(mark) for mark in re.findall(r"^(#+) ", text, flags=re.MULTILINE)]
    assert levels[0] == 1 and levels.count(1) == 1 and max(levels) <= 3
    assert all(later <= earlier + 1 for earlier, later in itertools.pairwise(levels))
    assert text.startswith(f"# {lesson.number} · {lesson.title}\n")


@every_notebook
def test_the_text_tells_the_modules_minutes_points_and_titles(folder, lesson):
    text = markdown(folder, lesson.number)
    assert f"Time {lesson.minutes} minutes" in text
    pattern = r"^## Exercise (\S+) · (.+)\n\n\*(\d+) points?, (\d+) minutes?\.\*"
    found = re.findall(pattern, text, flags=re.MULTILINE)
    assert [(one[0], int(one[2]), int(one[3])) for one in found] == [(e.id, e.points, e.minutes) for e in lesson.exercises]
    for (_, title, *_), exercise in zip(found, lesson.exercises):
        assert title.removesuffix(" (stretch)").lower() == exercise.title.lower()
    (listed,) = re.findall(r"^### Missions\n\n((?:\d\. .+\n)+)", text, flags=re.MULTILINE)
    assert len(listed.splitlines()) == len(lesson.missions)


@every_notebook
def test_the_objectives_name_exercises_of_the_lesson(folder, lesson):
    (objectives,) = re.findall(r"^## Objectives\n(.+?)\n## ", markdown(folder, lesson.number), flags=re.MULTILINE | re.DOTALL)
    named = re.findall(r"\b\d\d-\d+\b", objectives)
    assert named and set(named) <= set(lesson.ids("exercises"))


@every_notebook
def test_links_lead_to_files_that_exist_and_to_both_neighbours(folder, lesson):
    text = markdown(folder, lesson.number)
    links = re.findall(r"\]\(([^)\s]+)\)", text)
    for link in links:
        assert link.startswith("https://") or (ROOT / folder / link).is_file(), link
    title = source_of(notebook(folder, lesson.number)["cells"][0])
    numbers = list(course.numbers())
    at = numbers.index(lesson.number)
    for word, near in (("Before", numbers[at - 1 : at] if at else []), ("Next", numbers[at + 1 : at + 2])):
        wanted = [f"[{word}: {n} {course.lesson(n).title}]({path_of(folder, n).name})" for n in near]
        assert re.findall(rf"\[{word}: [^\]]+\]\([^)]+\)", title) == wanted


@every_notebook
def test_images_in_the_text_have_a_description(folder, lesson):
    text = markdown(folder, lesson.number)
    assert all(description.strip() for description in re.findall(r"!\[([^\]]*)\]\(", text))
    assert "<img" not in text
