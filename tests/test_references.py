import ast
import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

import lrlab
from lrlab.parameters import declarations
from lrlab.references import FAMILIES, Reference, catalogue

LIBRARIES = {"torch", "optax", "keras", "timm", "transformers", "fastai", "ignite", "lightning", "pytorch_optimizer", "scikit-learn"}
NOWHERE = {"Shampoo", "SOAP"}  # in none of them
EVERY = [pytest.param(cls, id=name) for classes in FAMILIES.values() for name, cls in classes.items()]
LIKE_LIBRARIES = [
    pytest.param(cls, id=name) for family in ("schedules", "optimizers") for name, cls in FAMILIES[family].items()
]


def names(fields):
    """The names of the arguments in a text such as "lr=0.1, milestones=(30, 60)"."""
    return [one.arg for one in ast.parse(f"f({fields})", mode="eval").body.keywords]


def rendered(reference):
    """The table as a tree; it must be well-formed XML."""
    return ElementTree.fromstring(reference._repr_html_())


@pytest.mark.parametrize("cls", EVERY)
def test_every_class_has_a_formula_and_a_source_with_a_year(cls):
    assert cls.formula.strip() == cls.formula != ""
    years = [int(year) for year in re.findall(r"(?<!\d)(?:1[89]|20)\d\d(?!\d)", re.sub(r"https?://\S+", "", cls.source))]
    assert years and all(1800 < year < 2100 for year in years), cls.source


@pytest.mark.parametrize("cls", LIKE_LIBRARIES)
def test_every_schedule_and_optimizer_says_what_it_is_called_elsewhere(cls):
    assert bool(cls.elsewhere) != (cls.__name__ in NOWHERE) and set(cls.elsewhere) <= LIBRARIES
    assert all(isinstance(there, str) and there.strip() == there != "" for there in cls.elsewhere.values())


def test_there_is_a_complete_row_for_each_class_in_the_order_of_definition():
    rows = list(catalogue().rows())
    assert [(family, name) for family, name, *_ in rows] == [
        (family, name) for family, classes in FAMILIES.items() for name in classes
    ]
    for family, name, formula, fields, source, elsewhere in rows:
        cls = getattr(lrlab, name)
        assert FAMILIES[family][name] is cls
        assert (formula, source, elsewhere) == (cls.formula, cls.source, cls.elsewhere)
        assert names(fields) == list(declarations(cls))
        assert eval(f"{name}({fields})", {one: getattr(lrlab, one) for one in lrlab.__all__}) == cls()


def test_the_text_has_every_name_formula_source_and_family():
    text = repr(catalogue())
    lines = text.splitlines()
    for family, name, formula, fields, source, elsewhere in catalogue().rows():
        at = lines.index(f"  {name}({fields})")
        told = lines[at + 1 : at + 3 + len(elsewhere)]
        assert told == [f"      {formula}", f"      {source}", *(f"      {one}: {there}" for one, there in elsewhere.items())]
    headings = [line for line in lines if line and not line.startswith(" ")]
    assert headings == [family.upper() for family in FAMILIES]
    assert text.count("\n\n") == 2 * len(FAMILIES) - 1


def test_the_table_is_well_formed_and_its_headers_have_scopes():
    table = rendered(catalogue())
    assert table.tag == "table"
    head = table.find("thead/tr")
    assert [(cell.tag, cell.get("scope")) for cell in head] == [("th", "col")] * 6
    assert [cell.text for cell in head] == ["name", "formula", "fields", "picture", "source", "elsewhere"]
    bodies = table.findall("tbody")
    assert len(bodies) == len(FAMILIES)
    for body, (family, classes) in zip(bodies, FAMILIES.items()):
        first, *rows = body.findall("tr")
        assert [(cell.tag, cell.get("scope"), cell.get("colspan"), cell.text) for cell in first] == [("th", "rowgroup", "6", family)]
        assert [[cell.tag for cell in row] for row in rows] == [["th", "td", "td", "td", "td", "td"]] * len(classes)
        assert all(row[0].get("scope") == "row" for row in rows)
        for row, (name, cls) in zip(rows, classes.items()):
            formula, fields = (cell.find("code").text for cell in row[1:3])
            assert (row[0].text, formula, row[4].text) == (name, cls.formula, cls.source)
            assert names(fields) == list(declarations(cls))
            assert (row[5].text or "") == "; ".join(f"{library}: {there}" for library, there in cls.elsewhere.items())


