"""A file that a sweep records its finished chunks in, and finds them again after a crash.

The file is a row of records, each complete in itself:

    mark (8 bytes) | length of the content (8 bytes) | the sweep's fingerprint (32) | SHA-256 of all this (32) | content

The first content is the description of the sweep (JSON), every other a chunk's results (npz). A record is written at the
end and flushed to the disk before the sweep goes on. If the process dies while it writes, the end of the file is an
unfinished record: it is cut off when the file is opened next. Bytes that are damaged elsewhere are skipped up to the
next mark, so that every whole record is found.
"""

from __future__ import annotations

import hashlib
import io
import json
import mmap
import os
import warnings
from pathlib import Path

import numpy as np

MARK = b"LRLABSW1"
HEAD = len(MARK) + 8 + 32 + 32

# Of longer values the message that names a difference shows the part around it.
LONG = 60


def fingerprint(description: dict) -> bytes:
    return hashlib.sha256(json.dumps(description, sort_keys=True).encode()).digest()


def record(print_: bytes, content: bytes) -> bytes:
    """One record, as the module's text lays it out."""
    head = MARK + len(content).to_bytes(8, "little") + print_
    return head + hashlib.sha256(head + content).digest() + content


def records(data):
    """Yield (begin, end, fingerprint, content) of every whole record, skipping what is damaged.

    >>> data = record(bytes(32), b"one") + b"rubbish" + record(bytes(32), b"two")
    >>> [content for _, _, _, content in records(data)]
    [b'one', b'two']
    """
    begin = data.find(MARK)
    while begin >= 0:
        length = int.from_bytes(data[begin + 8 : begin + 16], "little")
        end = begin + HEAD + length
        whole = end <= len(data)
        if whole:
            content = data[begin + HEAD : end]
            whole = hashlib.sha256(data[begin : begin + 48] + content).digest() == data[begin + 48 : begin + HEAD]
        if whole:
            yield begin, end, bytes(data[begin + 16 : begin + 48]), bytes(content)
        begin = data.find(MARK, end if whole else begin + 1)


def unfinished(tail: bytes) -> bool:
    """Whether these last bytes of a file are a record whose writing was cut short."""
    if not tail.startswith(MARK[: len(tail)]):
        return False
    return len(tail) < HEAD or HEAD + int.from_bytes(tail[8:16], "little") > len(tail)


class Store:
    """The store of one sweep: `chunks` is what was found in it, `append` records one more. Close it, or use `with`."""

    def __init__(self, path, description: dict):
        self.path, self.print = Path(path), fingerprint(description)
        if self.path.is_dir():
            raise ValueError(f"sweep: store must name a file, but {str(path)!r} is a folder. Give a file in it.")
        if not self.path.parent.is_dir():
            raise ValueError(f"sweep: the folder of the store {str(path)!r} does not exist. Make it first.")
        self.file = open(self.path, "r+b" if self.path.exists() else "x+b")
        try:
            self._lock()
            self.chunks = self._read(description)
        except BaseException:
            self.file.close()
            raise

    def _lock(self):
        try:
            import fcntl
        except ImportError:
            return
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ValueError(
                f"sweep: the store {str(self.path)!r} is in use by another process. Wait for it, or give another file."
            ) from None
        except OSError:
            # a file system without locks
            return

    def _read(self, description):
        size = os.fstat(self.file.fileno()).st_size
        found, chunks, end, damaged, described = 0, [], 0, 0, False
        if size:
            with mmap.mmap(self.file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                for begin, after, print_, content in records(data):
                    damaged, end, found = damaged + begin - end, after, found + 1
                    if content.startswith(b"{"):
                        described = True
                        self._compare(json.loads(content), description)
                    elif print_ != self.print:
                        self._compare({}, description)
                    else:
                        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
                            chunks.append(dict(arrays))
                tail = data[end:]
        if size and not found and not unfinished(tail):
            raise ValueError(
                f"sweep: {str(self.path)!r} is not the store of a sweep, or nothing in it can be read. Nothing was changed: "
                "give another file, or move this one away."
            )
        if size > end:
            # cut off only what a crash left behind; what is damaged stays as it is and is reported
            if unfinished(tail):
                self.file.truncate(end)
            else:
                damaged += size - end
        if damaged:
            whole = sum(len(chunk["replicas"]) for chunk in chunks)
            warnings.warn(
                f"sweep: the store {str(self.path)!r} is damaged: {damaged} bytes cannot be read. {whole} replicas in it are "
                "whole and kept; what is missing is trained again.",
                stacklevel=4,
            )
        self.file.seek(0, os.SEEK_END)
        if not described:
            self._write(json.dumps(description, sort_keys=True).encode())
            self._keep_name()
        return chunks

    def _compare(self, there, here):
        if there == here:
            return
        names = [name for name in {**here, **there} if there.get(name) != here.get(name)]
        each = "; ".join("{} ({} there, {} here)".format(name, *_apart(there.get(name), here.get(name))) for name in names)
        raise ValueError(
            f"sweep: the store {str(self.path)!r} belongs to another sweep. "
            + (f"They differ in {each}. " if there else "Its description is damaged. ")
            + "Give another file, or the call it was made with."
        )

    def _keep_name(self):
        # a new file is safe only when its folder is on the disk too
        try:
            folder = os.open(self.path.parent, os.O_RDONLY)
        except OSError:
            return
        try:
            os.fsync(folder)
        except OSError:
            pass
        finally:
            os.close(folder)

    def _write(self, content):
        self.file.write(record(self.print, content))
        self.file.flush()
        os.fsync(self.file.fileno())

    def append(self, chunk: dict):
        """Record a chunk: {name: array}, with the numbers of its replicas under 'replicas'. It is on the disk on return."""
        content = io.BytesIO()
        np.savez(content, **chunk)
        self._write(content.getvalue())

    def close(self):
        self.file.close()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()


def _apart(there, here):
    """Two values as text, each cut to the part around the first difference."""
    texts = [value if isinstance(value, str) else json.dumps(value) for value in (there, here)]
    first = next((k for k, (a, b) in enumerate(zip(*texts)) if a != b), min(map(len, texts)))
    begin = max(0, first - LONG // 2)
    return [
        text if len(text) <= LONG else "... " * (begin > 0) + text[begin : begin + LONG] + " ..." * (begin + LONG < len(text))
        for text in texts
    ]
