"""Grades: the released checks, applied to what the student's code returns in a process of its own.

The judge (this module) knows the solutions and runs no line of a student. The sandboxed process runs the student's code
and knows no expected value. Between them go the cells, the cases, and the values returned.
"""

from __future__ import annotations

import builtins
import functools
import hashlib
import json
import linecache
import os
import signal
import tempfile
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from .. import __version__, course
from ..checking import CORRECT, ERROR, NOT_ATTEMPTED, WRONG, TooLong, judge
from . import sandbox, submissions, values

MISSING, UNGRADED = "missing", "not graded"
ENDED = "the process ended"
NAMED = {"TooLong": "runs too long", "TooMuchOutput": "prints too much"}
EXPLAINED = {
    "MemoryError": "it asked for more memory than an answer may have",
    "BlockingIOError": "it tried to start more processes than an answer may",
}


@dataclass(frozen=True)
class Mark:
    """What one exercise got, and why. `cause` is the name of the wrong answer, where it has one."""

    exercise: str
    state: str
    points: float
    of: float
    reason: str
    cause: str = ""


@dataclass(frozen=True)
class Grade:
    """What one submission got. `trouble` is set when it could not be graded at all."""

    student: str
    lesson: str
    file: str
    marks: tuple[Mark, ...]
    notes: tuple[str, ...] = ()
    trouble: str = ""

    @property
    def points(self) -> float:
        return sum(mark.points for mark in self.marks)

    @property
    def of(self) -> float:
        return sum(mark.of for mark in self.marks)


@functools.cache
def released(number: str) -> submissions.Released:
    """The lesson as it comes with lrlab."""
    from ..cli import shipped

    path = next(path for name, path in shipped().items() if name.startswith(f"{number}-"))
    return submissions.read_released(json.loads(path.read_text(encoding="utf-8")), number)


class _Process:
    """The sandboxed process of a submission, started again without the part that ended it."""

    def __init__(self, start, limits):
        self.start, self.limits = start, limits
        self.session, self.ran, self.left_out = None, {}, {}

    def run(self, key, source, seconds) -> dict | None:
        """Run a piece of code once. Returns its error, if it has one; code that ended the process is left out from then on."""
        if key in self.left_out:
            return self.left_out[key]
        if key in self.ran:
            return self.ran[key][2]
        try:
            error = self.ask("run", seconds, name=key, source=source).get("error")
        except sandbox.Ended as reason:
            self.left_out[key] = error = {"type": "", "text": str(reason), "place": None}
            return error
        self.ran[key] = source, seconds, error
        return error

    def ask(self, do, seconds, **request) -> dict:
        """A request; after the process has ended, in a new one, in which all that ran before is run again."""
        try:
            while self.session is None:
                self.session = self.start()
                self._run_again()
            return self.session.ask(do, seconds, **request)
        except sandbox.Ended:
            self.close()
            raise

    def set_aside(self, keys):
        """Not to run these pieces again of themselves, only for an exercise that needs them."""
        for key in keys:
            self.ran.pop(key, None)

    def _run_again(self):
        for key, (source, seconds, _) in list(self.ran.items()):
            try:
                self.session.ask("run", seconds, name=key, source=source)
            except sandbox.Ended as reason:  # it went well the first time
                self.close()
                del self.ran[key]
                self.left_out[key] = {"type": "", "text": str(reason), "place": None}
                return

    def close(self):
        if self.session is not None:
            self.session.close()
            self.session = None


def _exception(error: dict, source_file: str | None):
    """The exception again, with a traceback that ends at the line of the student's code where it was raised."""
    name, text = str(error.get("type", "")), str(error.get("text", ""))
    if name == "TooLong":
        return TooLong(text)
    home = {"builtins": builtins, "numpy.linalg": np.linalg, "numpy.exceptions": np.exceptions}.get(error.get("module"))
    kind = getattr(home, name, None) if home and name.isidentifier() else None
    if not (isinstance(kind, type) and issubclass(kind, Exception)):
        kind = type(name if name.isidentifier() else "Exception", (Exception,), {})
    try:
        raised = kind(EXPLAINED.get(name, text) if not text or name == "BlockingIOError" else text)
    except TypeError:  # such as UnicodeDecodeError, which wants five arguments
        raised = type(name, (Exception,), {})(text)
    place = error.get("place")
    line = place[1] if source_file and isinstance(place, list) and len(place) == 3 else None
    if isinstance(line, int) and 0 < line < 100_000:
        try:
            exec(compile("\n" * (line - 1) + "raise raised", source_file, "exec"), {"raised": raised})
        except Exception:
            pass
    return raised


