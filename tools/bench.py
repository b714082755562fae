"""Measure what the README and the design promise: import cost, one move of each explorer, the run time of each lesson.

    python tools/bench.py
"""

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

os.environ.update(LRLAB_PROGRESS="memory", LRLAB_QUIET="1")
ROOT = Path(__file__).resolve().parent.parent


def seconds(function):
    begin = time.perf_counter()
    function()
    return time.perf_counter() - begin


def import_time(statement, repeats=15):
    return statistics.median(seconds(lambda: subprocess.run([sys.executable, "-c", statement], check=True)) for _ in range(repeats))


def moves(explorer, name, values):
    """Milliseconds of each move of a control: the 50th and the 95th percentile."""
    control = explorer.controls[name]
    taken = sorted(1000 * seconds(lambda value=value: setattr(control, "value", value)) for value in values)
    return f"{taken[len(taken) // 2]:6.1f} ms   {taken[int(0.95 * len(taken))]:6.1f} ms"


def main():
    numpy = import_time("import numpy")
    for statement in ("import lrlab", "import lrlab; lrlab.train, lrlab.Adam"):
        print(f"{statement:40} {import_time(statement) / numpy:5.2f} times import numpy ({1000 * numpy:.0f} ms)")

    from lrlab.authoring import execute
    from lrlab.widgets import DescentExplorer, ScheduleExplorer

    rates = [0.001 * 1.03**k for k in range(200)]
    print(f"schedule explorer   p50, p95: {moves(ScheduleExplorer('Cosine'), 'lr', rates)}")
    print(f"descent explorer    p50, p95: {moves(DescentExplorer(), 'lr', rates)}")

    for path in sorted((ROOT / "lessons").glob("*.ipynb")):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        print(f"{path.name:32} {seconds(lambda: execute(notebook, path.parent)):5.1f} s")


if __name__ == "__main__":
    main()
