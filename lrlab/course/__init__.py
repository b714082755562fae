"""One module per lesson: recall, predictions, missions, exercises with hints and known wrong answers, quiz."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from .model import Exercise, Lesson, Mission, Option, Question, Wrong

__all__ = ["Exercise", "Lesson", "Mission", "Option", "Question", "Wrong", "lesson", "numbers"]


@cache
def numbers() -> tuple[str, ...]:
    """The numbers of all lessons, in order: '01', '02', ..."""
    found = (module.name for module in pkgutil.iter_modules(__path__))
    return tuple(sorted(name.removeprefix("lesson_") for name in found if name.startswith("lesson_")))


def lesson(number: str) -> Lesson:
    """The lesson with this number."""
    if number not in numbers():
        raise ValueError(f"there is no lesson {number!r}. The lessons are {', '.join(numbers())}.")
    return import_module(f".lesson_{number}", __name__).LESSON
