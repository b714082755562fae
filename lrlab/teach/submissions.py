"""What students sent: where it lies, which of its cells are answers, and what these need of the lesson.

Layouts, mixed as they come:

    FOLDER/STUDENT/ASSIGNMENT/NN-slug.ipynb    nbgrader's, as in its folder `submitted`
    FOLDER/STUDENT/NN-slug.ipynb
    FOLDER/STUDENT.ipynb                       the lesson is told from the ids of the cells, or given
"""

from __future__ import annotations

import ast
import builtins
import json
import os
import re
import symtable
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

LARGEST = 30_000_000  # bytes of a notebook
MOST_CODE = 2_000_000  # characters of its code
IGNORED = {".ipynb_checkpoints", "__MACOSX", "__pycache__"}


class Unreadable(Exception):
    """Why a submission cannot be graded, in words for the student."""


@dataclass(frozen=True)
class Submission:
    """One notebook, or the lack of it: then `trouble` says what is wrong."""

    student: str
    lesson: str
    path: Path | None
    notes: tuple[str, ...] = ()
    trouble: str = ""


@dataclass(frozen=True)
class Question:
    """An exercise as the released lesson asks for it: the answer's cell, and the name that the check hands over."""

    exercise: str
    expression: str
    cell: str
    names: frozenset
    position: int


@dataclass(frozen=True)
class Released:
    """What grading needs of a released lesson."""

    number: str
    questions: tuple[Question, ...]
    statements: tuple[tuple[int, ast.stmt], ...]  # of the cells that are no answers, with the positions of the cells
    ids: frozenset
    sources: frozenset


@dataclass
class Cell:
    """A code cell of a student, with the names under which a released cell may be recognised."""

    position: int
    keys: tuple[str, ...]
    source: str
    kind: str = "code"
    tree: ast.Module | None = field(default=None, repr=False)
    gives: frozenset = frozenset()
    needs: frozenset = frozenset()


def text_of(cell: dict) -> str:
    source = cell.get("source", "")
    if isinstance(source, list):
        source = "".join(one for one in source if isinstance(one, str))
    return source if isinstance(source, str) else ""


def without_magics(source: str) -> str:
    """Lines for IPython alone become comments, so that the line numbers stay. What is Python as it stands is left alone.

    >>> print(without_magics("f?\\nfiles = !ls\\nx = (7\\n    % 2)"))
    pass  # f?
    pass  # files = !ls
    x = (7
        % 2)
    """
    if source.lstrip().startswith("%%"):
        if not re.match(r"\s*%%(time|timeit|capture)\b", source):
            return ""
        source = re.sub(r"^(\s*)(%%)", r"\1# \2", source)
    lines = source.split("\n")
    for _ in range(100):  # each turn takes out one line, the one at which Python stops
        try:
            ast.parse("\n".join(lines))
        except SyntaxError as reason:
            there = [n for n in (reason.lineno, (reason.lineno or 0) - 1) if n and 0 < n <= len(lines) and _MAGIC.match(lines[n - 1])]
            if not there:
                break
            lines[there[0] - 1] = re.sub(r"^(\s*)", r"\1pass  # ", lines[there[0] - 1])
        except (ValueError, RecursionError, MemoryError):
            break
        else:
            break
    return "\n".join(lines)


# %magic, !command, ?name, name = %magic, name = !command, name?
_MAGIC = re.compile(r"\s*([%!?]|[\w.,\s]+=\s*[%!]|[\w.*]+\?\??\s*$)")


def given_and_needed(source: str) -> tuple[frozenset, frozenset]:
    """The names that a piece of code binds at its top level, and those it takes from elsewhere.

    >>> sorted(map(sorted, given_and_needed("def f(x):\\n    return g(x) + y\\nz = f(1)")))
    [['f', 'z'], ['g', 'y']]
    """
    top = symtable.symtable(source, "cell", "exec")
    gives = {one.get_name() for one in top.get_symbols() if one.is_assigned() or one.is_imported()}
    needs = {one.get_name() for one in top.get_symbols() if one.is_referenced()}
    below = list(top.get_children())
    while below:
        table = below.pop()
        below += table.get_children()
        needs |= {one.get_name() for one in table.get_symbols() if one.is_global() and one.is_referenced()}
        gives |= {one.get_name() for one in table.get_symbols() if one.is_declared_global() and one.is_assigned()}
    return frozenset(gives), frozenset(needs - gives - set(dir(builtins)))


