"""The catalogue of what a learner reads: collect the English texts, merge them into a language's file, compile it.

    python tools/make_catalogue.py template             build/lrlab.pot, all texts
    python tools/make_catalogue.py update LANGUAGE      lrlab/locale/LANGUAGE/LC_MESSAGES/lrlab.po, new texts added
    python tools/make_catalogue.py compile LANGUAGE     check it and write lrlab.mo beside it, which lrlab reads
    python tools/make_catalogue.py pseudo FOLDER        FOLDER/pseudo/..., a made-up language: every letter has an accent

Nothing is listed by hand. The texts come from two places: the declared data (lessons, parameters, explorers), which are
imported and walked through, and the source of the modules that speak to a learner (SPEAKING). Of a source an f-string
becomes a template, with a hole for each of its values; of the other strings those are taken that stand where a text stands
and hold words: see `_Texts`. Errors that are raised for a programmer stay English and are left out.

docs/translating.md is the way for a translator.
"""

from __future__ import annotations

import argparse
import ast
import sys
from dataclasses import fields, is_dataclass
from functools import cache
from importlib import import_module
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

import lrlab
from lrlab.language import DOMAIN, FOLDER, HOLE, words
from lrlab.parameters import Choice, Declared, declarations

PACKAGE = Path(lrlab.__file__).resolve().parent
TEMPLATE = PACKAGE.parent / "build" / f"{DOMAIN}.pot"
SPEAKING = (
    "lesson.py", "checking.py", "diagnosis.py", "progress.py", "plots.py", "cli.py", "sweep_result.py", "widgets/*.py", "course/*.py",
)  # fmt: skip

# keyword arguments whose value is shown
SHOWN = {"label", "xlabel", "ylabel", "description", "tooltip", "sentence", "heading", "text", "unit"}
# functions of the explorers that take the words on a control
LABELLED = {"button", "chooser", "value_slider", "Chosen", "words", "gettext", "_ask_all", "control"}
# names of the tuples whose entries are shown
TUPLES = {"COLUMNS", "looks"}
# exceptions whose message a learner reads in a sentence of lrlab's own
READ = {"Refused", "TooLong"}
# what the declared data of a lesson is made of: its texts are found by walking through it
DATA = {"Wrong", "Option", "Question", "Mission", "Exercise", "Lesson"}
COORDINATES = {"xycoords", "textcoords"}
# calls that say something of a value and do not change what it is
PLAIN = {"short", "len", "int", "float", "round", "sorted", "str", "show", "call", "repr", "abs", "min", "max", "format"}


@cache
def collect() -> dict[str, dict]:
    """Every English text: {text or template: {"places": file names, "notes": what stands in the holes}}."""
    found = {}

    def add(text, place, notes=()):
        text = text.strip()
        if text:
            entry = found.setdefault(text, {"places": [], "notes": []})
            for kind, new in (("places", [place]), ("notes", notes)):
                entry[kind] += [one for one in new if one not in entry[kind]]

    for text, place in _declared():
        add(text, place)
    for pattern in SPEAKING:
        for path in sorted(PACKAGE.glob(pattern)):
            for text, notes in _Texts(ast.parse(path.read_text(encoding="utf-8"))).found:
                add(text, path.relative_to(PACKAGE).as_posix(), notes)
    return found


def _declared():
    for path in sorted((PACKAGE / "widgets").glob("[!_]*.py")):
        import_module(f"lrlab.widgets.{path.stem}")
    from lrlab.widgets.controls import words as name_in_words
    from lrlab.widgets.explorer import Explorer

    for number in lrlab.course.numbers():
        yield from ((text, f"course/lesson_{number}.py") for text in _texts_of(lrlab.course.lesson(number)))
    for cls in _subclasses(Declared):
        for name, (parameter, _) in (declarations(cls) if is_dataclass(cls) else {}).items():
            place = cls.__module__.removeprefix("lrlab.").replace(".", "/") + ".py"
            shown = [name_in_words(name), parameter.text, parameter.unit]
            if isinstance(parameter, Choice):
                shown += parameter.choices
            yield from ((text, place) for text in shown if words(text))
    for cls in _subclasses(Explorer):
        yield from ((text, f"widgets/{cls.__module__.split('.')[-1]}.py") for text in (cls.title, cls.look_for))


def _subclasses(cls):
    for one in cls.__subclasses__():
        if one.__module__.startswith("lrlab."):
            yield one
        yield from _subclasses(one)


# what a lesson is made of and is not shown
HIDDEN = {"id", "number", "name", "answer", "solution", "cases"}


