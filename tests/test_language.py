"""Everything that a learner reads comes from the catalogue: in a made-up language no plain English word is left.

In that language every letter has an accent (tools/make_catalogue.py makes it). A word has two letters or more. Not counted are
numbers, code (between backticks, name=value, calls), the names of schedules, optimizers, surfaces and libraries, and MATHS; what
Python says of an error, and what a learner typed.
"""

import dataclasses
import html
import importlib.util
import re
from importlib import import_module
from pathlib import Path

import ipywidgets
import numpy as np
import pytest
from matplotlib.text import Text
from moves import MOVES, small_sweep

from lrlab import SGD, Constant, Cosine, Quadratic, cli, course, language, lesson, plots, progress, train
from lrlab.checking import ERROR
from lrlab.language import Catalogue, gettext

ROOT = Path(__file__).resolve().parent.parent
_spec = importlib.util.spec_from_file_location("make_catalogue", ROOT / "tools" / "make_catalogue.py")
tool = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(tool)

MATHS = {"np", "math", "exp", "cos", "sin", "log", "sqrt", "inf", "nan", "sigma", "beta", "sign"}
LESSONS = [course.lesson(number) for number in course.numbers()]
every_lesson = pytest.mark.parametrize("one", LESSONS, ids=lambda one: one.number)


def plain(text, *typed):
    """The English words in a text or a page, without what the learner typed."""
    text = html.unescape(re.sub(r"<style>.*?</style>|<code>.*?</code>|<[^>]*>", " ", str(text), flags=re.DOTALL))
    for given in typed:
        text = text.replace(str(given), "0")
    return [word for word in language.words(text) if word not in MATHS]


@pytest.fixture(scope="session")
def catalogues(tmp_path_factory):
    folder = tmp_path_factory.mktemp("locale")
    tool.pseudo(folder)
    return folder


@pytest.fixture
def pseudo(catalogues, monkeypatch):
    monkeypatch.setenv("LRLAB_LOCALE", str(catalogues))
    monkeypatch.setenv("LRLAB_LANGUAGE", "pseudo")
    monkeypatch.setattr(progress, "_current", {})


# --- the lesson's calls -------------------------------------------------------------------------------------------------


def pages(shown):
    """What is seen of something that a cell returns, with a kernel and without."""
    bundle = shown._repr_mimebundle_()
    bundle = bundle[0] if isinstance(bundle, tuple) else bundle
    return [bundle[kind] for kind in ("text/plain", "text/html") if kind in bundle]


def asked(shown):
    """What is seen of questions, and the replies to every button."""
    seen = pages(shown)
    every = list(parts(shown))
    for one in every:
        if isinstance(one, ipywidgets.Button):
            one.click()
            seen += [part.value for part in every if isinstance(part, ipywidgets.HTML)]
    return seen + [words for part in every for words in labels(part)]


def parts(widget):
    yield widget
    for child in getattr(widget, "children", ()):
        yield from parts(child)


def labels(widget):
    """The words on a control."""
    if isinstance(widget, ipywidgets.HTML):
        yield widget.value
    yield getattr(widget, "description", "")
    yield getattr(widget, "tooltip", "") or ""
    if isinstance(widget, (ipywidgets.Dropdown, ipywidgets.SelectionSlider)):
        yield from widget._options_labels


def without_reason(seen):
    """The sentence of settings that do not go together, without the core's error at its end."""
    refused = gettext("These settings do not go together. 0").split("0")[0]
    return [text.split(refused)[0] for text in seen]


def left(seen, *typed):
    return {text: found for text in dict.fromkeys(map(str, seen)) if (found := plain(text, *typed))}


@every_lesson
def test_beginning_questions_and_end_of_a_lesson(one, pseudo):
    seen = pages(lesson.begin(one.number))
    for ask, questions in ((lesson.recall, one.recall), (lesson.quiz, one.quiz)):
        seen += asked(ask(one.number))
        for letter in range(max(len(question.options) for question in questions)):
            letters = [question.letters[min(letter, len(question.letters) - 1)] for question in questions]
            seen += pages(ask(one.number, "".join(letters)))
    for question in one.predictions:
        seen += pages(lesson.reveal(question.id)) + asked(lesson.predict(question.id))
        for letter in question.letters:
            progress._current.clear()
            seen += pages(lesson.predict(question.id, letter)) + pages(lesson.reveal(question.id))
            seen += pages(lesson.predict(question.id, question.answer))
    seen += pages(lesson.done(one.number)) + pages(lesson.begin(one.number)) + [progress.current().summary()]
    assert not (got := left(seen)), got