def touched(statement: ast.stmt) -> set[str]:
    """Names whose objects a statement may change: x[...] = , x.a = , x.method(...)."""
    found = set()
    for node in ast.walk(statement):
        if isinstance(node, (ast.Attribute, ast.Subscript)) and isinstance(node.ctx, (ast.Store, ast.Del)):
            place = node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            place = node.func.value
        else:
            continue
        while isinstance(place, (ast.Attribute, ast.Subscript)):
            place = place.value
        if isinstance(place, ast.Name):
            found.add(place.id)
    return found


def needed(statements, wanted: set[str]) -> list:
    """Of (key, statement) pairs those that the wanted names need, in their order.

    >>> code = ast.parse("import math\\nprint(1)\\nr = []\\nr.append(math.pi)\\ns = 3").body
    >>> [ast.unparse(one) for _, one in needed(list(enumerate(code)), {"r"})]
    ['import math', 'r = []', 'r.append(math.pi)']
    """
    modules = {
        alias.asname or alias.name.split(".")[0] for _, one in statements if isinstance(one, ast.Import) for alias in one.names
    } | {"plots"}
    # what a module's function is called with, as in np.testing.assert_allclose(run.loss, 1), does not change the module
    facts = [(*given_and_needed(ast.unparse(one)), touched(one) - modules) for _, one in statements]
    wanted, chosen = set(wanted), set()
    while True:
        new = {
            n for n, (gives, _, touches) in enumerate(facts)
            if n not in chosen and (gives & wanted or touches & wanted and not gives)
        }  # fmt: skip
        if not new:
            return [statements[n] for n in sorted(chosen)]
        chosen |= new
        for n in new:
            wanted |= facts[n][1]


def read_released(notebook: dict, number: str) -> Released:
    """The questions and the other code of a lesson as it was handed out."""
    cells = notebook["cells"]
    answers, questions, statements, stored = [], [], [], set()
    for position, cell in enumerate(cells):
        if cell["cell_type"] != "code":
            continue
        source = text_of(cell)
        stored.add(source.strip())
        asked = _asked(source)
        if asked:
            expression, exercise = asked
            names = {node.id for node in ast.walk(ast.parse(expression, mode="eval")) if isinstance(node, ast.Name)}
            own = [one for one in answers if one[1] & names]
            if own:
                cell_id, gives = own[-1]
                questions.append(Question(exercise, expression, cell_id, frozenset(gives & names), position))
        elif cell["metadata"].get("nbgrader", {}).get("solution"):
            answers.append((key_of(cell), given_and_needed(source)[0]))
        else:
            statements += [(position, one) for one in ast.parse(without_magics(source)).body]
    return Released(number, tuple(questions), tuple(statements), frozenset(map(key_of, cells)), frozenset(stored))


def key_of(cell: dict) -> str:
    return cell["metadata"].get("nbgrader", {}).get("grade_id") or cell["id"]


def _asked(source):
    """(expression, exercise) of a cell that is `check("NN-n", expression)`."""
    try:
        (statement,) = ast.parse(source).body
        call = statement.value
        if call.func.id == "check" and len(call.args) == 2:
            return ast.unparse(call.args[1]), call.args[0].value
    except (SyntaxError, ValueError, AttributeError):
        pass
    return None