def _stands_for(name: str, source: str, file: str, process: _Process):
    """A function that asks the sandboxed process, and otherwise looks like the student's own."""
    seconds = process.limits.call_seconds

    def function(*arguments):
        with _clock_stopped():
            request = [values.encode(one) for one in arguments]
            reply = process.ask("call", seconds, arguments=request)
            until = time.monotonic() + process.limits.patience
            while "ask" in reply:  # the student's code calls a function among the arguments
                if time.monotonic() > until:
                    process.close()
                    raise sandbox.Ended(f"it was still calling a function after {process.limits.patience:.0f} seconds. Does every loop in it end?")
                reply = process.ask("answered", seconds, **_answered(arguments, reply))
        if "error" in reply:
            raise _exception(reply["error"], file)
        for index, changed in reply.get("changed", ()):
            _change(arguments[index], values.decode(changed))
        return values.decode(reply.get("value"))

    function.__name__ = name
    linecache.cache[file] = (len(source), None, source.splitlines(True), file)
    first = _first_line(source, name)
    function.__code__ = function.__code__.replace(co_filename=file, co_firstlineno=first)
    return function


def _answered(arguments, question):
    """What a function of the case gives for the values that the student's code hands to it."""
    place = question["ask"]
    given = question.get("arguments")
    if not (isinstance(place, int) and 0 <= place < len(arguments) and callable(arguments[place]) and isinstance(given, list)):
        return {"raised": "there is no such function"}
    try:
        return {"value": values.encode(arguments[place](*map(values.decode, given)))}
    except Exception as reason:
        return {"raised": str(reason)}


def _first_line(source, name):
    import ast

    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return 1
    found = [node.lineno for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name == name]
    return found[-1] if found else 1


def _change(argument, changed):
    """Do to the case's copy what the student's function did to its own."""
    if isinstance(argument, np.ndarray) and np.shape(changed) == argument.shape:
        argument[...] = changed
    elif isinstance(argument, list) and isinstance(changed, list):
        argument[:] = changed
    elif isinstance(argument, dict) and isinstance(changed, dict):
        argument.clear()
        argument.update(changed)


