"""What a notebook calls.

    begin("01")                       a line on where you stand
    recall("01", ...)                 questions on earlier lessons
    predict("01-p1", ...)             record a prediction; reveal("01-p1", picture) then shows what happens
    mission("01-m1", explorer)        is the goal reached?
    check("01-1", answer)             judge an answer: not attempted, wrong, error in your code, correct
    hint("01-1"), solution("01-1")    three hints, one at a time; the solution after a pass or three tries
    verdict(...)                      a claim and what the measurement says of it
    claims(...)                       many of them in one table
    quiz("01", ...), done("01")       the exit quiz; a summary

Wherever a `...` stands, nothing is judged yet: questions show buttons to click, and letters typed in place of the ...
answer them too.
"""

from __future__ import annotations

import base64
import hashlib
import html
import inspect
import os
import textwrap
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from . import course, progress
from .checking import CORRECT, ERROR, NOT_ATTEMPTED, WRONG, judge
from .language import gettext

__all__ = ["begin", "recall", "predict", "reveal", "mission", "check", "hint", "solution", "verdict", "claims", "quiz", "done"]

ICONS = {NOT_ATTEMPTED: "○", WRONG: "✗", ERROR: "✗", CORRECT: "✓"}
EDGES = {NOT_ATTEMPTED: "#767676", WRONG: "#B44A00", ERROR: "#B44A00", CORRECT: "#00724F"}
TRIES = 3


class CheckFailed(AssertionError):
    """Raised by `check` under nbgrader, where a wrong answer must cost its points."""


@dataclass(frozen=True)
class Feedback:
    """What the learner is told: a state, a heading, lines of text, sometimes a picture. It prints as text.

    All of it is English; it is shown in the learner's language.
    """

    state: str
    heading: str
    lines: tuple[str, ...] = ()
    icon: str = ""
    picture: object = field(default=None, repr=False)

    @property
    def text(self) -> str:
        heading, lines = self._said()
        said = (gettext(self.picture.sentence),) if self.picture else ()
        return "\n".join((heading, *lines, *said))

    def _said(self):
        """Heading and lines in the learner's language."""
        return f"{self.icon} {gettext(self.heading)}".strip(), tuple(map(gettext, self.lines))

    def __repr__(self):
        return self.text

    def _repr_mimebundle_(self, include=None, exclude=None):
        edge = EDGES.get(self.state, "#0072B2")
        heading, lines = self._said()
        body = "".join(f'<div style="white-space:pre-wrap">{_inline(line)}</div>' for line in lines)
        if self.picture:
            said = html.escape(gettext(self.picture.sentence))
            image = base64.b64encode(self.picture.png()).decode()
            body += f'<img alt="{said}" src="data:image/png;base64,{image}" style="max-width:100%">'
        return {
            "text/plain": self.text,
            "text/html": (
                f'<div style="border-left:4px solid {edge};padding:0.3em 0.9em;line-height:1.45;max-width:52em">'
                f"<div><strong>{_inline(heading)}</strong></div>{body}</div>"
            ),
        }


def _inline(text: str) -> str:
    return mark_code(html.escape(text, quote=False))


def mark_code(escaped: str) -> str:
    """What stands between backticks in an escaped line becomes code; with one backtick too many nothing does."""
    parts = escaped.split("`")
    if len(parts) % 2 == 0:
        return "`".join(parts)
    return "".join(f"<code>{part}</code>" if odd % 2 else part for odd, part in enumerate(parts))


def _find(item_id: str, family: str, word: str):
    number = str(item_id)[:2]
    lesson = course.lesson(number) if number in course.numbers() else None
    if lesson is None or item_id not in lesson.ids(family):
        known = ", ".join(lesson.ids(family)) if lesson else f"lessons {', '.join(course.numbers())}"
        raise ValueError(f"there is no {word} {item_id!r}. There are: {known}.")
    return lesson[item_id]


def _with_notice(lines) -> tuple[str, ...]:
    notice = progress.current().notice
    return (*lines, f"Note: {notice}") if notice else tuple(lines)


def begin(number: str) -> Feedback:
    """Say which lesson this is and how far you are."""
    lesson = course.lesson(number)
    record = progress.current().read().get(number, {})
    so_far = progress.tally(lesson, record) if record else "nothing yet"
    lines = (f"About {lesson.minutes} minutes. Your progress in this lesson: {so_far}.",)
    return Feedback("", f"Lesson {number}: {lesson.title}", _with_notice(lines))


