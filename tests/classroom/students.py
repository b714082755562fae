"""Notebooks as students hand them in, made from the solution of lesson 02."""

import copy
import json
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
NAME = "02-the-fixed-rate.ipynb"
SOLVED = json.loads((ROOT / "solutions" / NAME).read_text(encoding="utf-8"))
UNSOLVED = json.loads((ROOT / "lessons" / NAME).read_text(encoding="utf-8"))
HEAD = "def noise_floor(lr, h, sigma):\n"
FIRST = "02-ex1-answer"


def answered(answers, start=SOLVED):
    """The notebook with some cells' sources replaced: {cell id: source}."""
    notebook = copy.deepcopy(start)
    for cell in notebook["cells"]:
        cell["source"] = answers.get(cell["id"], cell["source"])
    return notebook


def floor(body, before=""):
    """The solved notebook with another body for the first exercise."""
    return answered({FIRST: before + HEAD + "".join(f"    {line}\n" for line in body.split("\n"))})


def with_cell(notebook, source, after=None, grade_id=None, cell_id="mine"):
    """The notebook with one more code cell, before all others or after one of them."""
    marks = {"schema_version": 3, "grade": False, "solution": True, "locked": False, "task": False, "grade_id": grade_id}
    cell = {
        "cell_type": "code", "id": cell_id, "metadata": {"nbgrader": marks} if grade_id else {}, "source": source, "outputs": [],
        "execution_count": None,
    }  # fmt: skip
    place = 1 + [one["id"] for one in notebook["cells"]].index(after) if after else 0
    notebook["cells"].insert(place, cell)
    return notebook


def without(notebook, word):
    notebook["cells"] = [cell for cell in notebook["cells"] if word not in cell["id"]]
    return notebook


def renamed():
    notebook = copy.deepcopy(SOLVED)
    for cell in notebook["cells"]:
        if cell["id"] == FIRST:
            cell["id"], cell["metadata"] = "a1b2c3", {}
    return notebook


def as_text():
    notebook = copy.deepcopy(SOLVED)
    next(cell for cell in notebook["cells"] if cell["id"] == FIRST)["cell_type"] = "markdown"
    return notebook


PATCHES = """import lrlab.lesson, lrlab.checking, numpy as np
lrlab.lesson.check = lambda *given: True
lrlab.checking.judge = lambda *given: True
np.isclose = lambda *given, **named: np.array(True)
np.asarray = lambda *given, **named: 1
"""
RIGHT = "return math.inf if lr * h >= 2 else lr * sigma**2 / (2 * (2 - lr * h))"

# name: (notebook, points of 12, state of exercise 02-1, words of its reason or of the notes)
CLASS = {
    "right": (copy.deepcopy(SOLVED), 12, "correct", "All 7 cases agree"),
    "untouched": (copy.deepcopy(UNSOLVED), 0, "not attempted", "There is still a ... in your code"),
    "wrong": (floor("return math.inf if lr * h >= 2 else lr * sigma / (2 * (2 - lr * h))"), 9, "wrong", "sigma is the standard deviation"),
    "in place": (answered({"02-ex2-answer": "def measured_floor(losses):\n    losses.sort()\n    return np.mean(losses[len(losses) // 2 :])"}), 10, "correct", ""),
    "syntax": (floor("return (1"), 9, "error in your code", "SyntaxError: '(' was never closed"),
    "endless": (floor("while True: pass"), 9, "error in your code", "Does every loop in it end?"),
    "endless cell": (floor(RIGHT) | {}, 12, "correct", ""),
    "catches all": (floor("while True:\n    try:\n        while True: pass\n    except BaseException: pass"), 9, "error in your code", "Does every loop in it end?"),
    "exits": (floor("import os; os._exit(0)"), 9, "error in your code", "it ended the whole process (exit code 0)"),
    "quits": (floor("raise SystemExit(3)"), 9, "error in your code", "SystemExit: 3"),
    "memory": (floor("x = bytearray(10**11)"), 9, "error in your code", "it asked for more memory than an answer may have"),
    "crashes": (floor("import ctypes; ctypes.string_at(0)"), 9, "error in your code", "its process crashed"),
    "prints": (floor("while True: print('x' * 1000)"), 9, "error in your code", "it printed more than 1000 kB"),
    "prints at once": (floor("return 1", before="while True: print('x' * 1000)\n"), 9, "error in your code", "it printed more than 1000 kB"),
    "deleted": (without(copy.deepcopy(SOLVED), FIRST), 9, "missing", "there is no cell that defines noise_floor"),
    "renamed cell": (renamed(), 12, "correct", "it was found by the name that it defines"),
    "renamed function": (answered({FIRST: "def my_floor(lr, h, sigma):\n    return 1"}), 9, "error in your code", "the answer's cell defines my_floor"),
    "no checks": (without(copy.deepcopy(SOLVED), "check"), 12, "correct", ""),
    "twice": (with_cell(copy.deepcopy(SOLVED), HEAD + "    ...", after=FIRST, grade_id=FIRST), 12, "correct", "is there 2 times"),
    "split": (with_cell(floor("return part(lr, h, sigma)"), "def part(lr, h, sigma):\n    " + RIGHT), 12, "correct", ""),
    "magics": (answered({"02-ex4-answer": '%matplotlib inline\ndiagnosis = "nsdz"\ncheck("02-4", diagnosis)'}), 12, "correct", ""),
    "magics in the answer": (floor(RIGHT, before="%%time\nnoise_floor?\nfiles = !ls\nget_ipython().run_line_magic('time', '')\n"), 12, "correct", ""),
    "modulo": (floor("least = (8\n    % 3)\nreturn math.inf if lr * h >= least else lr * sigma**2 / (2 * (2 - lr * h))"), 12, "correct", ""),
    "star import": (with_cell(floor("return inf if lr * h >= 2 else lr * pow(sigma, 2) / (2 * (2 - lr * h))"), "from math import *"), 12, "correct", ""),
    "fraction": (floor(RIGHT.replace("lr * sigma**2 /", "Fraction(lr * sigma**2) / Fraction")[:-1] + ")", before="from fractions import Fraction\n"), 12, "correct", ""),
    "replies with an error": (floor("import gc\nfor one in gc.get_objects():\n    if type(one).__name__ == 'Runner':\n        one.replies.write(b'{\"n\": %d, \"error\": 1}\\n' % one.number), one.replies.flush()"), 9, "error in your code", "wrote into the channel"),
    "patches Python": (floor("return 1", before="import builtins, json\njson.dumps = builtins.len = builtins.isinstance = lambda *given, **named: 1\n"), 9, "error in your code", "a change to what Python itself is made of"),
    "escapes": (floor("return type('A', (), {'__repr__': lambda self: chr(27) + '(' * 5000})()"), 9, "wrong", "got      "),
    "in a text cell": (as_text(), 9, "missing", "the answer's cell is not a code cell"),
    "patched": (with_cell(answered({FIRST: UNSOLVED["cells"][[c["id"] for c in UNSOLVED["cells"]].index(FIRST)]["source"] + "\n" + PATCHES}, UNSOLVED), PATCHES), 0, "not attempted", ""),
    "patched beside": (floor("return 1", before=PATCHES), 9, "wrong", "expected 0.166667"),
    "replies itself": (floor("import os\nfor fd in range(3, 20):\n    try: os.write(fd, b'{\"n\": 99}\\n')\n    except OSError: pass\nreturn 1"), 9, "error in your code", "wrote into the channel"),
    "too large": (floor("return np.zeros(10**7)"), 9, "error in your code", "too large to judge"),
    "generator": (floor("yield 1"), 9, "wrong", "makes its values one by one"),
    "no value": (floor("return object()"), 9, "wrong", "got      <object object>"),
    "imports the solution": (floor("import lrlab.course.lesson_02 as m\nreturn m.noise_floor(lr, h, sigma)"), 9, "error in your code", "No module named 'lrlab.course.lesson_02'"),
}  # fmt: skip
CLASS["endless cell"] = (answered({FIRST: HEAD + "    " + RIGHT + "\nwhile True: pass"}), 12, "correct", "")

