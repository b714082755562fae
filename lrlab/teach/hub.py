"""A server for the room: JupyterHub on one Linux machine, where every learner is a user of the system.

A learner's server, kernels and terminals run as the learner's own system user, so that the system itself keeps them apart:
homes have mode 700, new files are private, and kernels talk over sockets in the home, not over ports. Nothing here is a
lock of our own. Only JupyterHub and its proxy run as root, for which PAM checks the passwords.

    add_users    make the users that the teacher named, with a password each
    troubles     what must be put right before the server is safe
    run          start the hub, wait, stop it and all that it started
    collect      copy the learners' notebooks, each read as its own learner
    serve        what runs as a learner: copies the lessons, sets limits, becomes the server
"""

from __future__ import annotations

import csv
import ctypes
import grp
import importlib.util
import json
import os
import pwd
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import time
import urllib.error
import urllib.request
from pathlib import Path

from .. import cli

GROUP = "lrlab"
PASSWORDS = "passwords.csv"
CONFIG = "jupyterhub_config.py"
OWN = "jupyterhub_config_own.py"
LOG = "hub.log"
NAME = re.compile(r"[a-z][a-z0-9_-]{0,30}")
LARGEST = 20_000_000  # bytes of one notebook
PROCESSES = 512  # of one learner, threads among them
PATIENCE = 120  # seconds for the hub to answer, and to end


class Wrong(ValueError):
    """What stands in the way, in a sentence for the teacher."""


# Users


def read_names(text: str) -> list[str]:
    """Names of users, one a line; empty lines and what follows a # do not count."""
    names = [line.split("#")[0].strip() for line in text.splitlines()]
    return check_names([name for name in names if name])


def check_names(names: list[str]) -> list[str]:
    for name in names:
        if not NAME.fullmatch(name):
            raise Wrong(f"{name!r} cannot be the name of a user. Take 1 to 31 of a-z, 0-9, - and _, a letter first.")
    return list(dict.fromkeys(names))


def members(group: str) -> list[pwd.struct_passwd]:
    """The users of a group, by name: those who may log in."""
    try:
        found = grp.getgrnam(group)
    except KeyError:
        return []
    return sorted(user for user in pwd.getpwall() if user.pw_name in found.gr_mem or user.pw_gid == found.gr_gid)


def _password() -> str:
    """Six syllables: easy to type from a slip of paper, 10^11 possibilities."""
    made = "".join(secrets.choice("bdfghjkmnprstvwz") + secrets.choice("aeiou") for _ in range(6))
    return "-".join((made[:4], made[4:8], made[8:]))


def _system(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, **options)
    if done.returncode:
        raise Wrong(f"{command[0]} failed: {done.stderr.strip() or done.stdout.strip() or done.returncode}")


