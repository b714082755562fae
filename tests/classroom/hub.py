"""A server for the room, with three learners at once who are system users. Run by `make classroom-test`, as root."""

import csv
import http.cookiejar
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from students import NAME, ROOT, SOLVED

GROUP = f"lrt{os.getpid()}"
LEARNERS = [GROUP + letter for letter in "abc"]
PATIENCE = 120
MAIN = "import sys; from lrlab.cli import main; sys.exit(main())"
VERSION = f"python{sys.version_info[0]}.{sys.version_info[1]}"


def reason_to_skip():
    if sys.platform != "linux":
        return "the server for a room needs Linux"
    if os.geteuid():
        return "it takes root to make the users of the system"
    missing = [name for name in ("useradd", "userdel", "groupadd", "chpasswd") if shutil.which(name) is None]
    return f"{missing[0]} is not there to make users with" if missing else ""


pytestmark = pytest.mark.skipif(bool(reason_to_skip()), reason=reason_to_skip())


def nobody_may(*command):
    try:
        return subprocess.run(command, user="nobody", extra_groups=[], cwd="/", capture_output=True).returncode == 0
    except (PermissionError, FileNotFoundError):
        return False


def python_for_all():
    """A Python of this version that every user may run."""
    for python in (Path(sys.base_prefix, "bin", VERSION), Path("/usr/bin", VERSION), Path("/usr/local/bin", VERSION)):
        if nobody_may(python, "-I", "-c", "import ssl, sqlite3, venv"):
            return python
    pytest.skip(f"there is no {VERSION} here that other users may run")


def put_into(target, source, leave_out=""):
    """What lies in a folder, put into another one: linked where every user can follow the link, else copied."""
    linked = nobody_may("/bin/ls", source)
    target.mkdir(exist_ok=True)
    for one in source.iterdir() if source.is_dir() else ():
        if not (leave_out and leave_out in one.name) and not (target / one.name).exists():
            if linked:
                (target / one.name).symlink_to(one)
            else:
                (shutil.copytree if one.is_dir() else shutil.copy)(one, target / one.name)


@pytest.fixture(scope="module")
def room():
    """An installation as docs/teaching.md says: readable by all, belonging to root, not editable."""
    folder = Path(tempfile.mkdtemp(prefix="lrlab-room-"))
    folder.chmod(0o755)
    try:
        subprocess.run([python_for_all(), "-m", "venv", "--without-pip", folder / "venv"], check=True)
        site = folder / "venv" / "lib" / VERSION / "site-packages"
        put_into(site, Path(sys.prefix) / "lib" / VERSION / "site-packages", leave_out="lrlab")
        for name in ("share", "etc"):
            put_into(folder / "venv" / name, Path(sys.prefix) / name)
        install = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-index", "--no-build-isolation", "--target", site, ROOT]
        subprocess.run(install, check=True)
        yield folder
    finally:
        for name in LEARNERS:
            if name in {user.pw_name for user in pwd.getpwall()}:
                subprocess.run(["userdel", "--remove", name], capture_output=True)
        subprocess.run(["groupdel", GROUP], capture_output=True)
        shutil.rmtree(folder)


class Hub:
    def __init__(self, room):
        with socket.socket() as trial:
            trial.bind(("127.0.0.1", 0))
            self.port = trial.getsockname()[1]
        self.folder = room / "hub"
        self.python = room / "venv" / "bin" / "python"
        (room / "names.txt").write_text("# our class\n" + "\n".join(LEARNERS) + "\n\n")
        self.names = room / "names.txt"

    def lrlab(self, *arguments):
        return [self.python, "-I", "-c", MAIN, *map(str, arguments)]

    def command(self, *more):
        return self.lrlab("teach", "hub", self.folder, "--group", GROUP, "--port", self.port, *more)

    def refusal(self, *more):
        done = subprocess.run(self.command(*more), capture_output=True, text=True, cwd="/", timeout=PATIENCE)
        assert done.returncode == 1, done.stdout + done.stderr
        return done.stderr

    def __enter__(self):
        self.process = subprocess.Popen(
            self.command("--users", self.names), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd="/"
        )
        self.said = []
        for line in self.process.stdout:
            self.said.append(line)
            if "may log in" in line:
                return self
        pytest.fail("".join(self.said))

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.said += self.process.communicate(timeout=2 * PATIENCE)[0].splitlines(True)
        return self.process.returncode

    def __exit__(self, *error):
        self.stop()


