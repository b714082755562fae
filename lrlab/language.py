"""The language that a learner reads.

All of lrlab is written in English. What is shown passes through `gettext` on its way out, and only there: in
`lesson.Feedback`, in the explorers' controls and sentences, in the pictures' words, in the messages of the command. With no
language chosen it comes back as it is. The environment variable LRLAB_LANGUAGE chooses one, such as "de"; the system's own
setting is not asked, so that stored outputs are the same everywhere.

A catalogue (lrlab/locale/<language>/LC_MESSAGES/lrlab.mo) has two kinds of entries:

    whole texts      "The loss has stopped falling."
    templates        "The noise is {noise}. Put it back to 1 or more."

A template is an f-string of the source; tools/make_catalogue.py collects both kinds. A text that is no entry is compared
with the templates. What stands in the holes is translated in the same way, so a sentence can be made of parts; numbers, code
and the names of schedules, optimizers and surfaces stay as they are. A list or several sentences are translated piece by
piece if each piece is known. What is not known stays English.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import cache
from itertools import islice
from pathlib import Path

# so many ways to see a text as made by a template are tried
WAYS = 12
FOLDER = Path(__file__).resolve().parent / "locale"
DOMAIN = "lrlab"

# {name} in a template
HOLE = re.compile(r"\{([a-z]\w*)\}")
# between the pieces of a text: lines, sentences, parts of a sentence, entries of a list
SEPARATORS = (r"\n", r"(?<=[.?!]) +", r"(?<=\b[a-h]\)) +", r"; +", r": +", r", +", r" \(")
_ENDS = re.compile(SEPARATORS[1])
# a word that is translated: two letters or more, only the first of them a capital, alone or joined to others by - / '
WORD = re.compile(r"[\"'(\[]*([A-Za-z][a-z]+(?:[-/'][a-z]+)*)[\"')\].,:;?!%]*")
CODE = re.compile(r"`[^`]*`|\b\w+(?:\.\w+)*\([^()]*(?:\([^()]*\)[^()]*)*\)|\S+=\S+")


def gettext(text: str) -> str:
    """The text in the language that LRLAB_LANGUAGE names; English if it names none."""
    language = os.environ.get("LRLAB_LANGUAGE", "")
    if language in ("", "en") or not text:
        return text
    return _catalogue(language, os.environ.get("LRLAB_LOCALE") or FOLDER).gettext(text)


@cache
def _catalogue(language, folder):
    import gettext as standard

    try:
        found = standard.translation(DOMAIN, folder, [language])
    except FileNotFoundError:
        there = ", ".join(sorted(path.parts[-3] for path in Path(folder).glob(f"*/LC_MESSAGES/{DOMAIN}.mo"))) or "none"
        raise ValueError(
            f"LRLAB_LANGUAGE: there is no catalogue for {language!r} in {folder}. There are: {there}. Without LRLAB_LANGUAGE lrlab speaks English."
        ) from None
    # the standard library reads the file and has no public way to list what it read
    return Catalogue({text: said for text, said in found._catalog.items() if isinstance(text, str) and text and said})


def words(text: str) -> list[str]:
    """The words of a text that a translation must replace: no numbers, no code, no names of things that are defined in lrlab."""
    found = (WORD.fullmatch(part) for part in CODE.sub(" ", text).split())
    return [match[1] for match in found if match and match[1] not in _names()]


@cache
def _names():
    from .optimizers import OPTIMIZERS
    from .problems import SURFACES
    from .schedules import SCHEDULES

    return {*OPTIMIZERS, *SCHEDULES, *SURFACES, "lr", "torch", "optax", "keras", "True", "False", "None"}


class Catalogue:
    """Entries {English text or template: translation}."""

    def __init__(self, entries: dict[str, str]):
        self.entries = entries
        self._known = {}
        with_holes = [text for text in entries if HOLE.search(text)]
        # the template that says most comes first
        with_holes.sort(key=lambda text: -len(HOLE.sub("", text)))
        self._templates = [(Template(text), entries[text]) for text in with_holes]

    def gettext(self, text: str) -> str:
        return self._best(text)[0]

    def _best(self, text) -> tuple[str, int]:
        """The translation, and how many English words are left in it."""
        if text not in self._known:
            if len(self._known) > 10_000:
                self._known.clear()
            self._known[text] = text, len(words(text))  # for a text that is a part of itself
            self._known[text] = self._search(text)
        return self._known[text]

    def _search(self, text):
        body = text.strip()
        if body != text:
            said, left = self._best(body)
            return text.replace(body, said, 1) if body else text, left
        if text in self.entries:
            return self.entries[text], 0
        small = text[:1].lower() + text[1:]
        if small in self.entries:
            said = self.entries[small]
            return said[:1].upper() + said[1:], 0
        best = text, len(words(text))
        if best[1] == 0:
            return best
        for end in _ENDS.finditer(text):  # a text of several sentences, and then another
            if text[: end.start()] in self.entries:
                said, left = self._best(text[end.end() :])
                if left == 0:
                    return self.entries[text[: end.start()]] + end[0] + said, 0
        for separator in SEPARATORS:
            pieces = re.split(f"({separator})", text)
            if len(pieces) > 1:
                each = [(piece, 0) if odd % 2 else self._best(piece) for odd, piece in enumerate(pieces)]
                if not any(left for _, left in each) or separator == r"\n":
                    best = "".join(said for said, _ in each), sum(left for _, left in each)
                    if best[1] == 0:
                        return best
        if text[-1] in ".:,;?!)":
            said, left = self._best(text[:-1])
            if left == 0:
                return said + text[-1], 0
        for template, translation in self._templates:
            for found in islice(template.parts(text), WAYS):
                parts = {name: self._best(part) for name, part in found.items()}
                left = sum(one for _, one in parts.values())
                if left < best[1]:
                    best = HOLE.sub(lambda hole, parts=parts: parts.get(hole[1], (hole[0], 0))[0], translation), left
                    if left == 0:
                        return best
        return best


class Template:
    """A text with holes: what stands between them, and their names."""

    def __init__(self, text):
        pieces = HOLE.split(text)
        self.between, self.names = pieces[::2], pieces[1::2]

    def parts(self, text: str) -> Iterator[dict[str, str]]:
        """What stands in the holes if the text is made like this: first as little as can be, then the other ways."""
        first, *inner, last = self.between
        end = len(text) - len(last)
        if len(first) <= end and text.startswith(first) and text.endswith(last):
            for each in _parted(text, len(first), end, inner):
                found = dict(zip(self.names, each))
                if all(found[name] == part for name, part in zip(self.names, each)):  # a hole can be there twice
                    yield found


def _parted(text, begin, end, literals):
    """The ways to part text[begin:end] at these literals, in their order."""
    if not literals:
        yield [text[begin:end]]
        return
    literal, *rest = literals
    place = text.find(literal, begin, end)
    while place >= 0:
        for others in _parted(text, place + len(literal), end, rest):
            yield [text[begin:place], *others]
        place = text.find(literal, place + 1, end) if literal else -1