def add_users(names: list[str], group: str, folder: Path) -> list[str]:
    """Make the users that are missing, with passwords that are written into the folder. Returns the names made."""
    there = {user.pw_name for user in members(group)}
    missing = [name for name in check_names(names) if name not in there]
    taken = {user.pw_name for user in pwd.getpwall()}
    if strangers := [name for name in missing if name in taken]:
        raise Wrong(f"{strangers[0]} is a user of this machine and not of the group {group}. Take another name; no user was made.")
    if missing and group not in {one.gr_name for one in grp.getgrall()}:
        _system("groupadd", group)
    shell = shutil.which("nologin") or "/usr/sbin/nologin"  # through the hub, and by no other door
    for name in missing:
        password = _password()
        _system("useradd", "--create-home", "--user-group", "--groups", group, "--shell", shell, "--comment", "lrlab", name)
        os.chmod(pwd.getpwnam(name).pw_dir, 0o700)
        _system("chpasswd", input=f"{name}:{password}\n")
        with open(folder / PASSWORDS, "a", newline="", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            csv.writer(file, lineterminator="\n").writerow((name, password))
    return missing


# What must hold

PROBE = """
import json, os, stat, sys
import jupyterhub, jupyterlab, lrlab
from pathlib import Path
package, clone = Path(lrlab.__file__).resolve().parent, Path(lrlab.__file__).resolve().parent.parent
inside = [package, *package.rglob("*")]
for place in {Path(one) for one in [sys.prefix, *sys.path] if os.path.isdir(one)}:
    inside += [place, *place.iterdir()]
above = {p for one in (package, Path(sys.prefix), Path(sys.executable).resolve()) for p in one.parents}
open_ = [p for p in above if os.access(p, os.W_OK) and not p.stat().st_mode & stat.S_ISVTX]
solutions = [p for p in (clone / "solutions").glob("*.ipynb") if os.access(p, os.R_OK)] if os.access(clone / "solutions", os.R_OK) else []
print(json.dumps({"writable": sorted({str(p) for p in inside if os.access(p, os.W_OK)} | set(map(str, open_))), "solutions": sorted(map(str, solutions))}))
"""


def _as(user: pwd.struct_passwd) -> dict:
    """Options for subprocess: run as a user of the system, with nothing of ours."""
    return {
        "user": user.pw_uid, "group": user.pw_gid, "extra_groups": [], "cwd": "/", "stdin": subprocess.DEVNULL,
        "env": {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": user.pw_dir},
    }  # fmt: skip


def troubles(users: list[pwd.struct_passwd]) -> list[str]:
    """What must be put right before these users can work here, apart from one another. Tried as the first of them."""
    found = []
    for user in users:
        if user.pw_uid == 0:
            found.append(f"{user.pw_name} is root, who must not log in here. Take root out of the group.")
            continue
        try:
            home = os.stat(user.pw_dir)
        except OSError as reason:
            found.append(f"the home of {user.pw_name}, {user.pw_dir}, cannot be used ({reason.strerror}).")
            continue
        if home.st_mode & 0o077 or home.st_uid != user.pw_uid:
            found.append(f"others can look into the home of {user.pw_name}. Say: chown {user.pw_name} {user.pw_dir} && chmod 700 {user.pw_dir}")
    if found:
        return found
    try:
        done = subprocess.run([sys.executable, "-I", "-c", PROBE], capture_output=True, text=True, timeout=PATIENCE, **_as(users[0]))
        seen = json.loads(done.stdout) if done.returncode == 0 else None
        said = done.stderr.strip().splitlines()[-1:]
    except (OSError, ValueError, subprocess.TimeoutExpired) as reason:
        seen, said = None, [str(reason)]
    if seen is None:
        return [
            f"users cannot run lrlab with {sys.executable} ({''.join(said)}). Install it where all may read, "
            "for example in /opt, with a Python that all may run."
        ]
    if seen["writable"]:
        found.append(f"users can change {seen['writable'][0]}. Give it to root, and take the right to write from others.")
    if seen["solutions"]:
        folder = Path(seen["solutions"][0]).parent
        found.append(f"users can read the solutions in {folder}. Say: chmod 700 {folder}, or install lrlab without --editable.")
    return found


# The hub


def configuration(folder: Path, group: str, ip: str, port: int, memory: float, certificate: Path | None, key: Path | None) -> str:
    """The text of JupyterHub's configuration."""
    api, hub = _free_ports(2)
    settings = {
        "JupyterHub.bind_url": f"{'https' if certificate else 'http'}://{ip}:{port}",
        "JupyterHub.hub_bind_url": f"http://127.0.0.1:{hub}",
        "JupyterHub.db_url": f"sqlite:///{folder / 'jupyterhub.sqlite'}",
        "JupyterHub.cookie_secret_file": str(folder / "cookie-secret"),
        "JupyterHub.authenticator_class": "jupyterhub.auth.PAMAuthenticator",
        "JupyterHub.spawner_class": "jupyterhub.spawner.LocalProcessSpawner",
        "PAMAuthenticator.allowed_groups": {group},
        "PAMAuthenticator.open_sessions": False,
        "PAMAuthenticator.delete_invalid_users": True,
        "ConfigurableHTTPProxy.api_url": f"http://127.0.0.1:{api}",
        "ConfigurableHTTPProxy.command": _proxy(certificate),
        "ConfigurableHTTPProxy.pid_file": str(folder / "proxy.pid"),
        "Spawner.cmd": [sys.executable, "-I", "-m", "lrlab.teach.hub"],
        "Spawner.args": [
            "--KernelManager.transport=ipc", "--LabApp.news_url=None",
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
            f"--ServerApp.terminado_settings=shell_command=['{shutil.which('bash') or '/bin/sh'}']",  # their own shell is nologin
        ],
        "Spawner.env_keep": ["LANG", "LC_ALL"],
        "Spawner.environment": {"PATH": os.pathsep.join([sysconfig.get_path("scripts"), "/usr/local/bin", "/usr/bin", "/bin"])},
        "Spawner.mem_limit": int(memory * 1e9),
        "Spawner.start_timeout": PATIENCE,
        "Spawner.http_timeout": PATIENCE,
        "LocalProcessSpawner.interrupt_timeout": 5,
        "LocalProcessSpawner.term_timeout": 5,
    }  # fmt: skip
    if certificate:
        settings |= {"JupyterHub.ssl_cert": str(certificate.resolve()), "JupyterHub.ssl_key": str(key.resolve())}
    lines = [f"c.{name} = {value!r}" for name, value in settings.items()]
    own = f"import os\n\nif os.path.exists({str(folder / OWN)!r}):\n    load_subconfig({str(folder / OWN)!r})"
    return f"# Written by `lrlab teach hub` at every start. Your own settings go into {OWN}.\n" + "\n".join(lines) + f"\n\n{own}\n"


def _proxy(certificate) -> list[str]:
    """The proxy in front of the hub: the one in Python, or for a certificate, which that one does not know, the one in Node."""
    if not certificate:
        return [sys.executable, "-I", "-c", "from configurable_http_proxy.cli import main; main()"]
    ours = os.path.realpath(sysconfig.get_path("scripts"))
    path = os.pathsep.join(one for one in os.environ.get("PATH", "").split(os.pathsep) if os.path.realpath(one) != ours)
    program = shutil.which("configurable-http-proxy", path=path)
    if program is None:
        raise Wrong("a certificate needs the proxy in Node, which is not there. Say: npm install -g configurable-http-proxy")
    return [program]


def _free_ports(count):
    trials = [socket.socket() for _ in range(count)]
    for trial in trials:
        trial.bind(("127.0.0.1", 0))
    ports = [trial.getsockname()[1] for trial in trials]
    for trial in trials:
        trial.close()
    return ports


def possible() -> None:
    """`Wrong` unless this process may start servers as other users."""
    if os.geteuid():
        raise Wrong("the server for a room must be started by root, because each learner's server runs as that learner: sudo lrlab teach hub")


def prepare(folder: Path) -> Path:
    """The folder of the hub, for root alone: passwords, cookies, the log."""
    folder = folder.resolve()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    seen = folder.stat()
    if seen.st_mode & 0o077 or seen.st_uid != os.geteuid():
        raise Wrong(f"others can look into {folder}, where passwords and cookies lie. Give another folder, or say: chown root {folder} && chmod 700 {folder}")
    return folder


def run(folder: Path, group: str, ip: str, port: int, memory: float, certificate: Path | None, key: Path | None) -> int:
    """Start the hub and wait for its end; leave no process behind."""
    for name in ("jupyterhub", "configurable_http_proxy"):
        if importlib.util.find_spec(name) is None:
            raise Wrong("JupyterHub is not installed. Say: pip install --constraint constraints.txt '.[hub]'")
    users = members(group)
    if not users:
        raise Wrong(f"nobody may log in: the group {group} has no users. Give names: --add anna ben, or --users names.txt")
    if found := troubles(users):
        raise Wrong("\n  ".join(["this must be put right first:", *found]))
    cli._free_port(port)
    text = configuration(folder, group, ip, port, memory, certificate, key)
    os.umask(0o077)
    (folder / CONFIG).write_text(text)
    # whatever a learner leaves running becomes our child when its parent ends, and is ended with us
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER
    with open(folder / LOG, "ab") as log:
        begun = log.tell()
        command = [sys.executable, "-I", "-m", "jupyterhub", "-f", str(folder / CONFIG)]
        ends = [signal.SIGINT, signal.SIGTERM] + ([signal.SIGHUP] if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN else [])
        for end in ends:
            signal.signal(end, signal.default_int_handler)
        hub = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        try:
            address = f"{'https' if certificate else 'http'}://{'127.0.0.1' if ip in ('', '0.0.0.0') else ip}:{port}"
            _wait(hub, address, folder / LOG, begun)
            print(f"lrlab: {len(users)} users may log in at {address}; stop it with Ctrl-C; the log is {folder / LOG}", flush=True)
            hub.wait()
        except KeyboardInterrupt:
            pass
        finally:
            for end in ends:
                signal.signal(end, signal.SIG_IGN)
            hub.terminate()
            try:
                hub.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                hub.kill()
                hub.wait()
            _end_children()
    print("lrlab: stopped. The learners' work stays in their homes.", flush=True)
    return 0 if hub.returncode in (0, -signal.SIGTERM) else 1


def _wait(hub, address, log, begun):
    import ssl

    # this machine asks itself; whether the certificate suits its public name is the browsers' business
    context = ssl._create_unverified_context()
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and hub.poll() is None:
        try:
            with opener.open(f"{address}/hub/api/", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    said = log.read_bytes()[begun:].decode(errors="replace").strip().splitlines()[-5:]
    raise Wrong("\n  ".join(["JupyterHub did not start. It said:", *said]))


def _children():
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                after_name = Path("/proc", entry, "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(after_name[1]) == os.getpid():
                found.append(int(entry))
    return found


def _end_children():
    """End all processes that were started here; those of an ended one become ours and are next."""
    until = time.monotonic() + PATIENCE
    while (children := _children()) and time.monotonic() < until:
        for child in children:
            os.kill(child, signal.SIGKILL)
        for child in children:
            os.waitpid(child, 0)


# Work

READ = """
import os, stat, sys
file = os.open(sys.argv[1], os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
seen = os.fstat(file)
if not stat.S_ISREG(seen.st_mode):
    sys.exit("it is no file")
while part := os.read(file, 1 << 20):
    os.write(1, part)
"""


def _read_as(user, path):
    """A file as its user can read it, so that a link to what is not theirs leads nowhere."""
    command = [sys.executable, "-I", "-S", "-c", READ, path]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, **_as(user)) as process:
        content = process.stdout.read(LARGEST + 1)
        if len(content) > LARGEST:
            process.kill()
    return content if process.returncode == 0 else None


def collect(group: str, out: Path) -> tuple[int, list[str]]:
    """Copy every learner's lessons to OUT/NAME/NN-slug.ipynb. Returns (number copied, what could not be copied)."""
    out = prepare(out)
    copied, left = 0, []
    for user in members(group):
        for name in cli.shipped():
            path = os.path.join(user.pw_dir, cli.FOLDER, name)
            if not os.path.lexists(path):
                continue
            content = _read_as(user, path)
            if content is None:
                left.append(f"{user.pw_name}: {name} is no file of theirs, or larger than {LARGEST / 1e6:.0f} MB")
                continue
            target = out / user.pw_name / name
            target.parent.mkdir(mode=0o700, exist_ok=True)
            target.write_bytes(content)
            copied += 1
    return copied, left


# As a learner


def serve(arguments: list[str]) -> None:
    """Copy the lessons that are missing, set the limits, and become the learner's server."""
    import resource

    os.umask(0o077)
    home = Path.home()
    folder = home / cli.FOLDER
    try:
        cli.copy_lessons(folder)
    except cli.Refused as reason:
        print(f"lrlab: {reason}", file=sys.stderr)
        folder = folder if folder.is_dir() else home
    os.chdir(folder)
    environment = cli._lab_environment("")
    del environment["JUPYTER_TOKEN"]
    # short, for the path of a socket has at most 107 characters
    environment["JUPYTER_RUNTIME_DIR"] = str(home / ".jupyter-run")
    environment["JUPYTERHUB_DEFAULT_URL"] = f"/lab/tree/{cli._next_lesson(folder)}"
    for what, most in ((resource.RLIMIT_AS, int(os.environ.get("MEM_LIMIT", 0))), (resource.RLIMIT_NPROC, PROCESSES)):
        if most:
            resource.setrlimit(what, (most, most))
    command = [sys.executable, "-I", "-m", "jupyterhub.singleuser", f"--ServerApp.root_dir={folder}", *arguments]
    os.execve(sys.executable, command, environment)


if __name__ == "__main__":
    serve(sys.argv[1:])