@every_lesson
def test_answers_and_hints(one, pseudo):
    found = {}
    for exercise in one.exercises:
        seen = pages(lesson.solution(exercise.id))[:1]
        for _ in exercise.hints:
            seen += pages(lesson.hint(exercise.id))
        for answer in (..., exercise.solution):
            seen += pages(lesson.check(exercise.id, answer))
        found |= left(seen)
        unknown = [7, "text", lambda *case: None, lambda *case: 1.5] if exercise is one.exercises[0] else []
        for answer in [wrong.answer for wrong in exercise.wrong] + unknown:
            said = lesson.check(exercise.id, answer)
            lines = gettext(said.heading), *map(gettext, said.lines)
            # the line of the learner's code and Python's words
            lines = lines[:2] + lines[3:] if said.state == ERROR else lines
            found |= left(lines, answer)
    assert not found, found


def test_missions(pseudo, monkeypatch):
    found = {}
    for mission, explorer, settings, _ in import_module("answers.lesson_11").MISSED[:3]:
        found |= left(pages(lesson.mission(mission, explorer(**settings))))
    # what else a mission says when it is missed is a template of the course: see the test of all templates
    for goal in (goal for one in LESSONS for goal in one.missions):
        monkeypatch.setattr(lesson, "_find", lambda *_, goal=goal: dataclasses.replace(goal, missing=lambda explorer: None))
        found |= left(pages(lesson.mission(goal.id, None)))
    assert not found, found


def test_verdicts_claims_and_pictures_of_a_check(pseudo):
    # what the notebook says itself is the notebook's: here in digits
    assert not (got := left(pages(lesson.verdict("1", "2", "does not hold", "3")), "does not hold")), got
    assert not (got := left(pages(lesson.claims("1", [("1", "2", "3", "4", "holds", "5")])), "holds")), got
    picture = lesson._target_against_yours((np.array([1.0, 0.5]), np.array([1.0, 0.4])))
    same = lesson._target_against_yours((np.ones(2), np.ones(2)))
    assert not (got := left([repr(picture), repr(same), *drawn(picture)])), got


# --- explorers and pictures ----------------------------------------------------------------------------------------------


def drawn(picture):
    picture.png()
    return [text.get_text() for text in picture.figure.findobj(Text)]


# metrics are names in code
METRICS = ("loss", "distance", "test_error", "train_loss")


@pytest.mark.parametrize("name", MOVES)
def test_explorers(name, pseudo):
    move = MOVES[name]
    w = move.make()
    seen = [repr(w)]
    for value in (move.values[0], move.values[-1]):
        w.set(**{move.control: value})
        seen.append(w.sentence)
    for milestone in getattr(w, "milestones", ()):
        w.jump(milestone)
        seen += [w.sentence, w.caption.value]
    for name, control in list(w.controls.items()):
        if isinstance(control, ipywidgets.Checkbox):
            control.value = not control.value
            seen.append(w.sentence)
    sliders = {name: control for name, control in w.controls.items() if isinstance(control, ipywidgets.SelectionSlider)}
    for end in (0, -1):
        w.set(**{name: control._options_values[end] for name, control in sliders.items()})
        seen.append(w.sentence)
    w.redraw()
    seen += [words for part in parts(w) for words in labels(part)]
    seen += [text.get_text() for text in w.figure.findobj(Text)]
    assert not (got := left([text for text in without_reason(seen) if text not in METRICS])), got
    w.close()


def test_pictures(pseudo):
    problem = Quadratic(dim=2, condition=10, largest=10, noise=0.1)
    run, lost = train(problem, SGD(), Constant(0.1), 20, progress=False), train(problem, SGD(), Constant(9.0), 200, progress=False)
    many = train(problem, SGD(), Constant(0.1), 20, seed=range(3), progress=False)
    found = small_sweep()
    pictures = [
        plots.schedule([Cosine(steps=9), Constant()], steps=9), plots.losses(run), plots.losses([run, lost]), plots.losses(many),
        plots.losses(run, metric="loss"), plots.path(problem, [run, lost]), plots.heat_map(found, "loss"), plots.curves(found, "loss"),
    ]  # fmt: skip
    seen = [words for picture in pictures for words in (repr(picture), *drawn(picture))]
    assert not (got := left(seen, *METRICS)), got


# --- progress and the command -----------------------------------------------------------------------------------------------


def test_the_command_and_its_progress(pseudo, tmp_path, capsys):
    folder = tmp_path / "0"
    for arguments in (["start", folder, "--no-lab"], ["progress", folder], ["progress", folder, "--export", folder / "1.json"]):
        assert cli.main(list(map(str, arguments))) == 0
    for arguments in (["reset", "01", folder], ["reset", "01", folder], ["reset", "77", folder], ["progress", tmp_path / "7"]):
        cli.main(list(map(str, arguments)))
    out = capsys.readouterr()
    assert not (got := left((out.out + out.err).splitlines(), tmp_path)), got


