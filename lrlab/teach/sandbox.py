"""A process for a student's code, and what it is kept from.

Where bubblewrap (`bwrap`, Linux) works, the process sees a file system of its own: Python, its packages and a copy of
lrlab without the lessons' solutions, all read-only, and an empty folder in memory. It has no network, and its processes
are its own and end with it. Everywhere, limits hold on processor time, memory, printed output, the size of files and the number
of processes; under root the process gives up being root.
"""

from __future__ import annotations

import functools
import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent
SETTINGS = {"output": 1_000_000, "reply": 16_000_000}
KEPT_OUT = ("course", "_lessons", "jupyter", "lesson.py", "checking.py", "diagnosis.py", "authoring.py", "cli.py", "__pycache__")
OF_TEACH = ("__init__.py", "runner.py", "values.py")
STUB = '"""Not here: nothing is judged in this process."""\n\n\ndef __getattr__(name):\n    if name.startswith("__"):\n        raise AttributeError(name)\n    return lambda *given, **named: None\n'
FOLDER = "/lrlab-folder"  # the only folder that can be written, with bubblewrap


@dataclass(frozen=True)
class Limits:
    """What a student's code may use. Seconds are of processor time; `patience` is by the clock, for code that only waits."""

    call_seconds: float = 5.0  # one call of an answer
    cell_seconds: float = 20.0  # one cell of a student
    setup_seconds: float = 120.0  # one cell of the lesson that an answer needs
    patience: float = 60.0
    memory: int = 2_000_000_000  # bytes
    file_size: int = 20_000_000
    folder_size: int = 64_000_000
    processes: int = 8

    def __post_init__(self):
        for name, value in asdict(self).items():
            if not value > 0:
                raise ValueError(f"Limits: {name} must be above 0, got {value}.")


class Ended(BaseException):
    """The sandboxed process is gone, or was ended because it did not answer. No `except Exception` hides it."""


