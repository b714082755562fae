import base64
import json
import re

import numpy as np
import pytest

from lrlab import course, progress
from lrlab.course import Exercise, Lesson, Mission, Option, Question, Wrong
from lrlab.lesson import (
    CheckFailed,
    Feedback,
    begin,
    check,
    done,
    hint,
    mission,
    predict,
    quiz,
    recall,
    reveal,
    solution,
    verdict,
)
from lrlab.plots import Picture, new_figure
from lrlab.progress import FILE


def double(t):
    return 2 * np.asarray(t)


def question(name, right, count=3):
    options = (Option(f"{name} option {letter}", f"why {name} {letter}", letter == right) for letter in "abcd"[:count])
    return Question(name, f"{name}: what?", tuple(options))


LESSON = Lesson(
    number="42",
    title="Doubling",
    minutes=7,
    recall=(question("42-r1", "a"), question("42-r2", "b"), question("42-r3", "c")),
    predictions=(question("42-p1", "b"), question("42-p2", "a", 4)),
    missions=(
        Mission("42-m1", "a value above 1.", lambda w: None if w > 1 else f"The value is {w}.", "Above 1."),
        Mission("42-m2", "a value below 0.", lambda w: None if w < 0 else f"The value is {w}.", "Below 0."),
    ),
    exercises=(
        Exercise(
            id="42-1",
            title="double it",
            points=2,
            minutes=3,
            solution=double,
            cases=((1,), (np.arange(3),)),
            hints=("what?", "where?", "`return 2 * ...`"),
            wrong=(Wrong("squares", lambda t: np.asarray(t) ** 2, "`t**2` squares."),),
            shows="Doubling is linear.",
            curve=lambda function: function(np.arange(8)),
        ),
        Exercise(
            id="42-2",
            title="name it",
            points=1,
            minutes=1,
            solution="two",
            hints=("a?", "b?", "c?"),
            wrong=(Wrong("three", "three", "one too many."),),
            shows="It is two.",
            wanted="a number in words",
        ),
    ),
    quiz=(question("42-q1", "a"), question("42-q2", "b")),
    next="lesson 43, trebling.",
)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A folder of its own for each test, with lesson 42 as the only lesson."""

    def lesson(number):
        if number != "42":
            raise ValueError(f"there is no lesson {number!r}. The lessons are 42.")
        return LESSON

    monkeypatch.setattr(course, "lesson", lesson)
    monkeypatch.setattr(course, "numbers", lambda: ("42",))
    for variable in (progress.SWITCH, "NBGRADER_EXECUTION"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def recorded(family):
    return progress.current().read().get("42", {}).get(family, {})


def html_of(feedback):
    return feedback._repr_mimebundle_()["text/html"]


@pytest.mark.parametrize("answers", ["acc", "ACC", "a, c, c", ["a", "c", "c"], ("a", "c", "c")])
def test_typed_letters_answer_all_questions_at_once(answers):
    said = recall("42", answers)
    assert said.text.splitlines() == [
        "Recall: 2 of 3 right",
        "42-r1 a) 42-r1 option a: ✓ Right. why 42-r1 a",
        "42-r2 c) 42-r2 option c: ✗ Not so. why 42-r2 c",
        "42-r3 c) 42-r3 option c: ✓ Right. why 42-r3 c",
    ]
    assert recorded("recall") == {"42-recall": {"right": 2, "of": 3}}


@pytest.mark.parametrize(
    "answers, said",
    [
        ("aba", "quiz('42') has 2 question(s), got 3"),
        ("", "got 0 letter(s) in ''. Type one for each"),
        ("a", "got 1 letter(s) in 'a'"),
        ("ad", "42-q2: 'd' is no option. The options are a, b, c"),
        ("äb", "42-q1: 'ä' is no option"),
        (None, "got 4 letter(s) in None"),
        (12, "got 0 letter(s) in 12"),
    ],
)
def test_letters_that_do_not_fit_are_refused_and_not_recorded(answers, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        quiz("42", answers)
    assert recorded("quiz") == {}


def test_the_first_clicks_make_the_score_and_each_click_is_explained():
    asked = quiz("42")
    first, second = asked.buttons["42-q1"], asked.buttons["42-q2"]
    assert recorded("quiz") == {}
    first["c"].click()
    assert "Not so. why 42-q1 c" in asked.replies["42-q1"].value and recorded("quiz") == {}
    first["a"].click()
    assert "Right. why 42-q1 a" in asked.replies["42-q1"].value
    second["b"].click()
    assert recorded("quiz") == {"42-quiz": {"right": 1, "of": 2}}
    assert "1 of 2 right at the first try" in asked.children[-1].value
    second["a"].click()
    first["b"].click()
    assert recorded("quiz") == {"42-quiz": {"right": 1, "of": 2}}


@pytest.mark.parametrize("ask, family", [(recall, "recall"), (quiz, "quiz")])
def test_clicked_and_typed_answers_are_recorded_alike(ask, family, folder):
    asked = ask("42")
    questions = getattr(LESSON, family)
    for one in questions:
        asked.buttons[one.id][one.answer].click()
    clicked = recorded(family)
    (folder / FILE).unlink()
    ask("42", "".join(one.answer for one in questions))
    assert clicked == recorded(family) == {f"42-{family}": {"right": len(questions), "of": len(questions)}}


def test_questions_can_be_read_where_there_is_no_kernel():
    for asked, questions in ((recall("42"), LESSON.recall), (predict("42-p2"), LESSON.predictions[1:])):
        data = asked._repr_mimebundle_()
        for one in questions:
            assert one.text in data["text/plain"] and one.text in data["text/html"]
            for letter, option in zip(one.letters, one.options):
                assert f"{letter}) {option.text}" in data["text/plain"] and f"<li>{option.text}</li>" in data["text/html"]
                assert option.why not in data["text/plain"] + data["text/html"]
        assert data["text/plain"] == repr(asked) and " right" not in repr(asked).lower()


def test_a_typed_prediction_is_recorded_and_not_judged():
    said = predict("42-p1", "A")
    assert said.text == "Recorded:\na) 42-p1 option a\nRun the next cell to see what happens."
    assert recorded("predictions") == {"42-p1": {"choice": "a", "right": False}}


def test_a_clicked_prediction_is_recorded_and_not_judged():
    asked = predict("42-p1")
    asked.buttons["b"].click()
    assert "Recorded: b." in asked.reply.value
    assert "why" not in asked.reply.value and "right" not in asked.reply.value.lower()
    assert recorded("predictions") == {"42-p1": {"choice": "b", "right": True}}


def test_the_first_prediction_counts_however_it_is_made():
    predict("42-p1", "c")
    assert predict("42-p1", "b").text.splitlines()[:2] == ["Your first prediction stays:", "c) 42-p1 option c"]
    again = predict("42-p1")
    again.buttons["b"].click()
    assert "Your first prediction stays: c." in again.reply.value
    clicked = predict("42-p2")
    clicked.buttons["d"].click()
    assert "stays" in predict("42-p2", "a").text
    assert {name: one["choice"] for name, one in recorded("predictions").items()} == {"42-p1": "c", "42-p2": "d"}


@pytest.mark.parametrize("choice", ["d", "ab", "", "1", None])
def test_a_prediction_that_is_no_option_is_refused_and_not_recorded(choice):
    with pytest.raises(ValueError, match="42-p1"):
        predict("42-p1", choice)
    assert recorded("predictions") == {}


@pytest.fixture
def shown(monkeypatch):
    pictures = []
    monkeypatch.setattr("IPython.display.display", pictures.append)
    return pictures


def test_nothing_is_revealed_before_a_prediction(shown):
    said = reveal("42-p1", "the picture")
    assert (said.state, said.heading, shown) == ("not attempted", "Predict first.", [])
    predict("42-p2", "a")
    assert reveal("42-p1", "the picture").heading == "Predict first." and shown == []


def test_a_prediction_that_came_true_is_set_beside_the_picture(shown):
    predict("42-p1", "b")
    said = reveal("42-p1", "the picture")
    assert shown == ["the picture"] and said.state == "correct"
    assert said.text == "✓ As predicted.\nYou predicted b) 42-p1 option b\nwhy 42-p1 b"


def test_a_prediction_that_did_not_is_explained_with_what_was_measured(shown):
    predict("42-p1", "a")
    said = reveal("42-p1")
    assert shown == [] and said.state == ""
    assert said.text.splitlines() == [
        "→ Not as predicted.",
        "You predicted a) 42-p1 option a",
        "Measured: b) 42-p1 option b",
        "why 42-p1 a why 42-p1 b",
    ]


def test_a_prediction_of_an_option_that_is_gone_can_be_made_again(shown):
    progress.current().put("predictions", "42-p1", {"choice": "h", "right": False})
    assert reveal("42-p1").heading == "Predict first."
    assert predict("42-p1", "b").heading == "Recorded:"
    assert reveal("42-p1").heading == "As predicted."


def test_a_mission_says_what_is_missing_and_is_recorded_when_reached():
    assert mission("42-m1", 0.5).text == "○ Mission 42-m1: not reached yet\nGoal: a value above 1.\nThe value is 0.5."
    assert recorded("missions") == {}
    said = mission("42-m1", 2)
    assert said.text == "✓ Mission 42-m1: reached\nGoal: a value above 1.\nAbove 1." and said.state == "correct"
    mission("42-m1", 0.5)
    assert recorded("missions") == {"42-m1": True}


def test_a_check_says_one_of_four_words_the_exercise_and_its_points():
    said = [
        check("42-1"),
        check("42-1", lambda t: np.asarray(t) ** 2),
        check("42-1", lambda t: t / 0),
        check("42-1", double),
    ]
    assert [one.text.splitlines()[0] for one in said] == [
        "○ Not attempted: exercise 42-1, double it (0 of 2 points)",
        "✗ Wrong: exercise 42-1, double it (0 of 2 points)",
        "✗ Error in your code: exercise 42-1, double it (0 of 2 points)",
        "✓ Correct: exercise 42-1, double it (2 of 2 points)",
    ]
    assert "Likely cause: `t**2` squares." in said[1].text


def test_a_check_records_what_is_passed_for_good():
    check("42-1")
    assert recorded("exercises") == {}
    check("42-1", double)
    assert recorded("exercises") == {"42-1": {"passed": True}}
    check("42-1", lambda t: t)
    check("42-1", double)
    assert recorded("exercises")["42-1"]["passed"] is True and len(recorded("exercises")["42-1"]["tried"]) == 1


def test_hints_come_one_at_a_time_and_the_last_stays():
    said = [hint("42-1").text for _ in range(5)]
    assert said == [f"Hint {n} of 3 for exercise 42-1\n{LESSON['42-1'].hints[n - 1]}" for n in (1, 2, 3, 3, 3)]
    assert recorded("exercises") == {"42-1": {"hints": 3}}


def test_an_earlier_hint_can_be_read_again_without_going_back():
    hint("42-1"), hint("42-1")
    assert hint("42-1", 1).text.endswith("what?")
    assert hint("42-1").text.endswith("`return 2 * ...`")
    assert hint("42-2").text.endswith("a?")


@pytest.mark.parametrize("level", [0, 4, -1, "1"])
def test_a_hint_that_does_not_exist_is_refused(level):
    with pytest.raises(ValueError, match="level must be 1 to 3"):
        hint("42-1", level)
    assert recorded("exercises") == {}


def is_open():
    return solution("42-1").text.startswith("A solution of 42-1.")


def test_the_solution_opens_with_a_pass():
    assert solution("42-1").text.splitlines() == [
        "○ The solution of 42-1 opens when you pass, or after 3 different tries. So far: 0.",
        '`hint("42-1")` gives a hint.',
    ]
    check("42-1", double)
    assert is_open()
    assert solution("42-1").lines == ("def double(t):\n    return 2 * np.asarray(t)", "Doubling is linear.")


def test_the_solution_opens_after_three_different_tries_and_the_same_try_counts_once():
    def wrong(n):
        return lambda t: n

    for answer, tries in ((wrong(0), 1), (wrong(0), 1), (wrong(7), 2), (wrong(0), 2), (..., 2), (stub, 2)):
        check("42-1", answer)
        assert not is_open() and f"So far: {tries}." in solution("42-1").text
    for _ in range(5):
        hint("42-1")
    assert not is_open()
    check("42-1", lambda t: t / 0)
    assert is_open() and not recorded("exercises")["42-1"].get("passed")
    assert solution("42-2").text.startswith("○")


def stub(t): ...


def test_the_same_try_made_in_another_place_counts_once():
    class Answer:
        def __repr__(self):
            return object.__repr__(self)

    for _ in range(4):
        check("42-2", Answer())
    assert len(recorded("exercises")["42-2"]["tried"]) == 1


def test_the_solution_of_a_value_is_the_value():
    check("42-2", "Two ")
    assert solution("42-2").lines == ("'two'", "It is two.")


def test_hints_tries_and_a_pass_of_one_exercise_are_kept_together():
    hint("42-1"), check("42-1", lambda t: t), check("42-1", double), hint("42-1")
    record = recorded("exercises")["42-1"]
    assert (record["hints"], record["passed"], len(record["tried"])) == (2, True, 1)


@pytest.mark.parametrize("run", ["autograde", "validate"])
def test_under_nbgrader_whatever_is_not_correct_raises_and_nothing_is_written(run, monkeypatch, folder):
    monkeypatch.setenv("NBGRADER_EXECUTION", run)
    monkeypatch.setattr(progress, "_current", {})
    for answer in (..., stub, lambda t: t, lambda t: t / 0, 3):
        with pytest.raises(CheckFailed, match="exercise 42-1, double it \\(0 of 2 points\\)"):
            check("42-1", answer)
    with pytest.raises(AssertionError, match="Likely cause: one too many."):
        check("42-2", "three")
    assert check("42-1", double).state == check("42-2", "two").state == "correct"
    begin("42"), recall("42"), quiz("42", "aa"), predict("42-p1", "a"), mission("42-m1", 2), hint("42-1"), done("42")
    assert list(folder.iterdir()) == []


def test_outside_nbgrader_a_wrong_answer_does_not_raise(monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "something else")
    assert check("42-1", lambda t: t).state == "wrong"


@pytest.mark.parametrize("says", ["true", "Holds", "is refuted", "", "it holds", "mostly holds", "doesn't hold"])
def test_a_verdict_is_one_of_the_words_of_the_course(says):
    with pytest.raises(ValueError, match="must begin with 'holds' or 'does not hold'"):
        verdict("a claim", "a number", says)


@pytest.mark.parametrize("says", ["holds", "does not hold", "holds only when it is small"])
def test_a_verdict_shows_claim_measurement_and_reason(says):
    assert verdict("a claim", "3 of 4", says).text == f"Verdict: {says}\nClaim: a claim\nMeasured: 3 of 4"
    assert verdict("a claim", "3 of 4", says, "so it is").lines[-1] == "Because: so it is"


def test_the_beginning_says_where_you_stand():
    assert begin("42").text == "Lesson 42: Doubling\nAbout 7 minutes. Your progress in this lesson: nothing yet."
    check("42-1", double)
    assert "2 of 3 points, 0 of 2 missions, quiz not taken" in begin("42").text


def test_the_end_counts_plays_back_the_predictions_and_names_what_is_open():
    assert done("42").text.splitlines() == [
        "○ Lesson 42, Doubling",
        "0 of 3 points, 0 of 2 missions, quiz not taken.",
        "Predictions: none recorded.",
        "Still open: 42-1, 42-2.",
        "Next: lesson 43, trebling.",
    ]
    predict("42-p1", "b"), predict("42-p2", "b"), mission("42-m1", 2), quiz("42", "aa"), check("42-1", double)
    assert done("42").text.splitlines()[1:4] == [
        "2 of 3 points, 1 of 2 missions, quiz 1 of 2.",
        "Predictions: 1 of 2 came true.",
        "Still open: 42-2.",
    ]
    check("42-2", "two")
    said = done("42")
    assert said.state == "correct" and "Still open" not in said.text and "3 of 3 points" in said.text


@pytest.mark.parametrize(
    "call, known",
    [
        (lambda: check("42-9"), "There are: 42-1, 42-2."),
        (lambda: check("42-m1"), "There are: 42-1, 42-2."),
        (lambda: check("77-1"), "There are: lessons 42."),
        (lambda: check(double), "There are: lessons 42."),
        (lambda: check(None), "There are: lessons 42."),
        (lambda: hint("42-9"), "no exercise '42-9'. There are: 42-1, 42-2."),
        (lambda: solution("42-9"), "There are: 42-1, 42-2."),
        (lambda: predict("42-p9"), "no prediction '42-p9'. There are: 42-p1, 42-p2."),
        (lambda: reveal("42-1"), "There are: 42-p1, 42-p2."),
        (lambda: mission("42-m9", 0), "no mission '42-m9'. There are: 42-m1, 42-m2."),
        (lambda: quiz("43"), "The lessons are 42."),
        (lambda: recall(42), "The lessons are 42."),
        (lambda: begin("4"), "The lessons are 42."),
        (lambda: done("42-1"), "The lessons are 42."),
    ],
)
def test_a_wrong_id_is_refused_with_a_list_of_the_ids(call, known):
    with pytest.raises(ValueError, match=re.escape(known)):
        call()


SCRIPT = "<script>alert('x')</script> & <b>"


def raises(t):
    raise RuntimeError(SCRIPT)


@pytest.mark.parametrize(
    "answer", [lambda t: SCRIPT, lambda t: [SCRIPT], raises, lambda t: {SCRIPT: 1}, f"`{SCRIPT}`", f"` {SCRIPT}"]
)
def test_what_a_learner_writes_stays_text_in_html(answer):
    for exercise_id in ("42-1", "42-2"):
        shown = html_of(check(exercise_id, answer))
        assert "<script" not in shown and "<b>" not in shown
        assert exercise_id == "42-2" or "&lt;script&gt;alert(" in shown


def test_a_learners_own_function_name_stays_text_in_html():
    def mine(t):
        return 0

    mine.__name__ = "<img src=x>"
    shown = html_of(check("42-1", mine))
    assert "&lt;img src=x&gt;(t=1)" in shown and "<img" not in shown


def test_feedback_marks_code_and_says_its_state_in_a_word_an_icon_and_a_colour():
    feedback = Feedback("wrong", "Wrong: `f`", ("use `a < b`, not `c`", "a ` alone"), "✗")
    shown = html_of(feedback)
    assert "<strong>✗ Wrong: <code>f</code></strong>" in shown and "#B44A00" in shown
    assert "use <code>a &lt; b</code>, not <code>c</code>" in shown and "a ` alone" in shown
    assert repr(feedback) == feedback._repr_mimebundle_()["text/plain"] == "✗ Wrong: `f`\nuse `a < b`, not `c`\na ` alone"


def test_a_wrong_curve_is_drawn_against_the_target_and_described():
    said = check("42-1", lambda t: np.asarray(t) ** 2)
    sentence = "Target and yours for t = 0 to 7. They part at t = 1."
    assert isinstance(said.picture, Picture) and said.text.endswith(sentence)
    target, yours = (line.get_ydata() for line in said.picture.figure.axes[0].lines)
    np.testing.assert_array_equal(target, 2 * np.arange(8))
    np.testing.assert_array_equal(yours, np.arange(8) ** 2)
    alt, image = re.search(r'<img alt="([^"]*)" src="data:image/png;base64,([^"]*)"', html_of(said)).groups()
    assert alt == sentence and base64.b64decode(image).startswith(b"\x89PNG")


def test_a_curve_that_agrees_where_it_is_drawn_is_said_to():
    said = check("42-1", lambda t: np.asarray(t) * (2 if np.ndim(t) else 3))
    assert said.text.endswith("They agree where they are drawn.")


def test_no_picture_is_made_of_a_right_answer_or_one_that_cannot_be_drawn():
    for answer in (double, lambda t: t / 0, lambda t: 0.0, ...):
        said = check("42-1", answer)
        assert said.picture is None and "<img" not in html_of(said)


def test_a_picture_in_feedback_has_its_sentence_escaped():
    figure, _ = new_figure()
    shown = html_of(Feedback("wrong", "W", (), "", Picture(figure, 'a "quote" <b>')))
    assert 'alt="a &quot;quote&quot; &lt;b&gt;"' in shown


def test_trouble_with_the_file_is_told_wherever_progress_is_recorded(folder):
    for call in (
        lambda: begin("42"),
        lambda: check("42-1", double),
        lambda: hint("42-1"),
        lambda: mission("42-m1", 2),
        lambda: predict("42-p1", "a"),
        lambda: quiz("42", "aa"),
        lambda: done("42"),
    ):
        (folder / FILE).write_text("{")
        said = call()
        assert said.lines[-1].startswith("Note: The progress file could not be read") and "damaged" in said.lines[-1]


def test_progress_lies_in_one_file_beside_the_notebook(folder):
    check("42-1", double), quiz("42", "ab")
    assert [path.name for path in folder.iterdir()] == [FILE]
    assert json.loads((folder / FILE).read_text())["lessons"] == {
        "42": {"exercises": {"42-1": {"passed": True}}, "quiz": {"42-quiz": {"right": 2, "of": 2}}}
    }
