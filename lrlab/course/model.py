"""What a lesson is made of. The texts stand in the lesson's own module; the machinery that uses them in `lrlab.lesson`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Option:
    """One answer to a question, and what to say to whoever chooses it."""

    text: str
    why: str
    right: bool = False


@dataclass(frozen=True)
class Question:
    """A multiple-choice question with one right answer. The letters a, b, c ... follow the order of the options."""

    id: str
    text: str
    options: tuple[Option, ...]

    def __post_init__(self):
        if sum(option.right for option in self.options) != 1:
            raise ValueError(f"question {self.id} needs exactly one right option")

    @property
    def letters(self) -> str:
        return "abcdefgh"[: len(self.options)]

    @property
    def answer(self) -> str:
        return next(letter for letter, option in zip(self.letters, self.options) if option.right)

    def option(self, letter: str) -> Option:
        return self.options[self.letters.index(letter)]


@dataclass(frozen=True)
class Mission:
    """A goal to reach with an explorer. `missing(widget)` says what is still missing, or returns None when reached."""

    id: str
    text: str
    missing: Callable[[Any], str | None]
    shows: str


@dataclass(frozen=True)
class Wrong:
    """A known wrong answer. An answer that behaves like it gets its message.

    `answer` is a function or a value, as a learner would give it. `when` replaces the comparison of behaviour by a
    test of its own; it receives the learner's value.
    """

    name: str
    answer: Any
    message: str
    when: Callable[[Any], bool] | None = None


@dataclass(frozen=True)
class Exercise:
    """An exercise with its solution, hints and known wrong answers.

    A function exercise has `cases`, a tuple of argument tuples on which the answer must agree with `solution`. A value
    exercise has none: the answer must equal `solution`, or satisfy `accept` where many values are right. `curve` maps
    a function to the numbers drawn as target against yours when the answer is wrong. `report` maps a value to what was
    measured of it, one line that is shown with the verdict.
    """

    id: str
    title: str
    points: int
    minutes: int
    solution: Any
    hints: tuple[str, str, str]
    wrong: tuple[Wrong, ...]
    shows: str
    cases: tuple[tuple, ...] = ()
    accept: Callable[[Any], bool] | None = None
    wanted: str = ""
    report: Callable[[Any], str] | None = None
    curve: Callable[[Callable], Any] | None = None
    rtol: float = 1e-6


@dataclass(frozen=True)
class Lesson:
    """Everything of one lesson that is not in its notebook."""

    number: str
    title: str
    minutes: int
    recall: tuple[Question, ...]
    predictions: tuple[Question, ...]
    missions: tuple[Mission, ...]
    exercises: tuple[Exercise, ...]
    quiz: tuple[Question, ...]
    next: str = ""
    _index: dict = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self):
        for family in ("recall", "predictions", "missions", "exercises", "quiz"):
            for item in getattr(self, family):
                if item.id in self._index:
                    raise ValueError(f"lesson {self.number} has two items called {item.id}")
                self._index[item.id] = item

    def __getitem__(self, item_id):
        return self._index[item_id]

    def ids(self, family: str):
        return [item.id for item in getattr(self, family)]
