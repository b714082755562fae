"""Promises about the repository's files."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

import lrlab

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_dependencies_have_lower_bounds_and_no_caps():
    extras = PROJECT["optional-dependencies"].values()
    for requirement in [*PROJECT["dependencies"], *(one for extra in extras for one in extra)]:
        assert re.fullmatch(r"[\w-]+>=[\d.]+", requirement), requirement
    assert PROJECT["requires-python"] == ">=3.11"


def test_the_core_depends_on_six_packages():
    names = {re.match(r"[\w-]+", requirement)[0] for requirement in PROJECT["dependencies"]}
    assert names == {"numpy", "matplotlib", "ipywidgets", "jupyterlab", "joblib", "tqdm"}


def test_constraints_are_name_and_version_lines_only_and_cover_the_dependencies():
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.!+_-]+", line) for line in lines)
    pinned = {line.split("==")[0].lower().replace("_", "-") for line in lines}
    wanted = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["test"]]
    assert {re.match(r"[\w-]+", one)[0].lower() for one in wanted} <= pinned


def test_the_version_is_the_same_everywhere():
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"version: {lrlab.__version__}\n" in citation


def test_continuous_integration_runs_the_readmes_test_command():
    assert "make test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "make test" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_links_of_the_readme_lead_somewhere():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)]+)\)", text) if not link.startswith("http")]
    assert links and all((ROOT / link).exists() for link in links), links


def test_the_readme_lists_every_lesson():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for number in lrlab.course.numbers():
        lesson = lrlab.course.lesson(number)
        assert re.search(rf"\[{number}\]\(lessons/{number}-[\w-]+\.ipynb\) \| {lesson.title} \| {lesson.minutes} \|", text), number


def tracked():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True)
    if listed.returncode:
        pytest.skip("not a git clone")
    return [ROOT / name for name in listed.stdout.decode().split("\0") if name]


def test_no_file_names_a_machines_path_or_a_registry():
    suspicious = re.compile(r"/(?:home|Users|root)/\w|pypi\.org/simple|--index-url")
    texts = [path for path in tracked() if path.suffix in {".py", ".md", ".toml", ".txt", ".cff", ".ipynb", ".json"}]
    found = [path.name for path in texts if path.name != Path(__file__).name and suspicious.search(path.read_text(encoding="utf-8"))]
    assert found == []


def test_there_is_no_time_limit_in_the_tests():
    clocks = re.compile(r"perf_counter\(|time\.time\(|timeit")
    tests = [path for path in (ROOT / "tests").rglob("*.py") if "benchmarks" not in path.parts and path != Path(__file__)]
    assert [path.name for path in tests if clocks.search(path.read_text())] == []