@contextmanager
def _clock_stopped():
    """The check's own limit is by the clock; the sandboxed process counts processor time, fairer on a busy machine."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, 0)
    yield


def grade_cells(cells, lesson: submissions.Released, process: _Process, points: dict) -> tuple[tuple[Mark, ...], list[str]]:
    """Judge every exercise of a lesson."""
    exercises = {one.id: one for one in course.lesson(lesson.number).exercises}
    provided = frozenset().union(*(submissions.given_and_needed(_source([one]))[0] for _, one in lesson.statements))
    marks, notes = [], []
    for question in lesson.questions:
        exercise = exercises[question.exercise]
        of = points.get(exercise.id, exercise.points)

        def mark(state, reason, cause="", share=0.0):
            return Mark(exercise.id, state, of * share, of, "\n".join(map(_cut, reason.split("\n"))), cause)

        chosen, about = submissions.answer_cells(question, cells, lesson)
        notes += [f"{exercise.id}: {note}" for note in about]
        if not chosen:
            names = " or ".join(sorted(question.names))
            marks.append(mark(MISSING, f"there is no cell that defines {names}. Was the answer's cell deleted?", "the cell is missing"))
            continue
        more = submissions.helpers(chosen, cells, lesson, provided)
        own = sorted([*chosen, *more], key=lambda cell: cell.position)
        wanted = frozenset().union(*(cell.needs for cell in own))
        setup = submissions.needed([one for one in lesson.statements if one[0] < question.position], set(wanted))
        for position in dict.fromkeys(position for position, _ in setup):
            part = _source([one for where, one in setup if where == position])
            process.run(f"setup {position} {hashlib.sha256(part.encode()).hexdigest()[:8]}", part, process.limits.setup_seconds)
        errors = {}
        for cell in own:
            error = process.run(f"cell {cell.position}", cell.source, process.limits.cell_seconds)
            if error and cell in chosen:
                errors[cell.position] = error
        marks.append(_judged(question, exercise, chosen, errors, process, mark))
        if marks[-1].cause == ENDED:
            process.set_aside([f"cell {cell.position}" for cell in own])
    return tuple(marks), notes


def _source(statements):
    import ast

    return "\n".join(ast.unparse(one) for one in statements)


def _judged(question, exercise, chosen, errors, process, mark):
    cell = chosen[-1]
    file = f"<{exercise.id} of {id(process)}>"
    try:
        bound = process.ask("bind", process.limits.call_seconds, expression=question.expression)
        if "error" in bound:
            error = next(iter(errors.values()), None) or bound["error"]
            if not errors:
                gives = ", ".join(sorted(frozenset().union(*(one.gives for one in chosen))))
                if bound["error"].get("type") == "NameError" and gives:
                    return mark(ERROR, f"{question.expression} is not defined; the answer's cell defines {gives}. Keep the given name.", "another name")
            return mark(ERROR, f"the answer's cell raises an error.\n{_told(error)}", _error_name(error))
        if bound.get("function"):
            answer = _stands_for(question.expression if question.expression.isidentifier() else "answer", cell.source, file, process)
        else:
            answer = values.decode(bound.get("value"))
        result = judge(exercise, answer)
    except sandbox.Ended as reason:
        told = str(reason) if str(reason).endswith("?") else f"{reason}."
        return mark(ERROR, f"running the answer did not end well: {told}", ENDED)
    except ValueError as reason:
        return mark(WRONG, f"the answer cannot be judged: {reason}.", "cannot be judged")
    finally:
        linecache.cache.pop(file, None)
    lines = [line for line in result.lines if not line.startswith("Stuck?")]
    if errors and result.state == NOT_ATTEMPTED:
        error = next(iter(errors.values()))
        return mark(ERROR, f"the answer's cell raises an error.\n{_told(error)}", _error_name(error))
    text = "\n".join(lines).removesuffix(f' Stuck? Run hint("{exercise.id}").')
    return mark(result.state, text, _cause(exercise, result), float(result.state == CORRECT))


def _cut(line):
    return line if len(line) <= 500 else line[:497] + "..."


def _told(error):
    place = error.get("place")
    name = str(error.get("type", ""))
    text = str(error.get("text", "")) or EXPLAINED.get(name, "")
    where = f"  line {place[1]} of the cell: {place[2]}\n" if isinstance(place, list) and len(place) == 3 else ""
    return f"{where}  {name}: {text}" if name else f"  {text}"


def _error_name(error):
    name = str(error.get("type", ""))
    return NAMED.get(name, name) or ENDED


def _cause(exercise, result) -> str:
    """The name of the wrong answer that the check recognised, or the general cause that it gave."""
    if result.state == CORRECT:
        return ""
    said = next((line.removeprefix("Likely cause: ") for line in result.lines if line.startswith("Likely cause: ")), None)
    if said is None:
        if result.state == NOT_ATTEMPTED:
            return "not attempted"
        last = result.lines[1].strip().splitlines()[-1] if result.state == ERROR and len(result.lines) > 1 else ""
        name = last.strip().split(":")[0]
        return NAMED.get(name, name) or "no known cause"
    return next((wrong.name for wrong in exercise.wrong if wrong.message == said), said)


def nothing(number: str, points: dict, state: str = UNGRADED) -> tuple[Mark, ...]:
    """No points in any exercise of a lesson."""
    if number not in course.numbers():
        return ()
    return tuple(
        Mark(one.id, state, 0.0, points.get(one.id, one.points), "") for one in course.lesson(number).exercises
    )


def grade_one(submission: submissions.Submission, library: Path, limits: sandbox.Limits, program, kept_from, points: dict) -> Grade:
    """The grade of one submission. Whatever the submission is, this returns."""
    file = submission.path.name if submission.path else ""
    if submission.trouble:
        return Grade(submission.student, submission.lesson, file, nothing(submission.lesson, points), submission.notes, submission.trouble)
    try:
        cells = submissions.read_notebook(submission.path)
    except submissions.Unreadable as reason:
        return Grade(submission.student, submission.lesson, file, nothing(submission.lesson, points), submission.notes, str(reason))
    process = _Process(lambda: sandbox.Session(library, limits, program, kept_from), limits)
    try:
        marks, notes = grade_cells(cells, released(submission.lesson), process, points)
        return Grade(submission.student, submission.lesson, file, marks, (*submission.notes, *notes))
    except (Exception, sandbox.Ended) as reason:
        trouble = f"grading stopped ({type(reason).__name__}: {reason}). Look at this one yourself."
        return Grade(submission.student, submission.lesson, file, nothing(submission.lesson, points), submission.notes, trouble)
    finally:
        process.close()


def stamp(submission: submissions.Submission, limits, program, points: dict) -> str:
    """What a kept grade depends on: the file, the exercises, the limits. An equal stamp means an equal grade."""
    parts = [__version__, submission.student, submission.lesson, submission.trouble, *submission.notes, repr(limits), str(bool(program))]
    parts.append(json.dumps(points, sort_keys=True))
    if submission.lesson in course.numbers():
        module = Path(course.__file__).with_name(f"lesson_{submission.lesson}.py")
        parts += [hashlib.sha256(path.read_bytes()).hexdigest() for path in (module, *_judges())]
    if submission.path is not None and submission.path.is_file() and not submission.path.is_symlink():
        with open(submission.path, "rb") as file:
            parts.append(hashlib.file_digest(file, "sha256").hexdigest())
    return hashlib.sha256("\0".join(parts).encode(errors="replace")).hexdigest()


def _judges():
    here = Path(__file__).parent
    return [*(here.parent / name for name in ("checking.py", "diagnosis.py")), *sorted(here.glob("*.py"))]


def kept_file(out: Path, submission) -> Path:
    name = hashlib.sha256(f"{submission.student}\0{submission.lesson}\0{submission.path is None}".encode(errors="replace")).hexdigest()[:20]
    return out / "kept" / f"{name}.json"


def load(path: Path, wanted: str) -> Grade | None:
    """A grade kept from before, if it is still the one that grading would give."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        if kept.pop("stamp") != wanted:
            return None
        marks = tuple(Mark(**one) for one in kept.pop("marks"))
        return Grade(marks=marks, notes=tuple(kept.pop("notes")), **kept)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def keep(path: Path, grade: Grade, made: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"stamp": made, **asdict(grade)}, ensure_ascii=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
    with os.fdopen(handle, "w") as file:
        file.write(text)
    os.replace(temporary, path)


