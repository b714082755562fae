"""Multiple-choice questions to click, each with its text twin for pages without a kernel."""

from __future__ import annotations

import html

import ipywidgets


def _as_text(question) -> str:
    options = "\n".join(f"   {letter}) {option.text}" for letter, option in zip(question.letters, question.options))
    return f"{question.id}  {question.text}\n{options}"


class _Asked(ipywidgets.VBox):
    """Radio buttons for questions; the same questions as text and as a list where there is no kernel."""

    heading = ""
    questions = ()
    how = ""

    def __repr__(self):
        return "\n".join([self.heading, *map(_as_text, self.questions), self.how])

    def _repr_mimebundle_(self, **kwargs):
        data = super()._repr_mimebundle_(**kwargs) or {}
        items = "".join(
            f"<p>{html.escape(q.text)}</p><ol type='a'>"
            + "".join(f"<li>{html.escape(option.text)}</li>" for option in q.options)
            + "</ol>"
            for q in self.questions
        )
        data["text/html"] = f"<div><strong>{self.heading}</strong>{items}<p>{html.escape(self.how)}</p></div>"
        data["text/plain"] = repr(self)
        return data


def _radio(question):
    return ipywidgets.RadioButtons(
        options=[(f"{letter}) {option.text}", letter) for letter, option in zip(question.letters, question.options)],
        value=None,
        layout={"width": "auto"},
    )


def _paragraph(text, **style):
    look = ";".join(f"{key.replace('_', '-')}:{value}" for key, value in style.items())
    return f'<p style="max-width:50em;line-height:1.4;margin:0.4em 0;{look}">{html.escape(text)}</p>'


class Questions(_Asked):
    """Questions that answer at once. Each can be tried again; the first choices make the score."""

    def __init__(self, heading, questions, marked, finished):
        super().__init__()
        self.heading, self.questions = heading, questions
        self.how = f"Click an answer, or type the letters: one for each of the {len(questions)} questions, in quotes, in place of the dots."
        self.radios, self.replies = {}, {}
        self._first, self._marked, self._finished = {}, marked, finished
        self._score = ipywidgets.HTML()
        children = [ipywidgets.HTML(f"<strong>{html.escape(heading)}</strong>")]
        for question in questions:
            radio, reply = _radio(question), ipywidgets.HTML()
            radio.observe(lambda change, question=question: self._answered(question, change["new"]), "value")
            self.radios[question.id], self.replies[question.id] = radio, reply
            children += [ipywidgets.HTML(_paragraph(question.text, font_weight="600")), radio, reply]
        self.children = [*children, self._score]

    def _answered(self, question, letter):
        if letter is None:
            return
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
        self.radio, self.reply = _radio(question), ipywidgets.HTML()
        self.radio.observe(lambda change: self._chosen(record, change["new"]), "value")
        title = ipywidgets.HTML(f"<strong>{html.escape(heading)}</strong>")
        self.children = [title, ipywidgets.HTML(_paragraph(question.text)), self.radio, self.reply]

    def _chosen(self, record, letter):
        if letter is None:
            return
        kept = record(letter)
        self.radio.disabled = True
        word = "Recorded" if kept == letter else "Your first prediction stays"
        self.reply.value = _paragraph(f"{word}: {kept}. Run the next cell to see what happens.")