def _texts_of(thing):
    if isinstance(thing, str):
        if words(thing):
            yield thing
    elif isinstance(thing, tuple):
        for one in thing:
            yield from _texts_of(one)
    elif is_dataclass(thing):
        for one in fields(thing):
            if one.name not in HIDDEN and not one.name.startswith("_"):
                yield from _texts_of(getattr(thing, one.name))


class _Texts(ast.NodeVisitor):
    """The texts of a module: `found` is a list of (text, notes).

    Taken are f-strings with words, and strings with words that are

        returned, yielded, or chosen (the two sides of an `if ... else ...`, of an `or`),
        of several words and assigned, or an entry of a list or tuple, or an argument,
        a keyword argument that is shown (SHOWN), a label (LABELLED), the key of a milestone.
    """

    def __init__(self, tree):
        self.found = []
        self.visit(tree)

    def _take(self, node, several=True):
        """Take a string if it stands for a text: of several words, or of at least one."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value.strip()
            if words(text) and (not several or " " in text) and "<" not in text:
                self.found.append((text, []))

    def visit_Expr(self, node):
        if not isinstance(node.value, ast.Constant):  # a docstring
            self.generic_visit(node)

    def visit_Raise(self, node):
        if isinstance(node.exc, ast.Call) and getattr(node.exc.func, "id", "") in READ:
            for argument in node.exc.args:
                self._take(argument)
                self.visit(argument)

    def visit_FunctionDef(self, node):
        if node.name == "milestones":
            for inner in ast.walk(node):
                for key in inner.keys if isinstance(inner, ast.Dict) else ():
                    if any(isinstance(value, (ast.Dict, ast.Attribute, ast.BinOp)) for value in inner.values):
                        self._take(key, several=False)
        self.generic_visit(node)

    def visit_Return(self, node):
        self._take(node.value)
        self.generic_visit(node)

    def visit_IfExp(self, node):
        self._take(node.body, several=False)
        self._take(node.orelse, several=False)
        self.generic_visit(node)

    def visit_BoolOp(self, node):
        for one in node.values:
            self._take(one, several=False)
        self.generic_visit(node)

    def visit_Assign(self, node):
        self._take(node.value)
        target = node.targets[0]
        if isinstance(node.value, ast.Tuple) and (isinstance(target, ast.Tuple) or getattr(target, "id", "") in TUPLES):
            for one in node.value.elts:
                for inner in one.elts if isinstance(one, ast.Tuple) else [one]:
                    self._take(inner, several=False)
        self.generic_visit(node)

    def visit_Tuple(self, node):
        for one in node.elts:
            self._take(one)
        self.generic_visit(node)

    visit_List = visit_Tuple

    def visit_Call(self, node):
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        if name not in DATA:
            for argument in node.args:
                self._take(argument, several=name not in LABELLED)
        for keyword in node.keywords:
            if keyword.arg in SHOWN:
                self._take(keyword.value, several=False)
        for inner in (node.func, *node.args, *(keyword.value for keyword in node.keywords if keyword.arg not in COORDINATES)):
            self.visit(inner)

    def visit_JoinedStr(self, node):
        self._template([node])
        for value in node.values:
            self.visit(value)

    def visit_BinOp(self, node):
        parts = _added(node)
        if any(isinstance(part, ast.JoinedStr) or _is_text(part) for part in parts):
            self._template(parts)
            for part in parts:
                for inner in part.values if isinstance(part, ast.JoinedStr) else [part]:
                    self.visit(inner)
        else:
            self.generic_visit(node)

    def _template(self, parts):
        pieces, holes = [], {}
        for part in parts:
            for value in part.values if isinstance(part, ast.JoinedStr) else [part]:
                if _is_text(value):
                    pieces.append(value.value)
                else:
                    pieces.append("{" + _hole(value, holes) + "}")
        text = "".join(pieces)
        said = "".join(piece if not HOLE.fullmatch(piece) else " " for piece in pieces)
        if words(said) and "<" not in text and not text.startswith("--"):
            notes = [f"{{{name}}}: {source}" for source, name in holes.items()]
            if holes:
                self.found.append((text, notes))
            elif words(text):
                self.found.append((text, []))


def _is_text(node):
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _added(node):
    """The parts of a sum."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return [*_added(node.left), *_added(node.right)]
    return [node]


