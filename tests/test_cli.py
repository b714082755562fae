import errno
import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

import lrlab
from lrlab import cli


def lrlab_command(*arguments, **options):
    return subprocess.run([sys.executable, "-m", "lrlab", *map(str, arguments)], capture_output=True, text=True, **options)


def test_the_lessons_are_copied_and_a_second_start_leaves_them_as_they_are(tmp_path, capsys):
    folder = tmp_path / "my" / "course"
    assert cli.main(["start", str(folder), "--no-lab"]) == 0
    names = sorted(path.name for path in folder.iterdir())
    assert names == sorted(cli.shipped()) and names[0] == "01-what-a-step-is.ipynb"
    first = folder / names[0]
    first.write_text("my work")
    (folder / names[-1]).unlink()
    assert cli.main(["start", str(folder), "--no-lab"]) == 0
    assert first.read_text() == "my work"
    assert sorted(path.name for path in folder.iterdir()) == names
    assert f"1 copied, {len(names) - 1} already there" in capsys.readouterr().out


def test_a_folder_that_is_a_file_is_refused(tmp_path, capsys):
    file = tmp_path / "notes.txt"
    file.write_text("mine")
    assert cli.main(["start", str(file), "--no-lab"]) == 1
    assert capsys.readouterr().err == f"lrlab: {file} is a file. Give the name of a folder: lrlab start FOLDER\n"
    assert file.read_text() == "mine"


def refusing(number):
    def refuse(*arguments, **options):
        raise OSError(number, os.strerror(number))

    return refuse


def test_a_folder_that_cannot_be_written_is_named_with_a_way_out(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(Path, "mkdir", refusing(errno.EROFS))
    assert cli.main(["start", str(tmp_path / "x"), "--no-lab"]) == 1
    said = capsys.readouterr().err
    assert "cannot be written (Read-only file system)" in said and "lrlab start FOLDER" in said


def test_a_disk_that_fills_up_leaves_no_half_lesson(tmp_path, capsys, monkeypatch):
    class Full:
        def __init__(self, path, mode):
            self.file = open(path, mode)

        def __enter__(self):
            return self

        def __exit__(self, *error):
            self.file.close()

        def write(self, content):
            self.file.write(content[:10])

        def flush(self):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(cli, "open", Full, raising=False)
    assert cli.main(["start", str(tmp_path), "--no-lab"]) == 1
    assert "No space left on device" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_reset_keeps_the_learners_copy_under_another_name(tmp_path, capsys, monkeypatch):
    cli.main(["start", str(tmp_path), "--no-lab"])
    name = next(iter(cli.shipped()))
    for work in ("first try", "second try"):
        (tmp_path / name).write_text(work)
        assert cli.main(["reset", "1", str(tmp_path)]) == 0
        assert (tmp_path / name).read_bytes() == cli.shipped()[name].read_bytes()
    kept = {path.read_text() for path in tmp_path.glob("01-*.mine-*.ipynb")}
    assert kept == {"first try", "second try"}


def test_reset_finds_the_usual_folder_and_says_when_there_is_none(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["reset", "01"]) == 1
    assert "Give its folder: lrlab reset 01 FOLDER" in capsys.readouterr().err
    cli.main(["start", "--no-lab"])
    assert cli.main(["reset", "01"]) == 0
    assert cli.main(["reset", "77"]) == 1
    assert "there is no lesson '77'. The lessons are 01" in capsys.readouterr().err


def test_progress_prints_a_line_for_each_lesson(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cli.main(["start", "--no-lab"])
    record = {"version": 1, "lessons": {"01": {"exercises": {"01-1": {"passed": True}}}}}
    (tmp_path / cli.FOLDER / "lrlab-progress.json").write_text(json.dumps(record))
    capsys.readouterr()
    assert cli.main(["progress"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "01 What a step is: 2 of 12 points, 0 of 3 missions, quiz not taken"
    assert [line[:2] for line in lines] == list(lrlab.course.numbers())
    assert cli.main(["progress", "nowhere"]) == 1


def test_build_without_solutions_says_where_it_belongs(tmp_path, capsys):
    assert cli.main(["build", "--check", str(tmp_path)]) == 1
    assert "Run it in a clone of the repository" in capsys.readouterr().err


def test_the_command_knows_its_version_and_explains_itself():
    assert lrlab_command("--version").stdout == f"lrlab {lrlab.__version__}\n"
    for command in ("start", "progress", "reset", "build"):
        assert command in lrlab_command("--help").stdout
    assert lrlab_command().returncode == 2


def test_the_next_lesson_is_the_first_with_an_open_exercise(tmp_path):
    names = sorted(cli.shipped())
    assert cli._next_lesson(tmp_path) == names[0]
    done = {"exercises": {exercise.id: {"passed": True} for exercise in lrlab.course.lesson("01").exercises}}
    (tmp_path / "lrlab-progress.json").write_text(json.dumps({"version": 1, "lessons": {"01": done}}))
    assert cli._next_lesson(tmp_path) == (names[1] if len(names) > 1 else names[0])


def test_a_port_in_use_is_refused(capsys, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert cli.main(["start", str(tmp_path), "--port", str(port)]) == 1
    assert f"port {port} is in use" in capsys.readouterr().err


@pytest.mark.skipif(os.name == "nt", reason="stops the server with a signal")
def test_start_serves_the_lessons_with_a_token_on_this_machine_only_and_stops_cleanly(tmp_path):
    environment = {**os.environ, "HOME": str(tmp_path), "PYTHONUNBUFFERED": "1"}
    environment.pop("JUPYTER_TOKEN", None)
    command = [sys.executable, "-m", "lrlab", "start", "--no-browser"]
    process = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        lines = [process.stdout.readline().strip() for _ in range(3)]
        assert lines[0].startswith("lrlab: lessons in lrlab-lessons:")
        assert lines[2].startswith("http://127.0.0.1:") and "/lab/tree/01-what-a-step-is.ipynb?token=" in lines[2]
        base, token = lines[2].split("/lab/")[0], lines[2].split("token=")[1]
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(f"{base}/api/contents", timeout=10)
        with urllib.request.urlopen(f"{base}/api/contents?token={token}", timeout=10) as answer:
            there = {item["name"] for item in json.load(answer)["content"]}
        assert there >= set(cli.shipped())
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
        with pytest.raises(urllib.error.URLError):
            urllib.request.urlopen(f"{base}/api/status", timeout=5)
    finally:
        process.kill()
        process.stdout.close()
