"""The files for Binder and repo2docker: they build from the constraints of the clone and name no version of a package."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from lrlab import cli

ROOT = Path(__file__).resolve().parent.parent
BINDER = ROOT / "binder"


def test_lrlab_is_installed_from_the_clone_with_its_constraints_and_nothing_else():
    lines = (BINDER / "requirements.txt").read_text(encoding="utf-8").split("\n")
    option, path = lines[0].split()
    assert option == "--constraint" and (BINDER / path).resolve() == ROOT / "constraints.txt"
    assert lines[1:] == [".", ""]  # relative to the folder in which pip is called, the clone


def test_python_is_the_lowest_that_lrlab_works_with():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert (BINDER / "runtime.txt").read_text(encoding="utf-8").strip() == f"python-{project['requires-python'].removeprefix('>=')}"


def test_there_is_no_other_file_that_could_name_a_version():
    assert sorted(path.name for path in BINDER.iterdir()) == ["postBuild", "requirements.txt", "runtime.txt", "start"]
    for name in ("postBuild", "start"):
        assert not re.search(r"\b(pip|conda)\b|[=<>]=", (BINDER / name).read_text(encoding="utf-8"))
    at_the_top = ("requirements.txt", "environment.yml", "runtime.txt", "postBuild", "start", "Dockerfile", ".binder")
    assert not [name for name in at_the_top if (ROOT / name).exists()]


@pytest.mark.skipif(os.name == "nt", reason="repo2docker's scripts are for Linux")
def test_the_scripts_copy_the_lessons_and_hand_over_to_the_server(tmp_path):
    environment = {**os.environ, "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])}
    done = subprocess.run([BINDER / "postBuild"], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert {path.name for path in (tmp_path / cli.FOLDER).iterdir()} == set(cli.shipped())
    server = ["sh", "-c", 'echo "$1 $OPENBLAS_NUM_THREADS $MKL_NUM_THREADS"', "sh", "two words"]
    assert subprocess.run([BINDER / "start", *server], capture_output=True, text=True).stdout == "two words 1 1\n"
