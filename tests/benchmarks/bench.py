"""Measure lrlab beside other libraries, print a table and write it to docs/benchmarks.md.

    python tests/benchmarks/bench.py [SECTION ...] [--peers PYTHON] [--write]

Sections: digits small import growth explorers lessons; without any, all but lessons. `--peers` names a Python that has
the extra `peers` (torch, jax, optax, keras); by default it is this one, and what is not installed there is left out.
`--write` writes docs/benchmarks.md and the table in README.md; it wants all sections but lessons, and a quiet machine.

Contenders take turns, each in a process of its own, and the best of their turns counts: what disturbs a run only makes it
longer. The first turn of each is a warm-up that is not counted, except in the rows "first call".
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
REPLICAS, STEPS, LOOPED = 256, 200, 16
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def environment(threads=1, **more):
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    # jax keeps its threads by the machine's cores; XLA has no variable for it
    more = {"PYTHONPATH": str(ROOT), "LRLAB_QUIET": "1", "LRLAB_PROGRESS": "memory", "KERAS_BACKEND": "jax", **more}
    return kept | {name: str(threads) for name in names} | more


class Contender:
    """A process that does the work of `contenders.NAME(**options)` whenever it is asked."""

    def __init__(self, name, python=sys.executable, threads=1, **options):
        command = [python, str(HERE / "contenders.py"), name, json.dumps(options)]
        self.process = subprocess.Popen(
            command, env=environment(threads), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=HERE
        )
        if not self.process.stdout.readline():
            self.close()
            raise SystemExit(f"bench: {' '.join(command)} did not start.")

    def turn(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise SystemExit(f"bench: {' '.join(self.process.args[2:])} stopped.")
        return json.loads(answer)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def by_turns(makers, repeats, warm=1):
    """{name: the measurement with the shortest time}, each contender started once and asked in turns."""
    contenders = {name: make() for name, make in makers.items()}
    try:
        best = {}
        for k in range(warm + repeats):
            for name, contender in contenders.items():
                done = contender.turn()
                if k >= warm and (name not in best or done["seconds"] < best[name]["seconds"]):
                    best[name] = done
        return best
    finally:
        for contender in contenders.values():
            contender.close()


def first_calls(makers, repeats):
    """The same for the first call in a new process."""
    best = {}
    for _ in range(repeats):
        for name, make in makers.items():
            contender = make()
            try:
                done = contender.turn()
            finally:
                contender.close()
            if name not in best or done["seconds"] < best[name]["seconds"]:
                best[name] = done
    return best


def installed(python):
    """{name: version} of what the comparison needs, as far as that Python has it."""
    code = (
        "import json; from importlib.metadata import version, PackageNotFoundError\n"
        "found = {}\n"
        "for name in ('numpy', 'torch', 'jax', 'optax', 'keras'):\n"
        "    try: found[name] = version(name)\n"
        "    except PackageNotFoundError: pass\n"
        "print(json.dumps(found))"
    )
    return json.loads(subprocess.run([python, "-c", code], check=True, capture_output=True, text=True).stdout)


def shown(seconds):
    if seconds >= 0.995:
        return f"{seconds:.2f} s"
    return f"{1e3 * seconds:.3g} ms" if seconds >= 1e-3 else f"{1e6 * seconds:.3g} us"


def row(work, ours, peer, theirs, target, at_most=False):
    """One line of the table. The target is a least ratio of their time to ours, or a largest ratio of ours to theirs."""
    ratio = ours / theirs if at_most else theirs / ours
    met = ratio <= target if at_most else ratio >= target
    told = f"{ratio:.2f} of its time" if at_most else f"{ratio:.3g} times as fast"
    wanted = f"at most {target:g}" if at_most else f"at least {target:g}"
    return [work, shown(ours), peer, shown(theirs), told, f"{wanted}: {'met' if met else 'missed'}"]


def same_numbers(ours, found, tolerance):
    for peer, done in found.items():
        apart = max(abs(a - b) / (abs(b) + 1e-3) for a, b in zip(ours, done["numbers"], strict=True))
        if not apart <= tolerance:
            raise SystemExit(f"bench: lrlab and {peer} did not do the same work: their numbers are {100 * apart:.2g} % apart.")


# ---- the digits network ----


def digits(peers, have):
    ours = {"1 process": partial(Contender, "lrlab_digits")}
    if CORES > 1:
        ours["2 processes"] = partial(Contender, "lrlab_digits", processes=2)
    theirs = {}
    if "torch" in have:
        theirs["torch, a loop over the rates"] = partial(Contender, "torch_loop", peers)
        theirs["torch.func.vmap, Adam by hand"] = partial(Contender, "torch_vmap", peers, CORES)
    scan = {}
    if "optax" in have:
        scan = {"optax, jit(vmap(scan))": partial(Contender, "optax_scan", peers, CORES)}
    warm = by_turns({**ours, **theirs, **scan}, repeats=3)
    first = first_calls({name: ours[name] for name in ours} | scan, repeats=3) if scan else {}

    best = min(ours, key=lambda name: warm[name]["seconds"])
    work = f"digits network, {REPLICAS} rates, {STEPS} updates"
    rows = []
    for peer, target in zip(theirs, (30, 2)):
        times = LOOPED if "loop" in peer else 1
        rows.append(row(work, warm[best]["seconds"], peer, times * warm[peer]["seconds"], target))
    for peer in scan:
        fastest = min(first[name]["seconds"] for name in ours)
        rows.append(row("the same, first call", fastest, f"{peer}, with compilation", first[peer]["seconds"], 2))
        rows.append(row("the same, later calls", warm[best]["seconds"], f"{peer}, compiled", warm[peer]["seconds"], 1))

    notes = [f"lrlab's time is that of {best}. All times, and CPU time where one process does all:", ""]
    notes += ["| contender | later calls | CPU | first call |", "|---|---|---|---|"]
    for name, done in warm.items():
        times = LOOPED if "loop" in name else 1
        cpu = "" if name == "2 processes" else shown(times * done["cpu"])
        start = shown(first[name]["seconds"]) if name in first else ""
        notes.append(f"| {'lrlab, ' * (name in ours)}{name} | {shown(times * done['seconds'])} | {cpu} | {start} |")
    notes += ["", "The losses of all contenders on the last batch agree to 2 % for every rate."]
    reference = warm[best]["numbers"]
    for peer, done in warm.items():
        same_numbers(reference[::LOOPED] if "loop" in peer else reference, {peer: done}, 0.02)
    return rows, notes


# ---- one small run, one curve ----


def small(peers, have):
    runs = {"lrlab": partial(Contender, "lrlab_rosenbrock")}
    if "torch" in have:
        runs["torch, eager"] = partial(Contender, "torch_rosenbrock", peers)
    runs = by_turns(runs, 9)
    curves = by_turns({"lrlab": partial(Contender, "lrlab_cosine"), "np.cos alone": partial(Contender, "numpy_cos")}, 60, 10)
    if "torch" in have:
        curves |= by_turns({"torch, stepping its scheduler": partial(Contender, "torch_cosine", peers)}, 3)
    for found in (runs, curves):
        same_numbers(found["lrlab"]["numbers"], found, 1e-6)

    ours, rows = runs.pop("lrlab")["seconds"], []
    for peer, done in runs.items():
        rows.append(row("Adam on Rosenbrock, 1000 updates, one run", ours, peer, done["seconds"], 15))
    ours = curves.pop("lrlab")["seconds"]
    for peer, done in curves.items():
        alone = peer == "np.cos alone"
        rows.append(row("cosine curve, 100 000 steps", ours, peer, done["seconds"], 2 if alone else 20, at_most=alone))
    return rows, ["float64, one thread."]


# ---- import ----


def imports(peers, have):
    statements = {"numpy": "import numpy", "lrlab": "import lrlab"}
    statements["all schedules, optimizers, problems, sweeps"] = "import lrlab; lrlab.train, lrlab.Adam, lrlab.sweep"
    statements |= {name: f"import {name}" for name in ("torch", "optax", "keras") if name in have}
    best = {}
    with tempfile.TemporaryDirectory() as compiled:
        for turn in range(10):
            # what is slow needs fewer turns
            for name, statement in list(statements.items())[: None if turn < 4 else 3]:
                python = peers if name in ("torch", "optax", "keras") else sys.executable
                begin = time.perf_counter()
                environ = environment(PYTHONPYCACHEPREFIX=compiled)
                subprocess.run([python, "-c", statement], check=True, env=environ, capture_output=True)
                seconds = time.perf_counter() - begin
                # the first turn compiles
                best[name] = min(best.get(name, seconds), seconds) if turn > 1 else seconds
    numpy, lrlab, core, *others = best
    rows = [row("import lrlab", best[lrlab], "numpy", best[numpy], 1.3, at_most=True)]
    rows += [row(f"import of {core}", best[core], name, best[name], 3) for name in others]
    told = f"`import lrlab` loads nothing, each part comes when it is first used. With {core} it is {shown(best[core])}, "
    told += f"{best[core] / best[numpy]:.2f} of numpy's {shown(best[numpy])}."
    return rows, ["A new interpreter each time, its start included, byte code compiled before.", "", told]


# ---- how it grows ----


def growth(peers, have):
    most = min(CORES, 2)
    cases = [("replicas", k, {"replicas": k, "steps": 100}) for k in (1, 4, 16, 64, 256, 1024)]
    cases += [("updates", k, {"replicas": 64, "steps": k}) for k in (50, 200, 800)]
    cases += [("hidden units", k, {"replicas": 64, "steps": 100, "hidden": k}) for k in (8, 32, 128)]
    cases += [("processes", k, {"replicas": 512, "steps": 200, "processes": k}) for k in range(1, most + 1)]
    lines = ["| what grows | to | time | for each replica and update |", "|---|---|---|---|"]
    memory = {}
    found = by_turns({case[:2]: partial(Contender, "lrlab_digits", **case[2]) for case in cases}, 3)
    for what, k, options in cases:
        done = found[what, k]
        each = done["seconds"] / options["replicas"] / options["steps"]
        lines.append(f"| {what} | {k} | {shown(done['seconds'])} | {1e6 * each:.1f} us |")
        if what == "replicas":
            memory[k] = done["memory"] * (1 if sys.platform == "darwin" else 1024)
    each = (memory[1024] - memory[256]) / (1024 - 256)
    told = ", ".join(f"{memory[k] / 1e6:.0f} MB with {k}" for k in (1, 256, 1024))
    lines += ["", f"Peak memory of the process by replicas: {told}. Beyond 256, {each / 1e3:.0f} kB for each replica."]
    return [], lines


# ---- explorers and lessons ----


def explorers(peers, have):
    sys.path.insert(0, str(HERE.parent))
    from moves import MOVES

    lines = ["| explorer | control | p50 of a move | p95 | target for p95 |", "|---|---|---|---|---|"]
    for name, (make, control, values, plain) in MOVES.items():
        explorer, taken = make(), []
        for value in values * 3:
            begin = time.perf_counter()
            explorer.controls[control].value = value
            taken.append(time.perf_counter() - begin)
        # the first round draws what is kept
        p50, p95 = np.percentile(taken[len(values) :], (50, 95))
        target = 0.016 if plain else 0.050
        met = f"{shown(target)}: {'met' if p95 < target else 'missed'}"
        lines.append(f"| {name} | {control} | {shown(p50)} | {shown(p95)} | {met} |")
    lines += ["", "From the change of the control to the picture, without the way to the browser. Plain curves have 16 ms, what is simulated 50 ms."]
    return [], lines


def lessons(peers, have):
    from lrlab.authoring import execute

    lines = ["| lesson | run time |", "|---|---|"]
    for path in sorted((ROOT / "lessons").glob("*.ipynb")):
        begin = time.perf_counter()
        execute(json.loads(path.read_text(encoding="utf-8")), path.parent)
        lines.append(f"| {path.stem} | {time.perf_counter() - begin:.1f} s |")
    return [], lines


# ---- the report ----

SECTIONS = {
    "digits": digits, "small": small, "import": imports, "growth": growth, "explorers": explorers, "lessons": lessons
}
TITLES = {
    "digits": f"The digits network: 64-32-10, batches of 64, Adam, {REPLICAS} rates, {STEPS} updates, float32",
    "small": "One run, one curve",
    "import": "Import",
    "growth": "How it grows: the digits network, Adam, float32, one process if not said otherwise",
    "explorers": "A move of an explorer's control",
    "lessons": "The lessons",
}
HEAD = ["| work | lrlab | beside | its time | lrlab is | target |", "|---|---|---|---|---|---|"]


def machine(have):
    blas = np.show_config("dicts")["Build Dependencies"]["blas"]
    peers = ", ".join(f"{name} {version}" for name, version in have.items() if name != "numpy")
    return (
        f"{CORES} cores ({platform.machine()}), {platform.system()}, Python {platform.python_version()}, numpy "
        f"{np.__version__} with {blas.get('name')} {blas.get('version')} at one thread a process. Beside it "
        f"{peers or 'nothing: the extra peers is not installed'}; vmap and jax have {CORES} threads, the torch loops one."
    )


def table(rows):
    return HEAD + [f"| {' | '.join(line)} |" for line in rows]


def put(path, name, lines):
    """Replace what stands in the file between the comments `<!-- name -->` and `<!-- end of name -->`."""
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    text = path.read_text(encoding="utf-8")
    if text.count(begin) == text.count(end) == 1:
        before, after = text.split(begin)[0], text.split(end)[1]
        path.write_text("\n".join([before + begin, *lines, end]) + after, encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=" ".join(SECTIONS))
    parser.add_argument("--peers", default=sys.executable, metavar="PYTHON")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    options.peers = os.path.abspath(options.peers)
    sections = options.sections or [name for name in SECTIONS if name != "lessons"]
    if unknown := set(sections) - set(SECTIONS):
        parser.error(f"there is no section {', '.join(sorted(unknown))}. There are: {', '.join(SECTIONS)}.")
    have = installed(options.peers)
    if missing := {"torch", "jax", "optax", "keras"} - set(have):
        print(f"bench: {', '.join(sorted(missing))} not installed, lrlab is measured without. To compare, make an environment")
        print("with `pip install --editable '.[peers]'` and name its Python: make bench PEERS=path/to/python\n")

    begin, rows, parts = time.perf_counter(), [], []
    for name in sections:
        found, notes = SECTIONS[name](options.peers, have)
        rows += found
        parts += ["", f"## {TITLES[name]}", "", *notes]
        print("\n".join([f"## {TITLES[name]}", "", *(table(found) if found else []), "", *notes, ""]), flush=True)
    report = ["# Benchmarks", "", "Written by `make bench`. " + machine(have), "", *table(rows), *parts]
    print(f"{machine(have)}\n\nTaken in {time.perf_counter() - begin:.0f} s.")
    if options.write:
        (ROOT / "docs" / "benchmarks.md").write_text("\n".join(report) + "\n", encoding="utf-8")
        put(ROOT / "README.md", "benchmarks", table(rows))


if __name__ == "__main__":
    main()