class Tags(HTMLParser):
    """The tags of an HTML text, which must be closed in the order in which they were opened."""

    def __init__(self, text):
        super().__init__()
        self.open, self.count = [], 0
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.open.append(tag)
        self.count += 1

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_table_is_well_formed_html_in_a_browsers_eyes():
    tags = Tags(catalogue()._repr_html_())
    assert tags.open == [] and tags.count > 100


def test_what_a_formula_or_a_source_holds_is_escaped():
    class Odd:
        __dataclass_fields__ = {}
        formula, source, elsewhere = "a < b & c", "Smith & Sons 1999 <b>", {"torch": "<Odd>"}

    reference = Reference({"odd": {"Odd": Odd}})
    row = rendered(reference).findall("tbody/tr")[1]
    assert row[1].find("code").text == "a < b & c"
    assert (row[4].text, row[5].text) == ("Smith & Sons 1999 <b>", "torch: <Odd>")


@pytest.mark.parametrize("family", FAMILIES)
def test_one_family_can_be_asked_for(family):
    one = catalogue(family)
    assert [name for _, name, *_ in one.rows()] == list(FAMILIES[family])
    assert repr(one).startswith(family.upper() + "\n\n  ")
    assert repr(one) in repr(catalogue())


@pytest.mark.parametrize("family", ["schedule", "Adam", "", 3])
def test_an_unknown_family_is_refused_with_the_list(family):
    with pytest.raises(ValueError, match=f"^catalogue: family must be one of {', '.join(FAMILIES)}, got "):
        catalogue(family)


def test_a_class_is_in_the_table_by_being_defined():
    from lrlab.schedules import SCHEDULES, Schedule

    class Sixth(Schedule):
        """A sixth."""

    SCHEDULES.define(formula="1 / 6", source="This test, 2026")(Sixth)
    try:
        assert ("schedules", "Sixth", "1 / 6") in [row[:3] for row in catalogue().rows()]
        assert "  Sixth()\n      1 / 6\n      This test, 2026" in repr(catalogue("schedules"))
    finally:
        del SCHEDULES["Sixth"]
    assert "Sixth" not in repr(catalogue())


@pytest.mark.parametrize("family", ["schedules", "optimizers"])
def test_every_schedule_and_optimizer_has_a_picture_with_words(family):
    rows = rendered(catalogue(family)).findall("tbody/tr")[1:]
    for row, name in zip(rows, FAMILIES[family], strict=True):
        drawn = row[3].find("svg")
        assert drawn.get("role") == "img" and drawn.get("aria-label").startswith(f"{name}: ")
        assert drawn.find("title").text == drawn.get("aria-label")
        points = [tuple(map(float, one.split(","))) for one in drawn.find("polyline").get("points").split()]
        assert len(points) > 40
        assert all(0 <= x <= 120 and 0 <= y <= 40 for x, y in points)


def test_the_picture_of_a_schedule_is_its_curve():
    from lrlab.references import picture

    drawn = ElementTree.fromstring(picture("StepDecay", lrlab.StepDecay))
    heights = [float(one.split(",")[1]) for one in drawn.find("polyline").get("points").split()]
    assert heights[0] == heights[9] == 2.0 and heights[10] == 20.0
    assert drawn.get("aria-label") == "StepDecay: rate 0.1 at t = 0, 0.00156 at t = 60, 2.44e-05 at t = 120"
    assert picture("Rosenbrock", lrlab.Rosenbrock) == ""
