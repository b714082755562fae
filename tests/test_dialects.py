import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from parity.store import load

from lrlab import dialects, libraries
from lrlab.libraries import rows, table
from lrlab.libraries.rows import ROWS

PAGE = Path(__file__).resolve().parent.parent / "docs" / "dialects.md"
VERSIONS, CASES = load("dialects")
MEASURED = {row.key: row for row in ROWS if row.numbers}


def tolerance(case):
    """1e-10; 1e-6 where the library computes in float32: the schedules of Optax and Keras, and Torch's NAdam's product."""
    single = MEASURED[case["key"]].measure == "rate" and case["library"] != "torch"
    return 1e-6 if single or (case["key"], case["library"]) == ("nadam-momentum", "torch") else 1e-10


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['key']}-{case['library']}")
def test_our_numbers_are_those_of_the_library(case):
    ours = MEASURED[case["key"]].numbers()[case["library"]]
    theirs = np.array(case["numbers"])
    assert ours.shape == theirs.shape
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=tolerance(case))


def test_every_measured_row_has_a_fixture_for_each_library_that_it_shows():
    stored = {(case["key"], case["library"]) for case in CASES}
    assert stored == {(key, library) for key, row in MEASURED.items() for library in row.numbers()}
    assert {"torch", "optax", "keras"} <= set(VERSIONS)


@pytest.mark.parametrize("key", MEASURED)
def test_each_measured_row_shows_a_difference_larger_than_the_tolerance(key):
    found = list(MEASURED[key].numbers().values())
    assert len(found) >= 2
    assert max(np.max(np.abs(one - found[0])) for one in found) > 1e-5


def test_the_keys_and_the_symptoms_are_unique_and_no_cell_is_empty():
    assert len({row.key for row in ROWS}) == len({row.symptom for row in ROWS}) == len(ROWS)
    assert all(text.strip() == text != "" for row in ROWS for text in row[:7])


def test_what_a_row_names_in_lrlab_exists():
    named = {name for row in ROWS for name in re.findall(r"libraries\.(\w+)", row.here)}
    assert named and all(callable(getattr(libraries, name)) for name in named)


# what people write, and the row they need
SEARCHES = {
    "loss jumps up at the end": "after-the-end",
    "Adam tiny gradients": "adam-eps",
    "first update does nothing": "first-update",
    "weight decay regularises more": "weight-decay",
    "momentum overshoots after drop": "momentum-rate",
    "patience": "plateau-patience",
    "restart missing": "restart-missed",
    "drop one epoch late": "boundary",
    "lr_scheduler.step() before optimizer.step() warning": "order",
    "one cycle peak": "one-cycle-peak",
    "adadelta does not learn": "adadelta-still",
    "after loading a checkpoint": "resume",
    "adagrad slower": "adagrad-start",
}


@pytest.mark.parametrize("words", SEARCHES)
def test_a_symptom_finds_its_row_among_the_first_three(words):
    found = dialects(words)
    assert SEARCHES[words] in [row.key for row in found][:3]
    assert len(found) < len(ROWS) / 2


def test_without_words_all_rows_come_in_order():
    assert [row.key for row in dialects()] == [row.key for row in ROWS] == [row.key for row in dialects("is it the")]


@pytest.mark.parametrize("words", ["zzz", "blockchain"])
def test_words_that_no_row_has_are_refused(words):
    with pytest.raises(ValueError, match=f"no row has the words '{words}'"):
        dialects(words)


def test_what_is_no_text_is_refused():
    with pytest.raises(ValueError, match="symptom must be text, got 3"):
        dialects(3)


def test_the_text_has_every_cell_of_every_row():
    blocks = repr(dialects()).split("\n\n")
    assert len(blocks) == len(ROWS)
    for block, row in zip(blocks, ROWS):
        symptom, *lines = block.split("\n")
        assert symptom == row.symptom
        assert [re.split(r":\s+", line.strip(), maxsplit=1)[0] for line in lines] == list(table.COLUMNS[1:])
        assert [re.split(r":\s+", line.strip(), maxsplit=1)[1] for line in lines] == list(table.cells(row)[1:])


def test_the_html_is_well_formed_and_has_every_cell():
    tree = ElementTree.fromstring(dialects()._repr_html_())
    assert [cell.text for cell in tree.find("thead/tr")] == list(table.COLUMNS)
    for line, row in zip(tree.findall("tbody/tr"), ROWS, strict=True):
        assert [cell.text for cell in line] == list(table.cells(row))
        assert [cell.get("scope") for cell in line] == ["row", *[None] * 6]


def test_the_difference_is_the_largest_gap_of_two_libraries():
    numbers = {"torch": np.array([0.0, 1.0]), "optax": np.array([0.5, 1.0]), "keras": np.array([-0.25, 1.0])}
    row = ROWS[0]._replace(numbers=lambda: numbers)
    assert table.difference(row) == "75% of the largest rate"
    assert table.difference(row._replace(measure="weight")) == "0.75 in a weight after 2 updates"
    assert table.difference(row._replace(numbers=None)) == "not measured"
    small = {"torch": np.array([1.0]), "optax": np.array([1.002])}
    assert table.difference(row._replace(numbers=lambda: small)) == "0.002 of the largest rate"


def test_the_page_is_current():
    assert PAGE.read_text(encoding="utf-8") == table.page(), "write it anew: python -m lrlab.libraries docs/dialects.md"


def test_a_made_up_path_is_the_optimizers_own():
    from lrlab import SGD

    found = rows.path(SGD(), [0.1, 0.2], grads=[[1.0], [1.0]])
    np.testing.assert_allclose(found, [[0.9], [0.7]], atol=1e-15)


def test_the_functions_refuse_what_their_schedules_refuse():
    with pytest.raises(ValueError, match="OneCycle: warmup must be at least 0"):
        libraries.torch_one_cycle(1.0, total_steps=3)
    with pytest.raises(ValueError, match="Cosine: steps must be at least 1"):
        libraries.optax_warmup_cosine(0.0, 1.0, warmup_steps=5, decay_steps=5)
    with pytest.raises(ValueError, match="PiecewiseConstant: values must be one more"):
        libraries.keras_piecewise_constant([3], [1.0])