# what only bubblewrap prevents
ALONE = {
    "reads the solution": (floor(f"import runpy\nreturn runpy.run_path({str(ROOT / 'lrlab' / 'course' / 'lesson_02.py')!r})['noise_floor'](lr, h, sigma)"), 9, "error in your code", "FileNotFoundError"),
    "writes": (floor("open('/usr/written', 'w')"), 9, "error in your code", "Read-only file system"),
    "forks": (floor("import os\nwhile True: os.fork()"), 9, "error in your code", "more processes than an answer may"),
}  # fmt: skip


def hand_in(folder, named):
    """nbgrader's layout: STUDENT/ASSIGNMENT/NN-slug.ipynb."""
    for name, (notebook, *_) in named.items():
        place = folder / name / NAME.removesuffix(".ipynb")
        place.mkdir(parents=True)
        (place / NAME).write_text(json.dumps(notebook), encoding="utf-8")
    return folder


def broken(folder):
    """Files that are no notebooks: {student: words of what is then said}."""
    texts = {
        "empty": ("", "the file is empty"), "cut off": ('{"cells": [', "it is no JSON"), "a list": ("[1]", "it has no cells"),
        "no code": ('{"cells": []}', "no code cells"), "too much code": (json.dumps({"cells": [{"cell_type": "code", "source": "a=1\n" * 10**6}]}), "4 million characters of code"), "old": ('{"worksheets": []}', "before 2015"), "deep": ("[" * 100_000, "it is no JSON"),
    }  # fmt: skip
    for name, (text, _) in texts.items():
        (folder / name).mkdir()
        (folder / name / NAME).write_text(text)
    (folder / "bytes").mkdir()
    (folder / "bytes" / NAME).write_bytes(b"\xff\xfe\x00")
    (folder / "latin").mkdir()
    (folder / "latin" / NAME).write_bytes('{"cells": ["é"]}'.encode("latin-1"))
    (folder / "pipe").mkdir()
    os.mkfifo(folder / "pipe" / "homework.ipynb")
    (folder / "linked").symlink_to(folder / "empty")
    (folder / "link").mkdir()
    (folder / "link" / NAME).symlink_to(ROOT / "solutions" / NAME)
    (folder / "nothing").mkdir()
    (folder / "essay.pdf").write_text("x")
    return {name: words for name, (_, words) in texts.items()} | {
        "bytes": "not written in UTF-8", "latin": "not written in UTF-8", "pipe": "this is not a file", "linked": "is a link", "link": "is a link", "nothing": "the folder is empty", "essay": "essay.pdf is not a notebook",
    }  # fmt: skip
