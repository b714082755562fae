"""The wheel, as someone gets it who has no clone."""

import json
import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    out = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    (made,) = out.glob("*.whl")
    return made


def test_the_wheel_holds_every_lesson_and_every_licence_and_no_solution(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    lessons = {path.name for path in (ROOT / "lessons").glob("*.ipynb")}
    assert {Path(name).name for name in names if name.endswith(".ipynb")} == lessons
    assert all(f"lrlab/_lessons/{name}" in names for name in lessons)
    assert "lrlab/data/DIGITS.md" in names and "lrlab/data/digits.npz" in names
    assert "lrlab/jupyter/labconfig/page_config.json" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_the_lessons_of_the_installed_wheel_start_and_run_in_an_empty_folder(wheel, tmp_path):
    home, work = tmp_path / "env", tmp_path / "work"
    work.mkdir()
    venv.create(home, with_pip=False, symlinks=os.name != "nt")
    scripts = home / ("Scripts" if os.name == "nt" else "bin")
    python = scripts / "python"
    # lrlab goes into the empty environment; what it depends on is lent by the one that runs this test
    site = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], check=True, capture_output=True, text=True
    ).stdout.strip()
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", site, str(wheel)], check=True
    )
    (Path(site) / "borrowed.pth").write_text("\n".join(dict.fromkeys(p for p in sys.path if p.endswith("site-packages"))))
    environment = {**os.environ, "LRLAB_PROGRESS": "memory", "HOME": str(tmp_path)}
    environment.pop("PYTHONPATH", None)

    def run(*command):
        return subprocess.run([python, *command], cwd=work, env=environment, check=True, capture_output=True, text=True).stdout

    assert Path(site).resolve() in Path(run("-c", "import lrlab; print(lrlab.__file__)").strip()).resolve().parents
    assert "copied" in run("-m", "lrlab", "start", "--no-lab")
    copied = sorted((work / "lrlab-lessons").glob("*.ipynb"))
    assert [path.name for path in copied] == sorted(path.name for path in (ROOT / "lessons").glob("*.ipynb"))
    execute = (
        "import json, pathlib, sys; from lrlab.authoring import execute; "
        "path = pathlib.Path(sys.argv[1]); print(json.dumps(execute(json.loads(path.read_text()), path.parent)['cells'][-1]))"
    )
    last = json.loads(run("-c", execute, str(copied[0])))
    assert "Lesson 01" in json.dumps(last["outputs"])
