"""The command `lrlab`: start the lessons, look at the progress, begin a lesson afresh, build the lessons.

    lrlab start [FOLDER]        copy the lessons to a folder of your own and open JupyterLab on it
    lrlab progress [FOLDER]     what is done, a line for each lesson
    lrlab reset LESSON [FOLDER] a fresh copy of one lesson; yours is kept under another name
    lrlab build [--check]       make lessons/ from solutions/, or compare them
    lrlab teach WHAT            for teachers: see lrlab teach --help
"""

from __future__ import annotations

import argparse
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import webbrowser
from pathlib import Path

from . import __version__
from .language import gettext

FOLDER = "lrlab-lessons"
FIRST_PORT, PORTS = 8888, 50
PATIENCE = 120  # seconds for JupyterLab to answer


class Refused(Exception):
    """What cannot be done, in one sentence for whoever asked for it."""


def shipped() -> dict[str, Path]:
    """The lessons that come with lrlab: {file name: path}, from the package or from a clone of the repository."""
    here = Path(__file__).resolve().parent
    for folder in (here / "_lessons", here.parent / "lessons"):
        found = {path.name: path for path in sorted(folder.glob("*.ipynb"))}
        if found:
            return found
    raise Refused("the lessons are missing from this installation. Install lrlab again: pip install --force-reinstall lrlab")


def copy_lessons(folder: Path) -> tuple[list[str], list[str]]:
    """Put the lessons into a folder, never over a file that is there. Returns the names (copied, kept)."""
    if folder.exists() and not folder.is_dir():
        raise Refused(f"{folder} is a file. Give the name of a folder: lrlab start FOLDER")
    copied, kept = [], []
    for name, source in shipped().items():
        target = folder / name
        if target.exists():
            kept.append(name)
            continue
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _write_new(target, source.read_bytes())
        except OSError as reason:
            raise Refused(
                f"{target} cannot be written ({reason.strerror or reason}). Free some space, or give a folder of your own: "
                "lrlab start FOLDER"
            ) from reason
        copied.append(name)
    return copied, kept


def _write_new(target: Path, content: bytes) -> None:
    """Write a file that is not there yet; leave nothing behind if that fails half-way."""
    with open(target, "xb") as file:
        try:
            file.write(content)
            file.flush()
        except OSError:
            target.unlink()
            raise


def start(folder: Path, port: int | None, browser: bool, lab: bool) -> int:
    copied, kept = copy_lessons(folder)
    print(gettext(f"lrlab: lessons in {folder}: {len(copied)} copied, {len(kept)} already there and left as they are"), flush=True)
    if not lab:
        return 0
    port = _free_port(port)
    token = os.environ.get("JUPYTER_TOKEN") or secrets.token_hex(16)
    with tempfile.TemporaryFile() as log:
        server = subprocess.Popen(
            _lab_command(folder, port), env=_lab_environment(token), stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
        # both ways to end it stop the server too, also where a shell started this with Ctrl-C switched off
        for end in (signal.SIGINT, signal.SIGTERM):
            signal.signal(end, signal.default_int_handler)
        try:
            print(gettext(f"lrlab: JupyterLab is starting on port {port}; stop it with Ctrl-C"), flush=True)
            _wait_until_it_answers(server, port, token, log)
            address = f"http://127.0.0.1:{port}/lab/tree/{_next_lesson(folder)}?token={token}"
            if browser:
                webbrowser.open(address)
            print(address, flush=True)
            server.wait()
        except KeyboardInterrupt:
            print(gettext("\nlrlab: stopped. Your lessons and your progress stay where they are."), flush=True)
            return 0
        finally:
            server.terminate()
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()
    return server.returncode


def _lab_command(folder, port):
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser",
        "--ServerApp.answer_yes=True", "--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}", "--ServerApp.port_retries=0",
        f"--ServerApp.root_dir={folder.resolve()}",
        "--LabApp.news_url=None", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]  # fmt: skip
    # in a container the user is often root, whom Jupyter refuses without being told
    return command + ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else command


def _lab_environment(token):
    ours = str(Path(__file__).resolve().parent / "jupyter")
    theirs = os.environ.get("JUPYTER_CONFIG_PATH")
    # small networks train several times faster on one thread of the linear algebra library than on many
    return {"OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"} | os.environ | {
        "JUPYTER_TOKEN": token,
        "JUPYTER_CONFIG_PATH": os.pathsep.join([ours, theirs] if theirs else [ours]),
    }


def _free_port(wanted: int | None) -> int:
    for port in [wanted] if wanted else range(FIRST_PORT, FIRST_PORT + PORTS):
        with socket.socket() as trial:
            if os.name != "nt":
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind(("127.0.0.1", port))
            except (OSError, OverflowError):
                continue
            return port
    tried = f"port {wanted} is" if wanted else f"the ports {FIRST_PORT} to {FIRST_PORT + PORTS - 1} are"
    raise Refused(f"{tried} in use or not allowed. Give another one: lrlab start --port 9000")