def _letters(given, questions, what):
    """Typed letters, one for each question, each of them one of its options."""
    letters = [letter for letter in str(given).lower() if letter.isalpha()]
    if len(letters) != len(questions):
        raise ValueError(f"{what} has {len(questions)} question(s), got {len(letters)} letter(s) in {given!r}. Type one for each.")
    for letter, question in zip(letters, questions):
        _valid(letter, question)
    return letters


def _valid(letter, question):
    if letter not in question.letters:
        raise ValueError(f"{question.id}: {letter!r} is no option. The options are {', '.join(question.letters)}.")


def _marked(question, letter) -> str:
    option = question.option(letter)
    if option.right:
        return f"{question.id} {letter}) {option.text}: {ICONS[CORRECT]} Right. {option.why}"
    return f"{question.id} {letter}) {option.text}: {ICONS[WRONG]} Not so. {option.why}"


def _ask_all(what, number, questions, answers, heading):
    if answers is ...:
        from .widgets.questions import Questions

        def finished(chosen):
            progress.current().put(what, f"{number}-{what}", _score(questions, chosen))

        return Questions(heading, questions, _marked, finished)
    chosen = _letters(answers, questions, f"{what}({number!r})")
    score = _score(questions, chosen)
    progress.current().put(what, f"{number}-{what}", score)
    lines = [_marked(question, letter) for question, letter in zip(questions, chosen)]
    return Feedback("", f"{heading}: {score['right']} of {score['of']} right", _with_notice(lines))


def _score(questions, chosen):
    return {"right": sum(q.answer == letter for q, letter in zip(questions, chosen)), "of": len(questions)}


def recall(number: str, answers=...):
    """Questions on what this lesson builds on. Click, or type the letters: recall("02", "bac")."""
    return _ask_all("recall", number, course.lesson(number).recall, answers, "Recall")


def quiz(number: str, answers=...):
    """The exit quiz. Click, or type the letters: quiz("01", "bcada")."""
    return _ask_all("quiz", number, course.lesson(number).quiz, answers, "Exit quiz")


def predict(prediction_id: str, choice=...):
    """Record what you expect, before you see it. Click, or type the letter: predict("01-p1", "b").

    The first prediction counts; it is played back by `reveal` and by `done`.
    """
    question = _find(prediction_id, "predictions", "prediction")

    def record(letter):
        """Record the first letter, and say which is kept."""
        kept = _predicted(question)
        if kept is None:
            progress.current().put(
                "predictions", prediction_id, {"choice": letter, "right": letter == question.answer}
            )
        return kept or letter

    if choice is ...:
        from .widgets.questions import Choice

        return Choice("Your prediction", question, record)
    (letter,) = _letters(choice, (question,), f"predict({prediction_id!r})")
    kept = record(letter)
    word = "Recorded" if kept == letter else "Your first prediction stays"
    lines = (f"{kept}) {question.option(kept).text}", "Run the next cell to see what happens.")
    return Feedback("", f"{word}:", _with_notice(lines))


def _predicted(question) -> str | None:
    """The letter that was recorded, unless it is of an option that the question no longer has."""
    choice = progress.current().get("predictions", question.id, {}).get("choice")
    return choice if choice in tuple(question.letters) else None


def reveal(prediction_id: str, picture=None):
    """Show what happens, once a prediction is recorded, and set it beside the prediction."""
    question = _find(prediction_id, "predictions", "prediction")
    chosen = _predicted(question)
    if chosen is None:
        return Feedback(
            NOT_ATTEMPTED,
            "Predict first.",
            ("Choose an answer in the cell above, then run this cell again. A guess is fine, and it is never graded.",),
            ICONS[NOT_ATTEMPTED],
        )
    if picture is not None:
        from IPython.display import display

        display(picture)
    mine, answer = question.option(chosen), question.option(question.answer)
    lines = [f"You predicted {chosen}) {mine.text}"]
    if not mine.right:
        lines.append(f"Measured: {question.answer}) {answer.text}")
    lines.append(mine.why if mine.right else f"{mine.why} {answer.why}")
    word = "As predicted." if mine.right else "Not as predicted."
    return Feedback(CORRECT if mine.right else "", word, tuple(lines), ICONS[CORRECT] if mine.right else "→")


