"""A learner's progress: one JSON file beside the notebooks, written atomically, never lost.

Every change reads the file again first, so two open notebooks do not undo each other. A file that cannot be read is
put aside under another name; a file that cannot be written leaves the progress in memory and says so.
"""

from __future__ import annotations

import copy
import json
import os
import tempfile
import time
from contextlib import suppress
from pathlib import Path

FILE = "lrlab-progress.json"

# What an automatic run (tests, grading, building) sets, so that it neither reads nor writes a learner's file.
SWITCH = "LRLAB_PROGRESS"


class Progress:
    """Progress in a folder; `Progress(None)` keeps it in memory.

    `notice` is a sentence for the learner when something went wrong with the file, else "".
    """

    def __init__(self, folder: Path | str | None):
        self.path = None if folder is None else Path(folder) / FILE
        self.notice = ""
        self._pending = {}  # {(family, item): record}, what no file has yet; in memory, everything
        self._last = {}  # all that was recorded when it was last written
        self._unsaved = self._stuck = False

    def read(self) -> dict:
        """All that is recorded: {lesson number: {family: {id: record}}}."""
        lessons = {} if self.path is None else self._read_file()
        for (family, item), record in self._pending.items():
            lessons.setdefault(item[:2], {}).setdefault(family, {})[item] = record
        return lessons

    def _read_file(self):
        self._stuck = False
        try:
            lessons = json.loads(self.path.read_text(encoding="utf-8"))["lessons"]
            if not all(isinstance(family, dict) for lesson in lessons.values() for family in lesson.values()):
                raise ValueError("it does not hold lessons")
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as reason:
            self._put_aside(reason)
            return copy.deepcopy(self._last)
        return lessons

    def get(self, family: str, item: str, default=None):
        return self.read().get(item[:2], {}).get(family, {}).get(item, default)

    def put(self, family: str, item: str, record) -> None:
        """Record something of an item, whose id begins with the number of its lesson."""
        self._pending[family, item] = record
        if self.path is None:
            return
        lessons = self.read()
        if not self._stuck:
            self._write(lessons)
        self._last = lessons

    def _write(self, lessons):
        temporary = None
        try:
            handle, temporary = tempfile.mkstemp(dir=self.path.parent, prefix=".lrlab-progress-", suffix=".tmp")
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump({"version": 1, "lessons": lessons}, file, indent=1, sort_keys=True)
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
            self._unsaved = self._stuck = True
            self.notice = (
                f"The progress file {self.path} can be neither read nor moved ({second.strerror or second}). Progress "
                "is kept until this notebook's kernel stops."
            )

    def summary(self) -> str:
        """What is done, a line for each lesson."""
        from .course import lesson, numbers

        lines = [standing(lesson(number), self.read().get(number, {})) for number in numbers()]
        return "\n".join(lines + [self.notice] * bool(self.notice))


def standing(lesson, record: dict) -> str:
    """One line on a lesson."""
    return f"{lesson.number} {lesson.title}: {tally(lesson, record)}"


def tally(lesson, record: dict) -> str:
    """What is done of a lesson: points, missions, quiz."""
    passed = [e for e in lesson.exercises if record.get("exercises", {}).get(e.id, {}).get("passed")]
    points, of = sum(e.points for e in passed), sum(e.points for e in lesson.exercises)
    missions = sum(bool(record.get("missions", {}).get(one)) for one in lesson.ids("missions"))
    quiz = record.get("quiz", {}).get(f"{lesson.number}-quiz")
    score = f"{quiz['right']} of {quiz['of']}" if quiz else "not taken"
    return f"{points} of {of} points, {missions} of {len(lesson.missions)} missions, quiz {score}"


_current: dict = {}


def current() -> Progress:
    """The progress of the notebook that runs: beside it, or in memory where a switch or a grader asks for that."""
    aside = os.environ.get(SWITCH) == "memory" or os.environ.get("NBGRADER_EXECUTION")
    folder = None if aside else str(Path.cwd())
    if folder not in _current:
        _current[folder] = Progress(folder)
    return _current[folder]