def read_notebook(path: Path) -> list[Cell]:
    """The cells of a student's notebook; `Unreadable` says what is wrong with it."""
    if path.is_symlink():
        raise Unreadable("the notebook is a link to a file elsewhere. Hand in the notebook itself.")
    if not path.is_file():
        raise Unreadable("this is not a file. Hand in the notebook, a file that ends in .ipynb.")
    size = path.stat().st_size
    if size == 0:
        raise Unreadable("the file is empty. Save the notebook in JupyterLab and hand it in again.")
    if size > LARGEST:
        raise Unreadable(f"the file has {size // 1_000_000} MB. Clear the outputs (Edit, Clear Outputs of All Cells), save, hand it in again.")
    try:
        content = json.loads(path.read_bytes())  # UTF-8, or UTF-16 or 32 that say so
    except UnicodeDecodeError as reason:
        raise Unreadable("the file is damaged: it is not written in UTF-8. Was it edited by hand? Open it in JupyterLab, save it, hand it in again.") from reason
    except (ValueError, RecursionError) as reason:
        where = f" (line {reason.lineno})" if isinstance(reason, json.JSONDecodeError) else ""
        raise Unreadable(f"the file is damaged: it is no JSON{where}. Was it cut off, or edited by hand? Save it again in JupyterLab.") from reason
    except OSError as reason:
        raise Unreadable(f"the file cannot be read ({reason.strerror}).") from reason
    cells = content.get("cells") if isinstance(content, dict) else None
    if cells is None and isinstance(content, dict) and isinstance(content.get("worksheets"), list):
        raise Unreadable("this notebook has the format of before 2015. Open it in JupyterLab, save it, hand it in again.")
    if not isinstance(cells, list):
        raise Unreadable("the file is JSON but not a notebook: it has no cells.")
    code = sum(len(text_of(cell)) for cell in cells if isinstance(cell, dict) and cell.get("cell_type") == "code")
    if code > MOST_CODE:
        raise Unreadable(f"the notebook has {code / 1e6:.0f} million characters of code. Take out what is not yours, and data written as code.")
    found = []
    for position, cell in enumerate(cells):
        if isinstance(cell, dict):
            metadata = cell.get("metadata") if isinstance(cell.get("metadata"), dict) else {}
            marks = metadata.get("nbgrader") if isinstance(metadata.get("nbgrader"), dict) else {}
            keys = tuple(dict.fromkeys(str(key) for key in (marks.get("grade_id"), cell.get("id")) if key))
            found.append(Cell(position, keys, without_magics(text_of(cell)), str(cell.get("cell_type"))))
    if not any(cell.kind == "code" for cell in found):
        raise Unreadable("the notebook has no code cells.")
    for cell in found:
        try:
            cell.tree = ast.parse(cell.source)
            cell.gives, cell.needs = given_and_needed(cell.source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            cell.tree = None
    return [cell for cell in found if cell.kind == "code" or cell.keys]


def answer_cells(question: Question, cells: list[Cell], released: Released) -> tuple[list[Cell], list[str]]:
    """The cells of a student that answer a question, in the notebook's order, and what is to be told about them."""
    notes = []
    code = [cell for cell in cells if cell.kind == "code"]
    own = [cell for cell in code if question.cell in cell.keys]
    if len(own) > 1:
        notes.append(f"the answer's cell is there {len(own)} times; the last one without a ... counts.")
        own = [cell for cell in own if not _has_blank(cell)][-1:] or own[-1:]
    others = [cell for cell in code if cell not in own and cell.gives & question.names and cell.source.strip() not in released.sources]
    mine = [cell for cell in others if _own_work(cell)]
    unanswered = all(_has_blank(cell) for cell in own)
    if own and any(cell.gives & question.names or cell.tree is None for cell in own) and not (unanswered and mine):
        return own, notes
    if others:
        notes.append("the answer's cell was renamed, moved or split; it was found by the name that it defines.")
        last = (mine or others)[-1]
        return sorted([*(own if not unanswered else []), last], key=_by_position), notes
    if own:
        return own, notes
    if any(question.cell in cell.keys for cell in cells):
        notes.append("the answer's cell is not a code cell. Make it one (Esc, then Y).")
    return [], notes


def _by_position(cell):
    return cell.position


def _has_blank(cell):
    """Whether a ... is left in the place of a statement or a value."""
    if cell.tree is None:
        return False
    indices = {id(n) for s in ast.walk(cell.tree) if isinstance(s, ast.Subscript) for n in ast.walk(s.slice)}
    return any(isinstance(n, ast.Constant) and n.value is ... and id(n) not in indices for n in ast.walk(cell.tree))


def _own_work(cell):
    return not any(re.fullmatch(r"\d\d-[\w-]+", key) for key in cell.keys)


def helpers(chosen: list[Cell], cells: list[Cell], released: Released, provided: frozenset) -> list[Cell]:
    """Other cells of the student that define what the chosen ones need and neither they nor the lesson provide."""
    found, todo = [], list(chosen)
    while todo:
        cell = todo.pop()
        for name in cell.needs - provided - frozenset().union(*(one.gives for one in [*chosen, *found])):
            makers = [
                one for one in cells
                if one.kind == "code" and one.tree is not None and (name in one.gives or _gives_all(one)) and one not in chosen and one not in found
                and one.source.strip() not in released.sources
            ]  # fmt: skip
            if makers:
                before = [one for one in makers if one.position < cell.position] or makers
                found.append(before[-1])
                todo.append(before[-1])
    return found


def late(submission: Submission, due: datetime | None) -> tuple[str, ...]:
    """A note, if the timestamp.txt beside the notebook is later than the due date."""
    if due is None or submission.path is None:
        return ()
    try:
        day, hour, *zone = (submission.path.parent / "timestamp.txt").read_text(encoding="utf-8")[:100].split()
        came = datetime.fromisoformat(f"{day} {hour}")
        came = came if came.tzinfo else came.replace(tzinfo=ZoneInfo(zone[0] if zone else "UTC"))
    except (OSError, ValueError, KeyError):
        return ()
    return (f"late: handed in on {came:%Y-%m-%d %H:%M %Z}, due was {due:%Y-%m-%d %H:%M %Z}.",) if came > due else ()


def _gives_all(cell):
    """Whether it has a `from module import *`, which may define any name."""
    return any(isinstance(one, ast.ImportFrom) and one.names[0].name == "*" for one in cell.tree.body)


def find(folder: Path, lesson: str | None = None, numbers: tuple[str, ...] = ()) -> list[Submission]:
    """All submissions in a folder, one for each student and lesson, in order; nothing that lies there is passed over in silence."""
    found: dict[tuple[str, str], list[Path]] = {}
    troubles = []
    for entry in sorted(folder.iterdir()):
        if entry.name.startswith(".") or entry.name in IGNORED:
            continue
        if entry.is_dir() and not entry.is_symlink():
            student, paths = entry.name, _notebooks(entry)
            if not paths:
                others = [one for one in sorted(entry.rglob("*")) if (one.is_file() or one.is_symlink()) and not one.name.startswith(".")]
                there = f": there is {others[0].name}" if others else ": the folder is empty"
                troubles.append(Submission(student, lesson or "", None, (), f"no notebook (.ipynb) was handed in{there}."))
        elif entry.suffix == ".ipynb":
            student, paths = entry.stem, [entry]
        else:
            what = "is a link to somewhere else. Hand in the folder or the notebook itself." if entry.is_symlink() else "is not a notebook (.ipynb)."
            troubles.append(Submission(entry.stem, lesson or "", None, (), f"{entry.name} {what}"))
            continue
        for path in paths:
            number = lesson_of(path, numbers) or lesson
            if number is None:
                troubles.append(Submission(student, "", path, (), f"which lesson is {path.name}? Its name and its cells do not say: give --lesson."))
            elif lesson in (None, number):
                found.setdefault((student, number), []).append(path)
        if lesson and paths and (student, lesson) not in found:
            troubles.append(Submission(student, lesson, None, (), f"no notebook of lesson {lesson} was handed in: there is {paths[0].name}."))
    chosen = []
    for (student, number), paths in found.items():
        paths.sort(key=lambda path: (not re.fullmatch(rf"{number}-[a-z-]+\.ipynb", path.name), -_time(path), path.name))
        notes = (f"{len(paths)} notebooks of this lesson were handed in; {paths[0].relative_to(folder)} was graded.",) if len(paths) > 1 else ()
        chosen.append(Submission(student, number, paths[0], notes))
    return sorted([*chosen, *troubles], key=lambda one: (one.lesson, one.student))


def _time(path):
    try:
        return path.lstat().st_mtime
    except OSError:
        return 0.0


def _notebooks(folder):
    paths = []
    for where, folders, files in os.walk(folder):  # walks into no links
        folders[:] = sorted(one for one in folders if one not in IGNORED and not one.startswith("."))
        paths += [Path(where) / name for name in sorted(files) if name.endswith(".ipynb") and not name.startswith(".")]
        paths += [Path(where) / name for name in folders if name.endswith(".ipynb")]
    return paths


def lesson_of(path: Path, numbers) -> str | None:
    """The number of the lesson, from the file's name or else from the ids of its cells."""
    if (match := re.match(r"(\d\d)-", path.name)) and match[1] in numbers:
        return match[1]
    try:
        if path.is_symlink() or not path.is_file() or path.stat().st_size > LARGEST:
            raise ValueError
        cells = json.loads(path.read_bytes())["cells"]
        votes = Counter(match[1] for cell in cells for match in [re.match(r"(\d\d)-", str(cell.get("id", "")))] if match)
        votes.update(match[1] for cell in cells for match in [re.match(r"(\d\d)-", str(cell["metadata"].get("nbgrader", {}).get("grade_id", "")))] if match)
        number = votes.most_common(1)[0][0]
        return number if number in numbers else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError):
        folder = path.parent.name
        return folder[:2] if re.match(r"\d\d-", folder) and folder[:2] in numbers else None