@pytest.mark.parametrize("content", ["{", '{"lessons": 1}'])
def test_the_notice_of_a_damaged_progress_file(pseudo, tmp_path, monkeypatch, content):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LRLAB_PROGRESS")
    (tmp_path / progress.FILE).write_text(content)
    said = repr(lesson.begin("01")).splitlines()[-1]
    reason = re.search(r"\((.*?)\)\.", progress.current().notice)[1]
    assert plain(said, reason) == []


# --- the catalogue itself ---------------------------------------------------------------------------------------------------


def test_every_text_and_every_template_is_found_again(pseudo):
    """Also those that no run above comes to: the holes hold numbers here."""
    found = {}
    for text in tool.collect():
        shown = language.HOLE.sub("0.5", text)
        if "`" not in shown:
            found |= left([gettext(shown)])
    assert not found, found


@pytest.mark.parametrize(
    "missing", ["Predict first.", "Lesson {number}: {title}", "Likely cause: {message}", "the sign is reversed everywhere."]
)
def test_a_text_that_is_left_out_stays_english_and_is_seen(missing, tmp_path, monkeypatch):
    also = [text for text in tool.collect() if text.startswith("Likely cause")] if missing.startswith("Likely") else []
    tool.pseudo(tmp_path, leave_out=[missing, *also])
    monkeypatch.setenv("LRLAB_LOCALE", str(tmp_path))
    monkeypatch.setenv("LRLAB_LANGUAGE", "pseudo")
    assert left([gettext(language.HOLE.sub("0.5", missing))])


def test_english_is_what_it_was(monkeypatch):
    monkeypatch.delenv("LRLAB_LANGUAGE", raising=False)
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    text = "The noise is 0.5."
    assert gettext(text) is text
    monkeypatch.setenv("LRLAB_LANGUAGE", "en")
    assert gettext(text) is text


def test_a_language_without_a_catalogue_is_refused_with_those_there_are(pseudo, monkeypatch):
    monkeypatch.setenv("LRLAB_LANGUAGE", "xx")
    with pytest.raises(ValueError, match="no catalogue for 'xx' in .* There are: pseudo"):
        gettext("right")


GERMAN = Catalogue(
    {
        "{said}, learning rate {lr}: it {verdict}.": "{verdict} mit Lernrate {lr}: {said}",
        "diverged": "divergiert",
        "about {n} updates": "etwa {n} Schritte",
        "right": "richtig",
        "One. Two.": "Eins. Zwei.",
        "Three.": "Drei.",
        "{lr} at update {t}": "{lr} bei Schritt {t}",
    }
)


@pytest.mark.parametrize(
    "english, german",
    [
        ("Adam(beta1=0.5), learning rate 0.1: it diverged.", "divergiert mit Lernrate 0.1: Adam(beta1=0.5)"),
        ("Right", "Richtig"),
        ("Right.", "Richtig."),
        ("One. Two. Three.", "Eins. Zwei. Drei."),
        ("  about 7 updates\nunknown words", "  etwa 7 Schritte\nunknown words"),
        ("1 at update 0, 0.5 at update 50", "1 bei Schritt 0, 0.5 bei Schritt 50"),
        ("def f(right, lr):", "def f(right, lr):"),
        ("nobody knows this", "nobody knows this"),
        ("", ""),
        ("3.5", "3.5"),
    ],
)
def test_templates_may_put_their_holes_in_another_order_and_texts_may_be_made_of_parts(english, german):
    assert GERMAN.gettext(english) == german


def test_a_translation_with_other_holes_is_refused_and_new_texts_are_merged(tmp_path, capsys):
    tool.update("de", tmp_path)
    path = tmp_path / "de" / "LC_MESSAGES" / "lrlab.po"
    text = path.read_text(encoding="utf-8")
    done = text.replace('msgid "Next: {next}"\nmsgstr ""', 'msgid "Next: {next}"\nmsgstr "Weiter: {next}"')
    assert done != text
    path.write_text(done, encoding="utf-8")
    tool.update("de", tmp_path)
    tool.compile_("de", tmp_path)
    assert "1 of " in capsys.readouterr().out
    path.write_text(done.replace("Weiter: {next}", "Weiter"), encoding="utf-8")
    with pytest.raises(SystemExit, match="must have {next}, got 'Weiter'"):
        tool.compile_("de", tmp_path)
