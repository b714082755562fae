"""A learner's progress: one JSON file beside the notebooks, written atomically, never lost.

Every change reads the file again first, so two open notebooks do not undo each other, and keeps what it does not know.
A damaged file is put aside under another name; a file that cannot be opened or written leaves the progress in memory
and says so.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path

from .language import gettext

FILE = "lrlab-progress.json"

# What an automatic run (tests, grading, building) sets, so that it neither reads nor writes a learner's file.
SWITCH = "LRLAB_PROGRESS"

# What a teacher's course hands out beside the notebooks: when solutions open.
COURSE_FILE = "lrlab-course.json"
POLICIES = ("after pass", "after deadline", "never")

# The families of a lesson and what each of their records holds; an exercise's record begins with any of it.
RECORDS = {
    "recall": {"right": int, "of": int},
    "predictions": {"choice": str, "right": bool},
    "missions": {},
    "exercises": {"passed": bool, "tried": list, "hints": int},
    "quiz": {"right": int, "of": int},
}


class Progress:
    """Progress in a folder; `Progress(None)` keeps it in memory.

    `notice` is a sentence for the learner when something went wrong with the file, else "".
    """

    def __init__(self, folder: Path | str | None):
        self.path = None if folder is None else Path(folder) / FILE
        self.notice = ""
        self._pending = {}  # {(family, item): record}, what no file has yet; in memory, everything
        self._last = "{}"  # the file's lessons when they were last read or written, as JSON
        self._unsaved = self._stuck = False

    def read(self) -> dict:
        """All that is recorded: {lesson number: {family: {id: record}}}."""
        return self._read_all()["lessons"]

    def _read_all(self):
        """The file's content, with what no file has yet."""
        content = {"lessons": {}} if self.path is None else self._read_file()
        for (family, item), record in self._pending.items():
            content["lessons"].setdefault(item[:2], {}).setdefault(family, {})[item] = record
        return content

    def _read_file(self):
        self._stuck = False
        try:
            content = json.loads(self.path.read_text(encoding="utf-8"))
            _check(content["lessons"])
        except FileNotFoundError:
            return {"lessons": {}}
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as reason:
            if isinstance(reason, OSError) and not os.path.isdir(self.path):
                self._stay_in_memory(f"be read ({reason.strerror or reason})")
            else:
                self._put_aside(reason)
            return {"lessons": json.loads(self._last) if self._stuck else {}}
        self._last = json.dumps(content["lessons"])
        return content

    def get(self, family: str, item: str, default=None):
        return self.read().get(item[:2], {}).get(family, {}).get(item, default)

    def put(self, family: str, item: str, record) -> None:
        """Record something of an item, whose id begins with the number of its lesson."""
        self._pending[family, item] = record
        if self.path is None:
            return
        with _alone_in(self.path.parent):
            content = self._read_all()
            if not self._stuck:
                self._write(content)

    def _write(self, content):
        temporary = None
        try:
            handle, temporary = tempfile.mkstemp(dir=self.path.parent, prefix=".lrlab-progress-", suffix=".tmp")
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump({"version": 1} | content, file, indent=1, sort_keys=True)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, self.path)
            temporary = None
        except OSError as reason:
            self._unsaved = True
            self.notice = (
                f"Your progress could not be saved in {self.path} ({reason.strerror or reason}). It is kept until this "
                "notebook's kernel stops. Make the folder writable or free some space, then run a check again."
            )
        else:
            self._last = json.dumps(content["lessons"])
            self._pending.clear()
            if self._unsaved:
                self.notice = ""
            self._unsaved = False
        finally:
            if temporary is not None:
                with suppress(OSError):
                    os.unlink(temporary)

    def _put_aside(self, reason):
        stem = f"lrlab-progress.damaged-{time.strftime('%Y%m%d-%H%M%S')}"
        names = (f"{stem}{number}.json" for number in ("", *(f"-{n}" for n in range(2, 1000))))
        aside = next(path for path in map(self.path.with_name, names) if not path.exists())
        try:
            os.replace(self.path, aside)
            self.notice = (
                f"The progress file could not be read ({reason}). It was kept as {aside.name}, and a new one begins. "
                "Run your checks again to fill it."
            )
        except OSError as second:
            self._stay_in_memory(f"be read or moved ({second.strerror or second})")
            return
        for lesson in json.loads(self._last).values():
            for family in RECORDS:
                for item, record in lesson.get(family, {}).items():
                    self._pending.setdefault((family, item), record)

    def _stay_in_memory(self, trouble):
        self._unsaved = self._stuck = True
        self.notice = (
            f"The progress file {self.path} cannot {trouble}. Progress is kept until this notebook's kernel stops. Make the "
            "file readable, then run a check again."
        )

    def summary(self) -> str:
        """What is done, a line for each lesson."""
        from .course import lesson, numbers

        lines = [standing(lesson(number), self.read().get(number, {})) for number in numbers()]
        return "\n".join(lines + [gettext(self.notice)] * bool(self.notice))


