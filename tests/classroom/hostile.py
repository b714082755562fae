"""What only bubblewrap prevents. Run by `make classroom-test`, which says so where there is no bubblewrap."""

import json

import pytest
from students import ALONE, NAME

from lrlab import cli
from lrlab.teach import grading, sandbox, submissions


@pytest.fixture(autouse=True)
def bubblewrap_there():
    if sandbox.bubblewrap() is None:
        pytest.skip("there is no bubblewrap that works here")


@pytest.mark.parametrize("name", ALONE)
def test_a_hostile_answer_is_stopped_and_told_why(name, tmp_path):
    notebook, points, state, words = ALONE[name]
    path = tmp_path / NAME
    path.write_text(json.dumps(notebook))
    library = sandbox.make_library(tmp_path)
    grade = grading.grade_one(submissions.Submission("a", "02", path), library, sandbox.Limits(), sandbox.bubblewrap(), sandbox.secrets(), {})
    assert (grade.points, grade.marks[0].state) == (points, state) and words in grade.marks[0].reason, grade


def test_everything_that_a_hostile_answer_would_try_is_prevented(capsys):
    assert cli.main(["teach", "protection"]) == 0
    said = capsys.readouterr().out
    assert said.count(" prevented\n") == len(sandbox.PROBES) and "NOT" not in said
