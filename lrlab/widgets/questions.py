"""Multiple-choice questions to click, each with its text twin for pages without a kernel."""

from __future__ import annotations

import html

import ipywidgets

from ..language import gettext
from ..lesson import mark_code


def _as_text(question) -> str:
    options = "\n".join(f"   {letter}) {gettext(option.text)}" for letter, option in zip(question.letters, question.options))
    return f"{question.id}  {gettext(question.text)}\n{options}"


def _with_code(text) -> str:
    return mark_code(html.escape(text))


class _Asked(ipywidgets.VBox):
    """Buttons for questions; the same questions as text and as a list where there is no kernel."""

    heading = ""
    questions = ()
    how = ""

    def __repr__(self):
        return "\n".join([gettext(self.heading), *map(_as_text, self.questions), gettext(self.how)])

    def _repr_mimebundle_(self, **kwargs):
        data = super()._repr_mimebundle_(**kwargs) or {}
        items = "".join(
            f"<p>{_with_code(gettext(q.text))}</p><ol type='a'>"
            + "".join(f"<li>{_with_code(gettext(option.text))}</li>" for option in q.options)
            + "</ol>"
            for q in self.questions
        )
        data["text/html"] = f"<div><strong>{gettext(self.heading)}</strong>{items}<p>{_with_code(gettext(self.how))}</p></div>"
        data["text/plain"] = repr(self)
        return data


# Buttons, because the arrow keys that move through radio buttons would choose every option on the way.
LOOK = """<style>
.lrlab-option.jupyter-button {width: auto; height: auto; max-width: 54em; padding: 0.25em 0.8em; line-height: 1.4; text-align: left;
  white-space: normal; overflow: visible}
</style>"""


def _buttons(question, choose) -> dict:
    """A button for each option: {letter: button}."""
    made = {}
    for letter, option in zip(question.letters, question.options):
        # the text of a button cannot be marked up
        made[letter] = ipywidgets.Button(description=f"{letter}) {gettext(option.text).replace('`', '')}")
        made[letter].add_class("lrlab-option")
        made[letter].on_click(lambda _, letter=letter: choose(letter))
    return made


def _heading(text):
    return ipywidgets.HTML(f"{LOOK}<strong>{html.escape(gettext(text))}</strong>")


def _paragraph(text, **style):
    look = ";".join(f"{key.replace('_', '-')}:{value}" for key, value in style.items())
    return f'<p role="status" style="max-width:50em;line-height:1.4;margin:0.4em 0;{look}">{_with_code(gettext(text))}</p>'


class Questions(_Asked):
    """Questions that answer at once. Each can be tried again; the first choices make the score."""

    def __init__(self, heading, questions, marked, finished):
        super().__init__()
        self.heading, self.questions = heading, questions
        self.how = f"Click an answer, or type the letters: one for each of the {len(questions)} questions, in quotes, in place of the dots."
        self.buttons, self.replies = {}, {}
        self._first, self._marked, self._finished = {}, marked, finished
        self._score = ipywidgets.HTML()
        children = [_heading(heading)]
        for question in questions:
            buttons = _buttons(question, lambda letter, question=question: self._answered(question, letter))
            reply = ipywidgets.HTML()
            self.buttons[question.id], self.replies[question.id] = buttons, reply
            children += [ipywidgets.HTML(_paragraph(question.text, font_weight="600")), *buttons.values(), reply]
        self.children = [*children, self._score]

    def _answered(self, question, letter):
        self._first.setdefault(question.id, letter)
        self.replies[question.id].value = _paragraph(self._marked(question, letter))
        if len(self._first) == len(self.questions):
            chosen = [self._first[one.id] for one in self.questions]
            self._finished(chosen)
            right = sum(one.answer == letter for one, letter in zip(self.questions, chosen))
            self._score.value = _paragraph(f"{right} of {len(chosen)} right at the first try.", font_weight="600")


class Choice(_Asked):
    """One question whose first answer is recorded and not judged: a prediction."""

    def __init__(self, heading, question, record):
        super().__init__()
        self.heading, self.questions = heading, (question,)
        self.how = "Click an answer, or type its letter, in quotes, in place of the dots. It is recorded and never graded."
        self.buttons, self.reply = _buttons(question, lambda letter: self._chosen(record, letter)), ipywidgets.HTML()
        self.children = [_heading(heading), ipywidgets.HTML(_paragraph(question.text)), *self.buttons.values(), self.reply]

    def _chosen(self, record, letter):
        kept = record(letter)
        word = "Recorded" if kept == letter else "Your first prediction stays"
        self.reply.value = _paragraph(f"{word}: {kept}. Run the next cell to see what happens.")