def _hole(node, holes):
    """The name of the hole for a value; the same value has the same name, another value another."""
    source = ast.unparse(node) if not isinstance(node, ast.FormattedValue) else ast.unparse(ast.JoinedStr([node]))[3:-2]
    if source not in holes:
        name = _name(node.value if isinstance(node, ast.FormattedValue) else node).strip("_").lower() or "text"
        names = [name, *(f"{name}{number}" for number in range(2, 99))]
        holes[source] = next(one for one in names if one not in holes.values())
    return holes[source]


def _name(node):
    match node:
        case ast.Name():
            return node.id
        case ast.Attribute(attr="value") | ast.Subscript():
            return _name(node.value)
        case ast.Attribute():
            return node.attr
        case ast.Call(func=ast.Name(id=name), args=[first, *_]) if name in PLAIN:
            return _name(first)
        case ast.Call(func=ast.Attribute(attr="join"), args=[first, *_]):
            return _name(first)
        case ast.Call(func=ast.Attribute(value=inner, attr="capitalize" | "replace" | "sum" | "mean" | "min" | "max" | "strip")):
            return _name(inner)
        case ast.Call(func=function):
            return _name(function)
        case ast.BinOp():
            return _name(node.left) or _name(node.right)
        case ast.GeneratorExp() | ast.ListComp():
            return _name(node.generators[0].iter)
        case ast.Starred():
            return _name(node.value)
    return ""


def template() -> Catalog:
    made = Catalog(project="lrlab", version=lrlab.__version__, charset="utf-8", fuzzy=False)
    for text, entry in collect().items():
        made.add(text, locations=[(place, None) for place in entry["places"]], auto_comments=entry["notes"])
    return made


def _write(catalogue, path, writer, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "wb") as file:
        writer(file, catalogue, **options)
    print(path)


def _po(folder, language):
    return folder / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def update(language, folder=FOLDER):
    """Merge the present texts into a language's file: what is translated stays, what is gone is kept at its end."""
    path, texts = _po(folder, language), template()
    if path.exists():
        with open(path, "rb") as file:
            catalogue = read_po(file, locale=language)
        catalogue.update(texts, no_fuzzy_matching=True)
    else:
        catalogue = texts
        catalogue.locale = language
    _write(catalogue, path, write_po, include_lineno=False, width=110)


def problems(catalogue):
    """What is wrong with a translation: holes that are not the holes of the English text."""
    for message in catalogue:
        if message.id and message.string and set(HOLE.findall(message.id)) != set(HOLE.findall(message.string)):
            wanted = ", ".join(f"{{{name}}}" for name in HOLE.findall(message.id)) or "no hole"
            yield f"{message.id!r}: the translation must have {wanted}, got {message.string!r}"


def compile_(language, folder=FOLDER):
    path = _po(folder, language)
    with open(path, "rb") as file:
        catalogue = read_po(file, locale=language)
    wrong = list(problems(catalogue))
    if wrong:
        sys.exit("\n".join(wrong))
    open_ = sum(not message.string for message in catalogue if message.id)
    print(f"{len(catalogue) - open_} of {len(catalogue)} texts are translated; the others stay English")
    _write(catalogue, path.with_suffix(".mo"), write_mo)


ACCENTED = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", "áƀçđéƒğĥíĵķłɱñóƥɋŕśťúṽŵẋýžÁƁÇĐÉƑĞĤÍĴĶŁḾÑÓƤɊŔŚŤÚṼŴẊÝŽ"
)


def accented(text):
    """[Ŕíğĥť] for Right; holes stay."""
    pieces = HOLE.split(text)
    return "[" + "".join("{" + piece + "}" if odd % 2 else piece.translate(ACCENTED) for odd, piece in enumerate(pieces)) + "]"


def pseudo(folder, leave_out=()):
    """A catalogue in which every letter has an accent: what is still plain when it is chosen did not come from it."""
    made = Catalog(project="lrlab", charset="utf-8", fuzzy=False)
    for text in collect():
        if text not in leave_out:
            made.add(text, accented(text))
    _write(made, _po(Path(folder), "pseudo").with_suffix(".mo"), write_mo)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("template", "update", "compile", "pseudo"))
    parser.add_argument("where", nargs="?", help="LANGUAGE, such as de; with pseudo a folder")
    options = parser.parse_args()
    if options.what == "template":
        _write(template(), TEMPLATE, write_po, include_lineno=False, width=110)
    elif options.where is None:
        parser.error(f"{options.what} needs a language, such as de, or a folder")
    else:
        {"update": update, "compile": compile_, "pseudo": pseudo}[options.what](options.where)


if __name__ == "__main__":
    main()
