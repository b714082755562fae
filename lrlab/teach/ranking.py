"""The leaderboard of the capstone: schedules as text, never run as code, scored on seeds that nobody has seen.

In the folder lie STUDENT.txt with one line, the expression that makes the schedule, or STUDENT/lrlab-leaderboard.json, the
file that lesson 14 writes; of that only the text of the first entry counts, and not the scores in it. Each text is
parsed by `lrlab.leaderboard` and scored in a sandboxed process, so a schedule that takes for ever harms nobody.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from .. import leaderboard
from . import sandbox, values
from .reports import plain

LARGEST = 1_000_000
SECONDS = 120.0


def entry_of(path: Path) -> str:
    """The text of an entry; ValueError says why there is none."""
    if path.is_symlink() or not path.is_file() or path.stat().st_size > LARGEST:
        raise ValueError("it is no file, or too large")
    try:
        text = path.read_bytes().decode("utf-8-sig")
        if path.suffix == ".json":
            text = json.loads(text)["entries"][0]["schedule"]
            if not isinstance(text, str):
                raise ValueError
    except (OSError, ValueError, KeyError, IndexError, TypeError, RecursionError) as reason:
        raise ValueError("it holds no entry") from reason
    text = text.strip()
    leaderboard.parse(text)
    return text


def collect(folder: Path) -> tuple[dict[str, str], dict[str, str]]:
    """({student: text of the schedule}, {student: why there is none})."""
    found, troubles = {}, {}
    for entry in sorted(folder.iterdir()):
        if entry.name.startswith("."):
            continue
        paths = sorted([*entry.glob("*.txt"), *entry.glob(leaderboard.FILE)]) if entry.is_dir() else [entry]
        student = entry.name if entry.is_dir() else entry.stem
        try:
            if len(paths) != 1:
                raise ValueError(f"there are {len(paths)} entries where one is wanted")
            found[student] = entry_of(paths[0])
        except ValueError as reason:
            troubles[student] = str(reason)
    return found, troubles


def _scores(text, seeds, library, program):
    """The scores of a text, or the reason why it has none."""
    source = f"from lrlab.leaderboard import score\nresult = [float(one) for one in score({text!r}, {list(seeds)!r})]"
    try:
        with sandbox.Session(library, sandbox.Limits(), program, sandbox.secrets()) as session:
            error = session.ask("run", SECONDS, name="score", source=source).get("error")
            if error:
                return f"{error['type']}: {error['text']}"
            return values.decode(session.ask("bind", SECONDS, expression="result")["value"])
    except sandbox.Ended as reason:
        return str(reason)


def _name(student):
    """A student's name as it is printed; the * is for the baselines."""
    return plain(student).replace("*", "?")


def _cut(text):
    text = plain(" ".join(text.split()))
    return text if len(text) <= 400 else text[:397] + "..."


def board(folder: Path, seeds, jobs: int = -1) -> str:
    """The ranking of all entries in a folder and of the baselines, as text."""
    from joblib import Parallel, delayed

    found, troubles = ({_name(student): one for student, one in some.items()} for some in collect(folder))
    texts = {f"{name} *": text for name, text in leaderboard.BASELINES.items()} | found
    with tempfile.TemporaryDirectory(prefix="lrlab-") as place:
        library, program = sandbox.make_library(Path(place)), sandbox.bubblewrap()
        made = Parallel(n_jobs=jobs)(delayed(_scores)(text, seeds, library, program) for text in texts.values())
    scores = {name: one for name, one in zip(texts, made) if not isinstance(one, str)}
    troubles |= {name: one for name, one in zip(texts, made) if isinstance(one, str)}
    wide = max([5, *map(len, scores)])
    lines = [f"place  {'entry':{wide}}  score               schedule"]
    for one in leaderboard.rank(scores):
        said = f"{one.diverged} of {len(seeds)} diverged" if one.diverged else f"{one.mean:.4f} +- {one.error:.4f}"
        lines.append(f"{one.place:4}{'=' if one.tied else ' '}  {one.name:{wide}}  {said:18}  {_cut(texts[one.name])}")
    return "\n".join(lines + [f"{name}: not scored: {_cut(why)}" for name, why in troubles.items()])