def mission(mission_id: str, explorer) -> Feedback:
    """Is the goal of this mission reached by the explorer's present settings?"""
    goal = _find(mission_id, "missions", "mission")
    missing = goal.missing(explorer)
    reached = missing is None
    if reached:
        progress.current().put("missions", mission_id, True)
    lines = [f"Goal: {goal.text}", goal.shows if reached else missing]
    state = CORRECT if reached else NOT_ATTEMPTED
    heading = f"Mission {mission_id}: {'reached' if reached else 'not reached yet'}"
    return Feedback(state, heading, _with_notice(lines), ICONS[state])


def check(exercise_id: str, answer=...) -> Feedback:
    """Judge an answer. Returns the feedback; under nbgrader anything but correct raises, so that it costs its points."""
    exercise = _find(exercise_id, "exercises", "exercise")
    result = judge(exercise, answer)
    kept = progress.current()
    record = dict(kept.get("exercises", exercise_id, {}))
    if result.state == CORRECT and not record.get("passed"):
        kept.put("exercises", exercise_id, record | {"passed": True})
    elif result.state in (WRONG, ERROR):
        # the same answer checked twice is one try
        digest = hashlib.sha256("\n".join(result.lines).encode()).hexdigest()[:16]
        tried = record.get("tried", [])
        if digest not in tried:
            kept.put("exercises", exercise_id, record | {"tried": [*tried, digest]})
    earned = exercise.points if result.state == CORRECT else 0
    feedback = Feedback(
        result.state,
        f"{result.state.capitalize()}: exercise {exercise_id}, {exercise.title} ({earned} of {exercise.points} points)",
        _with_notice(result.lines),
        ICONS[result.state],
        _target_against_yours(result.curve),
    )
    if result.state != CORRECT and os.environ.get("NBGRADER_EXECUTION") in ("autograde", "validate"):
        raise CheckFailed(feedback.text)
    return feedback


def _target_against_yours(curve):
    if curve is None:
        return None
    import numpy as np

    from .plots import COLORS, Picture, label_ends, new_figure

    target, yours = curve
    t = np.arange(len(target))
    figure, ax = new_figure(6.0, 2.8)
    ax.plot(t, target, color=COLORS[0], linewidth=2.2)
    ax.plot(t, yours, color=COLORS[1], linewidth=1.8, linestyle="--")
    ax.set(xlabel="t", xlim=(0, len(t) - 1))
    label_ends(ax, [(t[-1], target[-1], gettext("target"), COLORS[0]), (t[-1], yours[-1], gettext("yours"), COLORS[1])])
    apart = np.flatnonzero(~np.isclose(target, yours, rtol=1e-6))
    first = f"They part at t = {apart[0]}." if apart.size else "They agree where they are drawn."
    return Picture(figure, f"Target and yours for t = 0 to {t[-1]}. {first}")


def hint(exercise_id: str, level: int | None = None) -> Feedback:
    """The next hint: first a question, then a pointer, then almost the code. hint("01-1", 1) shows the first again."""
    exercise = _find(exercise_id, "exercises", "exercise")
    kept = progress.current()
    record = dict(kept.get("exercises", exercise_id, {}))
    seen = record.get("hints", 0)
    level = min(seen + 1, len(exercise.hints)) if level is None else level
    if level not in range(1, len(exercise.hints) + 1):
        raise ValueError(f"hint: level must be 1 to {len(exercise.hints)}, got {level!r}.")
    kept.put("exercises", exercise_id, record | {"hints": max(seen, level)})
    heading = f"Hint {level} of {len(exercise.hints)} for exercise {exercise_id}"
    return Feedback("", heading, _with_notice((exercise.hints[level - 1],)))