class Learner:
    """One browser: cookies, and a token that its own user asked for."""

    def __init__(self, hub, name, password):
        self.hub, self.name, self.password, self.token = hub, name, password, None
        self.cookies = http.cookiejar.CookieJar()
        self.open = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(self.cookies)).open

    def ask(self, method, path, body=None, form=None):
        """(status, text) of a request."""
        data = urllib.parse.urlencode(form).encode() if form else None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.hub.port}{path}", data, method=method)
        if body is not None:
            request.add_header("Content-Type", "application/json")
        if self.token:
            request.add_header("Authorization", f"token {self.token}")
        try:
            with self.open(request, timeout=PATIENCE) as reply:
                return reply.status, reply.read().decode()
        except urllib.error.HTTPError as reply:
            return reply.code, reply.read().decode()

    def xsrf(self):
        return next(cookie.value for cookie in self.cookies if cookie.name == "_xsrf" and cookie.path == "/hub/")

    def log_in(self):
        self.ask("GET", "/hub/login")
        form = {"username": self.name, "password": self.password, "_xsrf": self.xsrf()}
        status, _ = self.ask("POST", "/hub/login?next=/hub/token", form=form)
        if status != 200:
            return status
        status, text = self.ask("POST", f"/hub/api/users/{self.name}/tokens?_xsrf={self.xsrf()}", {})
        assert status == 201, text
        self.token = json.loads(text)["token"]
        self.cookies.clear()
        return 200

    def start_server(self):
        assert self.ask("POST", f"/hub/api/users/{self.name}/server", {})[0] in (201, 202)
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            if json.loads(self.ask("GET", f"/hub/api/users/{self.name}")[1])["server"]:
                return
            time.sleep(0.3)
        pytest.fail((self.hub.folder / "hub.log").read_text()[-3000:])

    def stop_server(self):
        assert self.ask("DELETE", f"/hub/api/users/{self.name}/server")[0] in (202, 204)
        until = time.monotonic() + PATIENCE
        while json.loads(self.ask("GET", f"/hub/api/users/{self.name}")[1])["servers"] and time.monotonic() < until:
            time.sleep(0.3)

    def start_kernel(self):
        status, text = self.ask("POST", f"/user/{self.name}/api/kernels", {"name": "python3"})
        assert status == 201, text
        self.kernel = json.loads(text)["id"]

    def run(self, source):
        """What a cell prints, with its error."""
        import websocket

        address = f"ws://127.0.0.1:{self.hub.port}/user/{self.name}/api/kernels/{self.kernel}/channels"
        channel = websocket.create_connection(address, header=[f"Authorization: token {self.token}"], timeout=PATIENCE)
        header = {"msg_id": uuid.uuid4().hex, "msg_type": "execute_request", "username": "", "session": uuid.uuid4().hex, "version": "5.3"}
        content = {"code": source, "silent": False, "store_history": False, "user_expressions": {}, "allow_stdin": False, "stop_on_error": True}
        channel.send(json.dumps({"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}))
        said = ""
        while True:
            message = json.loads(channel.recv())
            if message["parent_header"].get("msg_id") != header["msg_id"]:
                continue
            content = message["content"]
            if message["msg_type"] == "stream":
                said += content["text"]
            elif message["msg_type"] == "error":
                said += f"{content['ename']}: {content['evalue']}"
            elif message["msg_type"] == "status" and content["execution_state"] == "idle":
                channel.close()
                return said


def processes_of(names):
    users = {user.pw_uid for user in pwd.getpwall() if user.pw_name in names}
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if entry.stat().st_uid in users:
                    found.append((entry / "cmdline").read_text())
            except OSError:
                continue
    return found


def all_at_once(work, learners):
    together = threading.Barrier(len(learners))

    def one(learner):
        together.wait()
        return work(learner)

    with ThreadPoolExecutor(len(learners)) as pool:
        return list(pool.map(one, learners))


SAVE = """
import getpass, os, time
import numpy as np
from lrlab.schedules import Constant
begun = time.monotonic()
open("mine.txt", "w").write("of " + getpass.getuser())
time.sleep(3)
print(getpass.getuser(), Constant(0.1)(np.arange(2)).tolist(), begun, time.monotonic())
"""
TRY = """
import os
for path in {paths!r}:
    for what in (lambda: open(path).read(), lambda: os.listdir(path), lambda: open(path, "a"), lambda: os.rename(path, path + "x")):
        try:
            what()
            print("OPEN", path)
        except (PermissionError, NotADirectoryError, IsADirectoryError):
            pass
print("done")
"""
LEFT_RUNNING = """
import subprocess
subprocess.Popen("setsid sh -c 'sleep 4321 & sleep 4322' &", shell=True, start_new_session=True)
"""


@pytest.fixture(scope="module")
def class_(room):
    # what the teacher keeps on the same machine
    teacher = room / "teacher"
    shutil.copytree(ROOT / "solutions", teacher / "solutions")
    teacher.chmod(0o700)
    with Hub(room) as hub:
        passwords = dict(csv.reader(open(hub.folder / "passwords.csv")))
        assert list(passwords) == LEARNERS
        learners = [Learner(hub, name, passwords[name]) for name in LEARNERS]
        assert all_at_once(Learner.log_in, learners) == [200, 200, 200]
        all_at_once(Learner.start_server, learners)
        all_at_once(Learner.start_kernel, learners)
        yield hub, learners


def test_nobody_may_log_in_with_a_wrong_password_or_from_outside_the_group(class_):
    hub, learners = class_
    assert Learner(hub, learners[0].name, learners[1].password).log_in() == 403
    assert Learner(hub, "root", "").log_in() == 403


def test_three_learners_run_cells_at_the_same_time_and_save(class_):
    _, learners = class_
    said = [text.split() for text in all_at_once(lambda one: one.run(SAVE), learners)]
    assert [one[0] for one in said] == LEARNERS and all(one[1:3] == ["[0.1,", "0.1]"] for one in said), said
    assert max(float(one[3]) for one in said) < min(float(one[4]) for one in said)
    for learner in learners:
        status, text = learner.ask("GET", f"/user/{learner.name}/api/contents/mine.txt")
        assert (status, json.loads(text)["content"]) == (200, f"of {learner.name}")
        status, text = learner.ask("GET", f"/user/{learner.name}/api/contents/")
        assert NAME in {one["name"] for one in json.loads(text)["content"]}


def test_nobody_reads_or_changes_what_is_not_theirs(class_):
    hub, learners = class_
    all_at_once(lambda one: one.run("open('mine.txt', 'w').write('mine')"), learners)
    teacher = hub.folder.parent / "teacher"
    for learner in learners:
        homes = [Path(pwd.getpwnam(name).pw_dir) for name in LEARNERS if name != learner.name]
        paths = [*homes, *(home / "lrlab-lessons" / "mine.txt" for home in homes), *(home / "lrlab-lessons" for home in homes)]
        paths += [teacher / "solutions", teacher / "solutions" / NAME]
        paths += [hub.folder, *(hub.folder / name for name in ("passwords.csv", "cookie-secret", "jupyterhub.sqlite", "hub.log", "jupyterhub_config.py"))]
        assert all(path.exists() for path in paths)
        assert learner.run(TRY.format(paths=[str(path) for path in paths])) == "done\n"
        assert learner.run("import lrlab; open(lrlab.__file__, 'a')").startswith("PermissionError")
        assert learner.run("open(lrlab.__path__[0] + '/more.py', 'w')").startswith("PermissionError")


def test_nobody_reaches_the_server_or_the_account_of_another(class_):
    _, (anna, ben, _) = class_
    assert anna.ask("GET", f"/user/{anna.name}/api/kernels")[0] == 200
    assert ben.ask("GET", f"/user/{anna.name}/api/kernels")[0] == 403
    assert ben.ask("GET", f"/user/{anna.name}/api/contents/mine.txt")[0] == 403
    assert ben.ask("DELETE", f"/hub/api/users/{anna.name}/server")[0] in (403, 404)
    assert ben.ask("POST", f"/hub/api/users/{anna.name}/tokens", {})[0] in (403, 404)
    # a port of a kernel would let every user of the machine listen to its output
    assert '"ipc"' in anna.run("from ipykernel.connect import get_connection_info; print(get_connection_info())")
    assert ben.run(f"import os; print(os.listdir('/proc/' + str({os.getpid()})))").count("environ") == 1
    assert ben.run("open('/proc/%d/environ').read()" % class_[0].process.pid).startswith("PermissionError")


def test_new_files_are_private_and_memory_and_processes_have_limits(class_):
    _, (anna, ben, _) = class_
    path = f"/tmp/{anna.name}.txt"
    assert anna.run(f"open({path!r}, 'w').write('x')") == ""
    assert ben.run(f"open({path!r}).read()").startswith("PermissionError")
    assert anna.run(f"import os; os.remove({path!r}); x = bytearray(3 * 10**9)").startswith("MemoryError")
    assert anna.run("import resource; print(resource.getrlimit(resource.RLIMIT_NPROC))") == "(512, 512)\n"


def test_work_is_never_overwritten_and_a_missing_lesson_comes_back(class_):
    _, (anna, *_) = class_
    assert anna.run(f"import os; open({NAME!r}, 'w').write({json.dumps(SOLVED)!r}); os.remove('01-what-a-step-is.ipynb')") == ""
    anna.stop_server()
    anna.start_server(), anna.start_kernel()
    assert anna.run(f"import json, os; print(len(json.load(open({NAME!r}))['cells']), os.path.exists('01-what-a-step-is.ipynb'))") == f"{len(SOLVED['cells'])} True\n"


def test_work_is_collected_for_grading_and_a_link_to_anothers_work_is_not(class_):
    hub, (anna, ben, carl) = class_
    home = pwd.getpwnam(anna.name).pw_dir
    assert ben.run(f"import os; os.remove({NAME!r}); os.symlink('{home}/lrlab-lessons/{NAME}', {NAME!r})") == ""
    assert carl.run(f"import os, shutil; shutil.move('../lrlab-lessons', '../aside'); os.symlink('{home}/lrlab-lessons', '../lrlab-lessons')") == ""
    out = hub.folder.parent / "collected"
    done = subprocess.run(hub.command("--collect", out), capture_output=True, text=True, cwd="/")
    assert done.returncode == 0 and f"not copied: {ben.name}: {NAME}" in done.stdout, done.stdout + done.stderr
    assert json.loads((out / anna.name / NAME).read_text()) == SOLVED
    assert not (out / ben.name / NAME).exists() and (out / ben.name / "01-what-a-step-is.ipynb").exists()
    assert not (out / carl.name).exists() and out.stat().st_mode & 0o077 == 0
    command = ["teach", "grade", str(out), "--lesson", "02", "-j", "1"]
    done = subprocess.run([sys.executable, "-c", MAIN, *command], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    rows = {row["student"]: row for row in csv.DictReader(open(hub.folder.parent / "collected-grades" / "grades.csv"))}
    assert float(rows[anna.name]["points"]) == 12


def test_stopping_leaves_no_process_and_the_work(class_):
    hub, learners = class_
    for learner in learners:
        learner.run(LEFT_RUNNING)
    assert len([one for one in processes_of(LEARNERS) if "sleep" in one]) >= 3
    assert hub.stop() == 0, (hub.folder / "hub.log").read_text()[-3000:]
    assert processes_of(LEARNERS) == []
    with socket.socket() as trial:
        assert trial.connect_ex(("127.0.0.1", hub.port)) != 0
    assert Path(pwd.getpwnam(LEARNERS[0]).pw_dir, "lrlab-lessons", NAME).exists()


def test_what_would_not_be_safe_is_refused(class_):
    hub, _ = class_
    hub.stop()
    home = Path(pwd.getpwnam(LEARNERS[0]).pw_dir)
    home.chmod(0o755)
    assert f"others can look into the home of {LEARNERS[0]}" in hub.refusal()
    home.chmod(0o700)
    package = hub.folder.parent / "venv" / "lib" / VERSION / "site-packages" / "lrlab"
    package.chmod(0o777)
    assert f"users can change {package}" in hub.refusal()
    package.chmod(0o755)
    shutil.copytree(ROOT / "solutions", package.parent / "solutions")
    assert "users can read the solutions" in hub.refusal()
    shutil.rmtree(package.parent / "solutions")
    hub.folder.chmod(0o755)
    assert "others can look into" in hub.refusal()
    hub.folder.chmod(0o700)
    assert "root is a user of this machine and not of the group" in hub.refusal("--add", "root")
    assert "cannot be the name of a user" in hub.refusal("--add", "Anna")