def _grade_and_keep(submission, library, limits, program, kept_from, points, out):
    made = stamp(submission, limits, program, points)
    grade = load(kept_file(out, submission), made)
    if grade is None:
        grade = grade_one(submission, library, limits, program, kept_from, points)
        if "grading stopped" not in grade.trouble:
            keep(kept_file(out, submission), grade, made)
    return grade


def grade_folder(
    folder: Path, out: Path, lesson: str | None = None, limits: sandbox.Limits = sandbox.Limits(), points: dict | None = None,
    jobs: int = -1, progress: bool = True, due: dict | None = None,
) -> list[Grade]:  # fmt: skip
    """Grade all submissions in a folder, in parallel, and keep each grade in `out` as soon as it stands.

    Called again, it grades what is new or changed. It runs where joblib says: `with joblib.parallel_config(backend="dask")`
    sends the submissions to a cluster, whose machines need the same folders. `due` ({lesson: time}) adds a note to what came
    later, by the timestamp.txt that nbgrader writes; it takes no points.
    """
    from joblib import Parallel, delayed
    from tqdm import tqdm

    found = submissions.find(folder, lesson, course.numbers())
    found = [replace(one, notes=(*one.notes, *submissions.late(one, (due or {}).get(one.lesson)))) for one in found]
    program = sandbox.bubblewrap()
    kept_from = sandbox.secrets(folder, out)
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out, prefix="library-", ignore_cleanup_errors=True) as place:
        library = sandbox.make_library(Path(place))
        tasks = (delayed(_grade_and_keep)(one, library, limits, program, kept_from, points or {}, out) for one in found)
        quiet = not progress or bool(os.environ.get("LRLAB_QUIET"))
        grades = list(tqdm(Parallel(n_jobs=jobs, return_as="generator_unordered")(tasks), total=len(found), desc="grading", disable=quiet))
    return sorted(grades, key=lambda grade: (grade.lesson, grade.student))