def _wait_until_it_answers(server, port, token, log):
    request = urllib.request.Request(f"http://127.0.0.1:{port}/api/status", headers={"Authorization": f"token {token}"})
    # straight to this machine, whatever proxy the environment names
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and server.poll() is None:
        try:
            with opener.open(request, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    log.seek(0)
    said = log.read().decode(errors="replace").strip().splitlines()[-5:]
    raise Refused("JupyterLab did not start. It said:\n  " + "\n  ".join(said or ["nothing"]))


def _next_lesson(folder: Path) -> str:
    """The first lesson with an exercise that is not passed yet."""
    from .course import lesson, numbers
    from .progress import Progress

    done = Progress(folder).read()
    names = sorted(shipped())
    for number in numbers():
        passed = done.get(number, {}).get("exercises", {})
        if not all(passed.get(exercise.id, {}).get("passed") for exercise in lesson(number).exercises):
            return next((name for name in names if name.startswith(number)), names[0])
    return names[0]


def _folder_with_progress(folder: Path | None) -> Path:
    from .progress import FILE

    if folder is not None:
        if not folder.is_dir():
            raise Refused(f"there is no folder {folder}. Give the folder with your lessons.")
        return folder
    return next((one for one in (Path("."), Path(FOLDER)) if (one / FILE).exists()), Path("."))


def progress(folder: Path | None, export: Path | None) -> int:
    from .progress import Progress

    folder = _folder_with_progress(folder)
    print(Progress(folder).summary())
    if export:
        from .teach import attendance

        try:
            attendance.export(folder, export)
        except OSError as reason:
            raise Refused(f"{export} cannot be written ({reason.strerror or reason}). Give another file.") from reason
        print(gettext(f"lrlab: written to {export}. It holds what is printed above, hints and tries included; you decide whom you give it to."))
    return 0


def reset(number: str, folder: Path | None) -> int:
    lessons = shipped()
    name = next((name for name in lessons if name == number or name.split("-")[0] == number.zfill(2)), None)
    if name is None:
        raise Refused(f"there is no lesson {number!r}. The lessons are {', '.join(name.split('-')[0] for name in lessons)}.")
    if folder is None:
        folder = next((one for one in (Path("."), Path(FOLDER)) if (one / name).exists()), None)
        if folder is None:
            raise Refused(f"there is no {name} here or in {FOLDER}. Give its folder: lrlab reset {number} FOLDER")
    target = folder / name
    try:
        if target.exists():
            aside = _free_name(target)
            target.rename(aside)
            print(gettext(f"lrlab: your copy is kept as {aside}"))
        _write_new(target, lessons[name].read_bytes())
    except OSError as reason:
        raise Refused(f"{target} cannot be replaced ({reason.strerror or reason}). Your work is not touched.") from reason
    print(gettext(f"lrlab: {target} is fresh. Your progress is kept."))
    return 0


def _free_name(target: Path) -> Path:
    stem = f"{target.stem}.mine-{time.strftime('%Y%m%d-%H%M%S')}"
    names = (target.with_name(f"{stem}{suffix}.ipynb") for suffix in ["", *(f"-{k}" for k in range(2, 1000))])
    return next(name for name in names if not name.exists())


def build(root: Path, check: bool) -> int:
    from .authoring import build

    return build(root, check=check)


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="lrlab", description="A course on learning-rate schedules and adaptive optimizers.")
    top.add_argument("--version", action="version", version=f"lrlab {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    one = commands.add_parser("start", help="copy the lessons to a folder of your own and open JupyterLab on it")
    one.add_argument("folder", nargs="?", type=Path, default=Path(FOLDER), help=f"where your copies are (default: {FOLDER})")
    one.add_argument("--port", type=int, help="port of JupyterLab (default: the first free one from 8888 on)")
    one.add_argument("--no-browser", dest="browser", action="store_false", help="only print the address")
    one.add_argument("--no-lab", dest="lab", action="store_false", help="only copy the lessons")
    one.set_defaults(run=start)

    one = commands.add_parser("progress", help="what is done, a line for each lesson")
    one.add_argument("folder", nargs="?", type=Path)
    one.add_argument("--export", metavar="FILE", type=Path, help="also write it to a file that you can hand in")
    one.set_defaults(run=progress)

    one = commands.add_parser("reset", help="a fresh copy of one lesson; yours is kept under another name")
    one.add_argument("number", metavar="LESSON", help="the number of the lesson, such as 03")
    one.add_argument("folder", nargs="?", type=Path)
    one.set_defaults(run=reset)

    one = commands.add_parser("build", help="make lessons/ from solutions/")
    one.add_argument("root", nargs="?", type=Path, default=Path("."), help="a clone of the repository (default: here)")
    one.add_argument("--check", action="store_true", help="only compare; fail on any difference")
    one.set_defaults(run=build)

    from .teach import command

    command.add(commands)
    return top


def main(arguments: list[str] | None = None) -> int:
    options = vars(parser().parse_args(arguments))
    options.pop("command"), options.pop("what", None)
    run = options.pop("run")
    try:
        return run(**options)
    except Refused as reason:
        print(gettext(f"lrlab: {reason}"), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