def solution(exercise_id: str) -> Feedback:
    """A solution, once the exercise is passed or three different answers were tried; in a course, by the course's rule."""
    exercise = _find(exercise_id, "exercises", "exercise")
    record = progress.current().get("exercises", exercise_id, {})
    tries = len(record.get("tried", []))
    try:
        rules = progress.handed_out(Path.cwd())
    except ValueError as reason:
        return _closed(exercise_id, f"The solution of {exercise_id} stays closed: {reason}. Ask your teacher for the file.")
    if rules is None and not record.get("passed") and tries < TRIES:
        return _closed(exercise_id, f"The solution of {exercise_id} opens when you pass, or after {TRIES} different tries. So far: {tries}.")
    if rules and rules["solutions"] == "never":
        return _closed(exercise_id, "In this course the solutions stay closed.")
    if rules and rules["solutions"] == "after pass" and not record.get("passed"):
        return _closed(exercise_id, f"The solution of {exercise_id} opens when you pass.")
    if rules and rules["solutions"] == "after deadline" and datetime.now().astimezone() < rules["due"]:
        return _closed(exercise_id, f"The solution of {exercise_id} opens after the deadline, {rules['due']:%Y-%m-%d %H:%M %Z}.")
    code = textwrap.dedent(inspect.getsource(exercise.solution)) if callable(exercise.solution) else repr(exercise.solution)
    return Feedback("", f"A solution of {exercise_id}. Yours may look different and be as good.", (code.rstrip(), exercise.shows))


def _closed(exercise_id, heading):
    return Feedback(NOT_ATTEMPTED, heading, (f'`hint("{exercise_id}")` gives a hint.',), ICONS[NOT_ATTEMPTED])


def verdict(claim: str, measured: str, says: str, because: str = "") -> Feedback:
    """A claim, what was measured, and what the measurement says of it: holds, holds only when ..., does not hold."""
    if not says.startswith(("holds", "does not hold")):
        raise ValueError(f"verdict: says must begin with 'holds' or 'does not hold', got {says!r}.")
    lines = (f"Claim: {claim}", f"Measured: {measured}", *([f"Because: {because}"] if because else []))
    return Feedback("verdict", f"Verdict: {says}", lines)


COLUMNS = ("claim", "experiment", "seeds", "result, mean ± standard error", "verdict", "lesson")


@dataclass(frozen=True)
class Claims:
    """A table of claims; a row has an entry for each of COLUMNS. It prints as text, a paragraph for each claim."""

    caption: str
    rows: tuple

    def __repr__(self):
        columns = tuple(map(gettext, COLUMNS[1:]))
        paragraphs = ["\n    ".join([row[0], *map(": ".join, zip(columns, map(gettext, row[1:])))]) for row in self.rows]
        return "\n\n".join([self.caption, *paragraphs])

    def _repr_mimebundle_(self, include=None, exclude=None):
        def cell(kind, text, scope=""):
            return f'<{kind}{scope} style="text-align:left;vertical-align:top">{_inline(gettext(text))}</{kind}>'

        head = "".join(cell("th", text, ' scope="col"') for text in COLUMNS)
        body = "".join(
            "<tr>" + cell("th", row[0], ' scope="row"') + "".join(cell("td", text) for text in row[1:]) + "</tr>" for row in self.rows
        )
        table = f"<table><caption>{_inline(self.caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        return {"text/plain": repr(self), "text/html": table}


def claims(caption: str, rows) -> Claims:
    """Claims in one table. A row is (claim, experiment, seeds, result, verdict, lesson)."""
    rows = tuple(tuple(map(str, row)) for row in rows)
    for row in rows:
        if len(row) != len(COLUMNS):
            raise ValueError(f"claims: a row has {len(COLUMNS)} entries, {', '.join(COLUMNS)}; got {len(row)} in {row!r}.")
    return Claims(caption, rows)


def done(number: str) -> Feedback:
    """What you did in this lesson, and what comes next."""
    lesson = course.lesson(number)
    record = progress.current().read().get(number, {})
    made = record.get("predictions", {})
    right = sum(one["right"] for one in made.values())
    lines = [
        progress.tally(lesson, record) + ".",
        f"Predictions: {right} of {len(made)} came true." if made else "Predictions: none recorded.",
    ]
    open_ones = [e.id for e in lesson.exercises if not record.get("exercises", {}).get(e.id, {}).get("passed")]
    if open_ones:
        lines.append(f"Still open: {', '.join(open_ones)}.")
    if lesson.next:
        lines.append(f"Next: {lesson.next}")
    state = NOT_ATTEMPTED if open_ones else CORRECT
    return Feedback(state, f"Lesson {number}, {lesson.title}", _with_notice(lines), ICONS[state])
