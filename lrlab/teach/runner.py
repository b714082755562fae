"""What runs in the sandboxed process: the cells of a student, and calls of the functions that they define.

It reads requests from standard input and writes replies to standard output, a line of JSON each. It never sees an
expected value: it only says what the student's code gives for the cases that it is asked for. It is started by
`sandbox.Session` with its settings as a JSON text.
"""

import json
import os
import signal
import sys


class TooLong(BaseException):
    """The code used more processor time than it may. No `except Exception` of its own catches it."""


class TooMuchOutput(BaseException):
    """The code printed more than it may."""


class Bounded:
    """Standard output for the student's code: counted, thrown away, and ended when it is too much."""

    encoding, errors = "utf-8", "replace"

    def __init__(self, most):
        self.most = self.left = most

    def write(self, text):
        self.left -= len(text)
        if self.left < 0:
            raise TooMuchOutput(f"it printed more than {self.most // 1000} kB")
        return len(text)

    def writelines(self, lines):
        for line in lines:
            self.write(line)

    def flush(self): ...

    def isatty(self):
        return False


def limit(settings):
    """Resource limits that only root could raise again; under root, give up being root."""
    import resource

    uid = settings["uid"]
    if uid is not None and os.geteuid() == 0 and _works_as(uid, settings["path"]):
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    for name, most in settings["limits"].items():
        kind = getattr(resource, name, None)
        if kind is None:
            continue
        hard = resource.getrlimit(kind)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        try:
            resource.setrlimit(kind, (most, most))
        except (ValueError, OSError):
            pass  # macOS knows some of the names and refuses them; `lrlab teach protection` tries each


def _works_as(uid, path):
    """Whether Python's own files can be read by that user."""
    os.setegid(uid)
    os.seteuid(uid)
    try:
        places = [*path, os.path.dirname(os.__file__), os.getcwd()]
        return all(os.access(place, os.R_OK | os.X_OK, effective_ids=True) for place in places)
    finally:
        os.seteuid(0)
        os.setegid(0)


def trouble(raised, names):
    """An exception as data: its type, its text, and the last line of the student's code that it went through."""
    import linecache
    import traceback

    place = None
    if isinstance(raised, SyntaxError) and raised.filename in names:
        place = [raised.filename, raised.lineno, (raised.text or "").strip()]
    for frame, number in traceback.walk_tb(raised.__traceback__):
        name = frame.f_code.co_filename
        if name in names:
            place = [name, number, linecache.getline(name, number).strip()]
    try:
        said = str(raised.args[0]) if isinstance(raised, SyntaxError) and raised.args else str(raised)
    except BaseException as second:
        said = f"(its text cannot be written: {type(second).__name__})"
    return {"type": type(raised).__name__, "module": type(raised).__module__, "text": said[:1000], "place": place}


class Nothing:
    """In the place of IPython: every method of it does nothing."""

    def __getattr__(self, name):
        return lambda *given, **named: None


class Runner:
    def __init__(self, values, output, requests, replies):
        self.values, self.output, self.requests, self.replies = values, output, requests, replies
        self.number = None
        self.names, self.process = set(), os.getpid()
        self.space = {"__name__": "__main__", "display": lambda *a, **k: None, "get_ipython": Nothing}
        self.function = None

    def run(self, request):
        import linecache

        name, source = request["name"], request["source"]
        self.names.add(name)
        linecache.cache[name] = (len(source), None, source.splitlines(True), name)
        exec(compile(source, name, "exec", dont_inherit=True), self.space)
        return {}

    def bind(self, request):
        value = eval(request["expression"], self.space)
        self.function = value
        if callable(value) and not isinstance(value, type(...)):
            return {"function": True}
        return {"value": self.values.encode(value)}

    def call(self, request):
        import numpy as np

        arguments = [
            self.theirs(place) if isinstance(one, dict) and "call" in one else self.values.decode(one)
            for place, one in enumerate(request["arguments"])
        ]
        before = [json.dumps(self.values.encode(one)) for one in arguments]
        with np.errstate(all="ignore"):
            value = self.function(*arguments)
        after = [self.values.encode(one) for one in arguments]
        changed = [[i, one] for i, one in enumerate(after) if json.dumps(one) != before[i]]
        return {"value": self.values.encode(value), "changed": changed}

    def theirs(self, place):
        """A function among the arguments stays with the judge: calling it here asks there."""

        def function(*given):
            question = {"ask": place, "arguments": [self.values.encode(one) for one in given]}
            self.replies.write(_line(self.number, question))
            self.replies.flush()
            answer = json.loads(self.requests.readline())
            self.number = answer["n"]
            if "raised" in answer:
                raise ValueError(answer["raised"])
            return self.values.decode(answer["value"])

        return function

    def answer(self, request):
        self.number = request["n"]
        self.output.left = self.output.most
        sys.stdout = sys.stderr = self.output
        # again and again: code that catches everything is stopped at its next line too
        signal.setitimer(signal.ITIMER_PROF, request["seconds"], 0.2)
        try:
            return {"run": self.run, "bind": self.bind, "call": self.call}[request["do"]](request)
        except BaseException as raised:
            signal.setitimer(signal.ITIMER_PROF, 0)
            return {"error": trouble(raised, self.names)}
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            if os.getpid() != self.process:  # a process that the student's code started must not reply
                os._exit(0)


def main():
    settings = json.loads(sys.argv[1])
    sys.path[:] = [*settings["path"], *sys.path]
    # the pipes move away from 0 and 1, which the student's code may use
    requests = os.fdopen(os.dup(0), "rb")
    replies = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    import warnings

    from lrlab.teach import values

    warnings.simplefilter("ignore")
    limit(settings)
    replies.write(b'{"ready": true}\n')
    replies.flush()
    for number in (0, 1, 2):
        os.dup2(nothing, number)

    def stop(signum, frame):
        raise TooLong(f"it used more than {seconds:g} seconds of processor time. Does every loop in it end?")

    seconds = 0.0
    signal.signal(signal.SIGPROF, stop)
    runner = Runner(values, Bounded(settings["output"]), requests, replies)
    while line := requests.readline():
        request = json.loads(line)
        seconds = request["seconds"]
        try:
            found = runner.answer(request)
            reply = _line(runner.number, found)
            if len(reply) > settings["reply"]:
                reply = _line(runner.number, _error(ValueError, f"the result is too large to judge ({len(reply) // 1_000_000} MB)"))
        except TooLong as raised:  # the timer went off just after the student's code had returned
            reply = _line(runner.number, _error(TooLong, str(raised)))
        except MemoryError:
            reply = _line(runner.number, _error(MemoryError, ""))
        replies.write(reply)
        replies.flush()


def _line(number, reply):
    return json.dumps({"n": number, **reply}).encode() + b"\n"


def _error(kind, text):
    return {"error": {"type": kind.__name__, "module": kind.__module__, "text": text, "place": None}}


if __name__ == "__main__":
    main()