@contextmanager
def _alone_in(folder):
    """Let one notebook at a time change the file: for two seconds at most, and where the system has such locks."""
    handle = None
    with suppress(ImportError, OSError):
        import fcntl

        handle = os.open(folder, os.O_RDONLY)
        for _ in range(100):
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                time.sleep(0.02)
    try:
        yield
    finally:
        if handle is not None:
            os.close(handle)


def standing(lesson, record: dict) -> str:
    """One line on a lesson, in the learner's language."""
    return f"{lesson.number} {gettext(lesson.title)}: {gettext(tally(lesson, record))}"


def tally(lesson, record: dict) -> str:
    """What is done of a lesson: points, missions, quiz."""
    passed = [e for e in lesson.exercises if record.get("exercises", {}).get(e.id, {}).get("passed")]
    points, of = sum(e.points for e in passed), sum(e.points for e in lesson.exercises)
    missions = sum(bool(record.get("missions", {}).get(one)) for one in lesson.ids("missions"))
    quiz = record.get("quiz", {}).get(f"{lesson.number}-quiz")
    score = f"{quiz['right']} of {quiz['of']}" if quiz else "not taken"
    return f"{points} of {of} points, {missions} of {len(lesson.missions)} missions, quiz {score}"


def _check(lessons):
    """Raise what `Progress._read_file` catches if a record is not what the lessons write."""
    for lesson in lessons.values():
        for family, fields in RECORDS.items():
            for item, record in lesson.get(family, {}).items():
                for name, kind in fields.items():
                    if not isinstance(record.get(name, kind() if family == "exercises" else None), kind):
                        raise ValueError(f"{item} has no {name} as it should be")


def handed_out(folder: Path | str) -> dict | None:
    """The course's rules beside a notebook: {"solutions": policy, "due": moment or None}; None where there is no course.

    Raises ValueError for a file that is there and says something else.
    """
    from datetime import datetime

    try:
        content = json.loads((Path(folder) / COURSE_FILE).read_text(encoding="utf-8"))
        due = content["due"] and datetime.fromisoformat(content["due"]).astimezone()
        if content["solutions"] not in POLICIES or content["solutions"] == "after deadline" and due is None:
            raise ValueError(f"{content['solutions']!r} is no rule")
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as reason:
        raise ValueError(f"{COURSE_FILE} cannot be read ({reason})") from reason
    return {"solutions": content["solutions"], "due": due}


_current: dict = {}


def current() -> Progress:
    """The progress of the notebook that runs: beside it, or in memory where a switch or a grader asks for that."""
    aside = os.environ.get(SWITCH) == "memory" or os.environ.get("NBGRADER_EXECUTION")
    folder = None if aside else str(Path.cwd())
    if folder not in _current:
        _current[folder] = Progress(folder)
    return _current[folder]