def make_library(folder: Path) -> Path:
    """A copy of lrlab without solutions, checks or lessons; what notebooks call of those does nothing there."""
    target = folder / "library" / "lrlab"

    def kept_out(where, names):
        inside = Path(where).resolve()
        if inside == PACKAGE / "teach":
            return [name for name in names if name not in OF_TEACH]
        return [name for name in names if name in KEPT_OUT] if inside == PACKAGE else ["__pycache__"]

    shutil.copytree(PACKAGE, target, ignore=kept_out)
    for name in ("lesson.py", "checking.py", "diagnosis.py"):
        (target / name).write_text(STUB)
    (target / "course").mkdir()
    (target / "course" / "__init__.py").write_text(STUB)
    for path in [folder, folder / "library", target, *target.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    return folder / "library"


def bubblewrap() -> str | None:
    """The path of a bubblewrap that works here, or None."""
    return _bubblewrap(os.environ.get("PATH", ""))


@functools.cache
def _bubblewrap(path):
    program = shutil.which("bwrap", path=path)
    if program is None or sys.platform != "linux":
        return None
    trial = [program, *_apart(), "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev", "true"]
    try:
        return program if subprocess.run(trial, capture_output=True, timeout=60).returncode == 0 else None
    except (OSError, subprocess.TimeoutExpired):
        return None


def _is_root():
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _apart():
    """Options that part the process from the rest of the system."""
    options = ["--die-with-parent", "--new-session", "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts"]
    if _is_root():
        # the runner becomes another user before it runs anything; that takes these two rights
        return [*options, "--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    return [*options, "--unshare-user"]


def _places():
    """What Python needs: its own files and those of its packages."""
    sites = [Path(sysconfig.get_path(name)) for name in ("purelib", "platlib")]
    # packages may be lent from elsewhere by .pth files, but a clone of lrlab must not be among them
    sites += [Path(one) for one in sys.path if one.endswith(("site-packages", "dist-packages"))]
    return list(dict.fromkeys(site.resolve() for site in sites if site.is_dir()))


def _within(path: Path, other: Path) -> bool:
    return path == other or other in path.parents


def _mounts(library: Path, secrets: list[Path], limits: Limits):
    options = ["--perms", "0755", "--size", str(limits.folder_size), "--tmpfs", "/tmp"]
    places = []
    for name in ("/usr", "/bin", "/lib", "/lib32", "/lib64"):
        if os.path.islink(name):
            options += ["--symlink", os.readlink(name), name]
        elif os.path.isdir(name):
            places.append(Path(name))
    base = [Path(sys.base_prefix).resolve(), Path(sys.base_exec_prefix).resolve()]
    for place in [*base, *_places()]:
        if not any(_within(place, other) for other in places):
            places.append(place)
    for above in sorted({above for place in places for above in place.parents if str(above) not in ("/", "/tmp")}):
        if not any(_within(above, place) for place in places):
            options += ["--perms", "0755", "--dir", str(above)]  # readable by another user, whatever they are outside
    for place in places:
        options += ["--ro-bind", str(place), str(place)]
    for name in ("/etc/ld.so.cache", "/etc/alternatives"):
        options += ["--ro-bind-try", name, name]
    for secret in secrets:
        if secret.is_dir() and any(_within(secret, place) for place in places):
            options += ["--tmpfs", str(secret)]
    return [
        *options,
        "--ro-bind", str(library), "/lrlab-library",
        "--proc", "/proc", "--dev", "/dev", "--remount-ro", "/dev",
        "--perms", "1777", "--size", str(limits.folder_size), "--tmpfs", "/dev/shm",
        "--perms", "1777", "--size", str(limits.folder_size), "--tmpfs", FOLDER,
        "--remount-ro", "/tmp", "--remount-ro", "/", "--chdir", FOLDER,
    ]  # fmt: skip


def secrets(*more: Path) -> list[Path]:
    """What a student's code must not read: lrlab with its solutions, and the folders of this course."""
    beside = [PACKAGE.parent / name for name in ("solutions", "lessons", "tests")] if (PACKAGE.parent / "solutions").is_dir() else []
    return [PACKAGE, *beside, *(Path(one).resolve() for one in more)]


class Session:
    """A sandboxed process that answers requests, one after the other."""

    def __init__(self, library: Path, limits: Limits, program: str | None, kept_from: list[Path]):
        self.limits, self.number = limits, 0
        self.folder = None
        environment = {
            "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "LRLAB_QUIET": "1", "LRLAB_PROGRESS": "memory", "MPLBACKEND": "agg",
            "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "JOBLIB_MULTIPROCESSING": "0",
        }  # fmt: skip
        if program:
            inside, home = Path("/lrlab-library"), FOLDER
            before = [program, *_apart(), *_mounts(library, kept_from, limits)]
        else:
            self.folder = tempfile.TemporaryDirectory(prefix="lrlab-answer-", ignore_cleanup_errors=True)
            inside, home, before = library, self.folder.name, []
            os.chmod(home, 0o777)
        environment |= {"HOME": home, "TMPDIR": home, "MPLCONFIGDIR": home}
        settings = SETTINGS | {
            "path": [str(inside), *map(str, _places())],
            # a user of its own, so that the number of its processes can be counted
            "uid": 0x60000000 + os.getpid() % 0x1000000 if _is_root() else None,
            "limits": {
                "RLIMIT_AS": limits.memory, "RLIMIT_FSIZE": limits.file_size, "RLIMIT_NPROC": limits.processes, "RLIMIT_CORE": 0,
                "RLIMIT_NOFILE": 128, "RLIMIT_CPU": 900,
            },
        }  # fmt: skip
        command = [
            *before, os.path.realpath(getattr(sys, "_base_executable", sys.executable)), "-I", "-S", "-B",
            str(inside / "lrlab" / "teach" / "runner.py"), json.dumps(settings),
        ]  # fmt: skip
        self.said = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.said, env=environment, start_new_session=True,
            cwd="/" if program else home,
        )  # fmt: skip
        for pipe in (self.process.stdin, self.process.stdout):
            os.set_blocking(pipe.fileno(), False)
        self.left = b""
        if not self._exchange(b"", max(limits.patience, 120.0)).get("ready"):  # a busy machine takes its time
            self.close()
            raise RuntimeError("the sandboxed process did not start")

    def ask(self, do: str, seconds: float, **request) -> dict:
        """The reply to a request; `Ended` when there is none."""
        self.number += 1
        line = json.dumps({"n": self.number, "do": do, "seconds": seconds, **request}).encode() + b"\n"
        reply = self._exchange(line, max(self.limits.patience, 6 * seconds))
        if reply.get("n") != self.number or not isinstance(reply.get("error", {}), dict) or not isinstance(reply.get("changed", []), list):
            self.close()
            raise Ended("it wrote into the channel over which answers are returned")
        return reply

    def _exchange(self, line, patience):
        until = time.monotonic() + patience
        read, write = self.process.stdout.fileno(), self.process.stdin.fileno()
        parts = [self.left]
        size = len(self.left)
        with selectors.DefaultSelector() as ready:
            ready.register(read, selectors.EVENT_READ)
            if line:
                ready.register(write, selectors.EVENT_WRITE)
            while b"\n" not in parts[-1]:
                if (rest := until - time.monotonic()) <= 0:
                    self.close()
                    raise Ended(f"it was still waiting for something after {patience:.0f} seconds. Is there a sleep or an endless loop in it?")
                for key, _ in ready.select(rest):
                    try:
                        if key.fd == write:
                            line = line[os.write(write, line[:65536]) :]
                            if not line:
                                ready.unregister(write)
                            continue
                        part = os.read(read, 1 << 20)
                    except BlockingIOError:
                        continue
                    except OSError:
                        part = b""
                    size += len(part)
                    if not part or size > 2 * SETTINGS["reply"]:
                        raise Ended(self._last_words(size))
                    parts.append(part)
        text, _, self.left = b"".join(parts).partition(b"\n")
        try:
            reply = json.loads(text)
        except (ValueError, RecursionError):
            reply = None
        if not isinstance(reply, dict):
            self.close()
            raise Ended("it wrote into the channel over which answers are returned")
        return reply

    def _last_words(self, size):
        if size > 2 * SETTINGS["reply"]:
            self.close()
            return "it returned too much"
        try:
            code = self.process.wait(10)
        except subprocess.TimeoutExpired:
            code = None
        self.close()
        number = -code if code is not None and code < 0 else code - 128 if code is not None and code > 128 else 0
        if not self.number:
            self.said.seek(0)
            said = self.said.read(2000).decode(errors="replace").strip()
            raise RuntimeError(f"the sandboxed process did not start: {said or f'exit code {code}'}")
        if number == signal.SIGKILL:
            return "its process was killed by the system: it used too much memory or too much processor time"
        if number == signal.SIGSEGV:
            return "its process crashed (segmentation fault). Is there an endless recursion in it?"
        if number:
            return f"its process was ended by signal {number}"
        return f"it ended the whole process (exit code {code}), as os._exit does, or a change to what Python itself is made of"

    def close(self):
        for pipe in (self.process.stdin, self.process.stdout):
            try:
                pipe.close()
            except OSError:
                pass
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            self.process.kill()
        self.process.wait()
        if self.folder:
            self.folder.cleanup()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()
        self.said.close()


PROBES = {
    "network": "import socket\ns = socket.socket()\ns.settimeout(2)\ns.connect(('127.0.0.1', {port}))",
    "other files": "open({secret!r}).read()",
    "solutions": "import importlib.util, sys\nsys.path.append({root!r})\nopen({solutions!r}).read()",
    "writing": "open({outside!r}, 'w').write('x')",
    "memory": "x = bytearray({memory} + 1000)",
    "processes": "import os, signal\nmade = []\ntry:\n    for _ in range(3 * {processes}):\n        pid = os.fork()\n        if not pid:\n            signal.pause()\n        made.append(pid)\nfinally:\n    for pid in made:\n        os.kill(pid, signal.SIGKILL)",
    "endless loops": "while True: pass",
    "output": "while True: print('x' * 1000)",
}  # fmt: skip
WITHOUT = {
    "network": "student's code can use the network of this machine",
    "other files": "student's code can read every file that you can read, other students' among them",
    "solutions": "student's code can read the solutions in the installed package",
    "writing": "student's code can write wherever you can write",
    "memory": "student's code can use all memory",
    "processes": "student's code can start any number of processes (a fork bomb)",
    "endless loops": "student's code can run for ever",
    "output": "student's code can print without end",
}


def protection(program: str | None) -> dict[str, bool]:
    """Try what a hostile answer would try; {what: whether it was prevented}."""
    import socket

    limits = Limits(call_seconds=1.0)
    with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as server:
        secret, outside = Path(folder) / "secret", Path(folder) / "written"
        os.chmod(folder, 0o777)
        secret.write_text("x")
        facts = {
            "port": server.getsockname()[1], "secret": str(secret), "outside": str(outside), "root": str(PACKAGE.parent),
            "solutions": str(PACKAGE / "course" / "lesson_01.py"), "memory": limits.memory, "processes": limits.processes,
        }  # fmt: skip
        library = make_library(Path(folder))
        found = {}
        for what, code in PROBES.items():
            try:
                with Session(library, limits, program, secrets()) as session:
                    reply = session.ask("run", limits.call_seconds, name="probe", source=code.format(**facts))
                found[what] = "error" in reply
            except Ended:
                found[what] = True
        return found
