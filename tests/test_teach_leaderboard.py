"""The leaderboard that a teacher makes of the schedules handed in."""

import json
import os

import pytest

from lrlab import cli


@pytest.mark.skipif(os.name == "nt", reason="the limits are those of Linux and macOS")
def test_the_leaderboard_ranks_texts_runs_no_code_and_shows_ties(tmp_path, capsys):
    texts = {
        "anna": "Linear(start=0.024, end=0.0, steps=500)", "ben": "Linear(start=0.024, end=0.0, steps=500)", "dan": "Constant(lr=50)",
        "eve": "__import__('os').system('ls')", "fay": "", "gus": "Function(f=print)",
        "linear *": "Constant(lr=0.006)", "ivy\x1b[31m": "Constant(lr=" + "(" * 600 + "1" + ")" * 600 + ")", "jo": "Constant(lr=1e999)",
    }  # fmt: skip
    for name, text in texts.items():
        (tmp_path / f"{name}.txt").write_text(text)
    (tmp_path / "hal").mkdir()
    entry = {"name": "hal", "schedule": texts["anna"], "scores": [0.0] * 20, "attempt": 1}
    (tmp_path / "hal" / "lrlab-leaderboard.json").write_text(json.dumps({"entries": [entry]}))
    assert cli.main(["teach", "leaderboard", str(tmp_path), "--first-seed", "3000", "-j", "1"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert {line.split(":")[0] for line in said if ": not scored: " in line} == {"eve", "fay", "gus", "ivy?[31m", "jo"}
    assert max(map(len, said)) < 500 and sum(" linear * " in line for line in said) == sum(" linear ? " in line for line in said) == 1
    lines = {line.split()[1]: line for line in said if line[:4].strip().isdigit()}
    places = {name: line.split()[0] for name, line in lines.items()}
    assert places["anna"] == places["ben"] == places["hal"] and places["anna"].endswith("=")
    assert "20 of 20 diverged" in lines["dan"]
