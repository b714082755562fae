import errno
import json
import multiprocessing
import os
from pathlib import Path

import pytest

from lrlab import progress
from lrlab.course import lesson, numbers
from lrlab.progress import FILE, Progress


@pytest.fixture
def folder(tmp_path):
    return tmp_path


def content(folder):
    return json.loads((folder / FILE).read_text(encoding="utf-8"))


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def refusing(number):
    def refuse(*arguments, **options):
        raise OSError(number, os.strerror(number))

    return refuse


def test_what_is_recorded_is_read_by_the_next_kernel(folder):
    Progress(folder).put("exercises", "01-1", {"passed": True})
    Progress(folder).put("quiz", "01-quiz", {"right": 4, "of": 5})
    Progress(folder).put("missions", "02-m1", True)
    again = Progress(folder)
    assert again.read() == {
        "01": {"exercises": {"01-1": {"passed": True}}, "quiz": {"01-quiz": {"right": 4, "of": 5}}},
        "02": {"missions": {"02-m1": True}},
    }
    assert again.get("exercises", "01-1") == {"passed": True}
    assert again.get("exercises", "01-2", "none") == "none" and again.get("quiz", "77-quiz") is None
    assert content(folder)["version"] == 1 and names(folder) == [FILE]


def test_a_folder_without_progress_is_left_without_a_file(folder):
    assert Progress(folder).read() == {} and Progress(folder).get("exercises", "01-1", {}) == {}
    assert names(folder) == []


def test_in_memory_nothing_is_written(folder, monkeypatch):
    monkeypatch.chdir(folder)
    kept = Progress(None)
    kept.put("exercises", "01-1", {"passed": True})
    assert kept.get("exercises", "01-1") == {"passed": True} and kept.notice == "" and names(folder) == []


def test_two_open_notebooks_do_not_undo_each_other(folder):
    one, other = Progress(folder), Progress(folder)
    one.put("exercises", "01-1", {"passed": True})
    other.put("exercises", "02-1", {"passed": True})
    other.put("exercises", "01-2", {"hints": 1})
    one.put("missions", "01-m1", True)
    everything = {
        "01": {"exercises": {"01-1": {"passed": True}, "01-2": {"hints": 1}}, "missions": {"01-m1": True}},
        "02": {"exercises": {"02-1": {"passed": True}}},
    }
    assert one.read() == other.read() == content(folder)["lessons"] == everything


def test_the_later_record_of_one_item_stands(folder):
    one, other = Progress(folder), Progress(folder)
    one.put("exercises", "01-1", {"hints": 1})
    other.put("exercises", "01-1", {"hints": 2})
    one.put("exercises", "01-2", {"hints": 1})
    assert Progress(folder).get("exercises", "01-1") == {"hints": 2}


def record_many(folder, number):
    kept = Progress(folder)
    for count in range(40):
        kept.put("exercises", f"{number}-{count}", {"passed": True})


@pytest.mark.skipif(os.name == "nt", reason="Windows has no lock on a folder")
def test_two_notebooks_that_write_at_the_same_moment_lose_nothing(folder):
    start = multiprocessing.get_context("spawn").Process
    both = [start(target=record_many, args=(folder, number)) for number in ("01", "02")]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert [len(content(folder)["lessons"][number]["exercises"]) for number in ("01", "02")] == [40, 40]
    assert names(folder) == [FILE]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no lock on a folder")
def test_a_notebook_that_holds_the_lock_for_ever_does_not_stop_the_others(folder, monkeypatch):
    monkeypatch.setattr("lrlab.progress.time.sleep", lambda seconds: None)
    with progress._alone_in(folder):
        Progress(folder).put("exercises", "01-1", {"passed": True})
    assert Progress(folder).get("exercises", "01-1") == {"passed": True}


def test_what_read_hands_out_can_be_changed_without_changing_the_record(folder):
    for kept in (Progress(folder), Progress(None)):
        kept.put("exercises", "01-1", {"tried": ["a"]})
        kept.read()["01"]["exercises"].clear()
        assert kept.get("exercises", "01-1") == {"tried": ["a"]}


@pytest.mark.parametrize("stop", [OSError(errno.EIO, "stopped"), KeyboardInterrupt(), SystemExit()])
def test_a_kernel_that_stops_between_writing_and_renaming_leaves_the_old_file_whole(folder, monkeypatch, stop):
    Progress(folder).put("exercises", "01-1", {"passed": True})
    before = (folder / FILE).read_bytes()

    def killed(*arguments):
        raise stop

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", killed)
        kept = Progress(folder)
        if isinstance(stop, OSError):
            kept.put("exercises", "01-2", {"passed": True})
        else:
            with pytest.raises(type(stop)):
                kept.put("exercises", "01-2", {"passed": True})
    assert (folder / FILE).read_bytes() == before and names(folder) == [FILE]
    assert kept.get("exercises", "01-2") == {"passed": True}
    kept.put("exercises", "01-3", {"passed": True})
    assert set(content(folder)["lessons"]["01"]["exercises"]) == {"01-1", "01-2", "01-3"}


def test_the_new_file_is_complete_before_it_takes_the_old_ones_place(folder, monkeypatch):
    Progress(folder).put("exercises", "01-1", {"passed": True})
    rename, seen = os.replace, []

    def watched(source, target):
        seen.append((json.loads(Path(source).read_text()), Path(source).parent == Path(target).parent))
        rename(source, target)

    monkeypatch.setattr(os, "replace", watched)
    Progress(folder).put("exercises", "01-2", {"passed": True})
    assert seen == [(content(folder), True)]


DAMAGE = {
    "empty": b"",
    "cut off": b'{"lessons": {"01": {"exercises": {"01-1": {"pas',
    "no UTF-8": b'{"lessons": {"01": {"exercises": {"01-1": {"note": "\xff\xfe"}}}}}',
    "UTF-16": '{"lessons": {}}'.encode("utf-16"),
    "zeros": bytes(4096),
    "no JSON": b"<<<<<<< HEAD\n",
    "a list": b"[]",
    "a number": b"3",
    "null": b"null",
    "no lessons": b'{"version": 1}',
    "lessons as a list": b'{"lessons": ["01"]}',
    "a lesson as a list": b'{"lessons": {"01": []}}',
    "a family as a text": b'{"lessons": {"01": {"exercises": "all"}}}',
    "an exercise as a number": b'{"lessons": {"01": {"exercises": {"01-1": 1}}}}',
    "a passed that is no yes": b'{"lessons": {"01": {"exercises": {"01-1": {"passed": "yes"}}}}}',
    "tries that are no list": b'{"lessons": {"01": {"exercises": {"01-1": {"tried": 3}}}}}',
    "a prediction without its choice": b'{"lessons": {"01": {"predictions": {"01-p1": {"right": true}}}}}',
    "a quiz without its number": b'{"lessons": {"01": {"quiz": {"01-quiz": {"right": 3}}}}}',
    "missions as a list": b'{"lessons": {"01": {"missions": ["01-m1"]}}}',
    "too deep": b'{"lessons": ' + b"[" * 100_000,
}


@pytest.mark.parametrize("damaged", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_file_is_put_aside_under_a_name_that_is_told_and_a_new_one_begins(folder, damaged):
    (folder / FILE).write_bytes(damaged)
    kept = Progress(folder)
    assert kept.read() == {}
    (aside,) = names(folder)
    assert aside.startswith("lrlab-progress.damaged-") and aside.endswith(".json")
    assert aside in kept.notice and "could not be read" in kept.notice
    assert (folder / aside).read_bytes() == damaged
    kept.put("exercises", "01-1", {"passed": True})
    assert names(folder) == [aside, FILE] and content(folder)["lessons"] == {"01": {"exercises": {"01-1": {"passed": True}}}}
    assert (folder / aside).read_bytes() == damaged
    assert kept.summary().endswith(kept.notice)


def test_several_damaged_files_are_all_kept(folder):
    for number in range(3):
        (folder / FILE).write_text(f"damage {number}")
        Progress(folder).read()
    assert sorted(path.read_text() for path in folder.iterdir()) == ["damage 0", "damage 1", "damage 2"]


@pytest.mark.parametrize("first", ["read", "put"])
def test_what_a_running_kernel_knows_survives_damage_to_its_file(folder, first):
    Progress(folder).put("missions", "01-m1", True)
    kept = Progress(folder)
    kept.put("exercises", "01-1", {"passed": True})
    (folder / FILE).write_text("{")
    if first == "read":
        assert kept.get("exercises", "01-1") == {"passed": True}
        assert kept.get("missions", "01-m1") is True
    kept.put("exercises", "01-2", {"passed": True})
    assert content(folder)["lessons"] == {
        "01": {"exercises": {"01-1": {"passed": True}, "01-2": {"passed": True}}, "missions": {"01-m1": True}}
    }


def test_a_kernel_that_has_only_read_its_file_also_knows_it(folder):
    Progress(folder).put("exercises", "01-1", {"passed": True})
    kept = Progress(folder)
    kept.read()
    (folder / FILE).write_text("{")
    kept.put("exercises", "01-2", {"passed": True})
    assert set(content(folder)["lessons"]["01"]["exercises"]) == {"01-1", "01-2"}


def test_a_file_that_its_learner_deletes_stays_deleted(folder):
    kept = Progress(folder)
    kept.put("exercises", "01-1", {"passed": True})
    (folder / FILE).unlink()
    assert kept.read() == {}
    kept.put("exercises", "01-2", {"passed": True})
    assert set(content(folder)["lessons"]["01"]["exercises"]) == {"01-2"}


def test_a_folder_in_the_files_place_is_put_aside_with_what_is_in_it(folder):
    (folder / FILE).mkdir()
    (folder / FILE / "notes.txt").write_text("mine")
    kept = Progress(folder)
    kept.put("exercises", "01-1", {"passed": True})
    aside, file = names(folder)
    assert file == FILE and (folder / aside / "notes.txt").read_text() == "mine" and aside in kept.notice
    assert Progress(folder).get("exercises", "01-1") == {"passed": True}


def test_what_the_file_holds_beyond_the_lessons_survives(folder):
    there = {
        "version": 1,
        "name": "Ada",
        "lessons": {
            "01": {"exercises": {"01-1": {"passed": True, "note": "hard"}, "01-99": {"passed": True}}, "colour": "red"},
            "77": {"puzzles": {"77-x": 3}},
        },
        "later": [1, 2],
    }
    (folder / FILE).write_text(json.dumps(there))
    kept = Progress(folder)
    kept.put("exercises", "01-2", {"hints": 1})
    there["lessons"]["01"]["exercises"]["01-2"] = {"hints": 1}
    assert content(folder) == there and kept.notice == "" and names(folder) == [FILE]


def test_a_file_of_a_later_version_keeps_its_version(folder):
    (folder / FILE).write_text('{"version": 2, "lessons": {}}')
    Progress(folder).put("missions", "01-m1", True)
    assert content(folder)["version"] == 2


FAULTS = {
    "a folder that cannot be written": ("tempfile.mkstemp", errno.EROFS),
    "a folder of somebody else's": ("tempfile.mkstemp", errno.EACCES),
    "a full disk": ("os.fsync", errno.ENOSPC),
    "a full quota": ("json.dump", errno.EDQUOT),
    "a file that another program holds": ("os.replace", errno.EACCES),
}


@pytest.mark.parametrize("where, number", FAULTS.values(), ids=FAULTS)
def test_what_cannot_be_saved_is_kept_with_a_notice_and_saved_as_soon_as_it_can_be(folder, monkeypatch, where, number):
    Progress(folder).put("exercises", "01-1", {"passed": True})
    before = (folder / FILE).read_bytes()
    kept = Progress(folder)
    with monkeypatch.context() as patch:
        patch.setattr(f"lrlab.progress.{where}", refusing(number))
        for item in ("01-2", "02-1"):
            kept.put("exercises", item, {"passed": True})
            assert kept.get("exercises", item) == {"passed": True}
            assert os.strerror(number) in kept.notice and str(folder / FILE) in kept.notice
        assert set(kept.read()["01"]["exercises"]) == {"01-1", "01-2"}
    assert (folder / FILE).read_bytes() == before and names(folder) == [FILE]
    kept.put("missions", "01-m1", True)
    assert kept.notice == ""
    assert content(folder)["lessons"] == {
        "01": {"exercises": {"01-1": {"passed": True}, "01-2": {"passed": True}}, "missions": {"01-m1": True}},
        "02": {"exercises": {"02-1": {"passed": True}}},
    }


def test_what_waits_to_be_saved_does_not_undo_another_notebook(folder, monkeypatch):
    kept, other = Progress(folder), Progress(folder)
    with monkeypatch.context() as patch:
        patch.setattr("lrlab.progress.tempfile.mkstemp", refusing(errno.ENOSPC))
        kept.put("exercises", "01-1", {"hints": 1})
    other.put("exercises", "02-1", {"passed": True})
    kept.put("exercises", "01-1", {"passed": True})
    assert content(folder)["lessons"] == {
        "01": {"exercises": {"01-1": {"passed": True}}}, "02": {"exercises": {"02-1": {"passed": True}}},
    }  # fmt: skip


@pytest.mark.parametrize("number", [errno.EACCES, errno.EIO, errno.EMFILE])
def test_a_file_that_cannot_be_opened_just_now_is_neither_moved_nor_overwritten(folder, monkeypatch, number):
    Progress(folder).put("exercises", "01-1", {"passed": True})
    before = (folder / FILE).read_bytes()
    kept = Progress(folder)
    assert kept.get("exercises", "01-1") == {"passed": True}
    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_text", refusing(number))
        kept.put("exercises", "01-2", {"passed": True})
        assert kept.get("exercises", "01-1") == kept.get("exercises", "01-2") == {"passed": True}
        assert "cannot be read" in kept.notice and os.strerror(number) in kept.notice
    assert (folder / FILE).read_bytes() == before and names(folder) == [FILE]
    kept.put("exercises", "01-3", {"passed": True})
    assert kept.notice == "" and set(content(folder)["lessons"]["01"]["exercises"]) == {"01-1", "01-2", "01-3"}


def test_a_damaged_file_that_cannot_be_moved_either_is_not_overwritten(folder, monkeypatch):
    (folder / FILE).write_text("{")
    kept = Progress(folder)
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", refusing(errno.EROFS))
        kept.put("exercises", "01-1", {"passed": True})
        assert kept.get("exercises", "01-1") == {"passed": True}
        assert "cannot be read or moved (Read-only file system)" in kept.notice
    assert (folder / FILE).read_text() == "{" and names(folder) == [FILE]
    kept.put("exercises", "01-2", {"passed": True})
    assert len(names(folder)) == 2 and set(content(folder)["lessons"]["01"]["exercises"]) == {"01-1", "01-2"}


def test_a_folder_that_is_gone_leaves_the_progress_in_memory(folder):
    kept = Progress(folder / "gone")
    kept.put("exercises", "01-1", {"passed": True})
    assert kept.get("exercises", "01-1") == {"passed": True} and "could not be saved" in kept.notice
    (folder / "gone").mkdir()
    kept.put("exercises", "01-2", {"passed": True})
    assert kept.notice == "" and set(content(folder / "gone")["lessons"]["01"]["exercises"]) == {"01-1", "01-2"}


def test_the_progress_lies_beside_the_notebook_that_runs(folder, monkeypatch):
    monkeypatch.delenv(progress.SWITCH, raising=False)
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    monkeypatch.chdir(folder)
    assert progress.current().path == folder / FILE and progress.current() is progress.current()


@pytest.mark.parametrize("variable, value", [(progress.SWITCH, "memory"), ("NBGRADER_EXECUTION", "autograde")])
def test_an_automatic_run_leaves_the_learners_file_alone(folder, monkeypatch, variable, value):
    monkeypatch.delenv(progress.SWITCH, raising=False)
    monkeypatch.setenv(variable, value)
    monkeypatch.chdir(folder)
    assert progress.current().path is None


def test_the_summary_has_a_line_for_each_lesson_and_counts_what_is_done(folder):
    kept = Progress(folder)
    first = lesson(numbers()[0])
    for exercise in first.exercises[:2]:
        kept.put("exercises", exercise.id, {"passed": True})
    kept.put("exercises", first.exercises[2].id, {"tried": ["a"], "hints": 3})
    kept.put("missions", first.missions[0].id, True)
    kept.put("quiz", f"{first.number}-quiz", {"right": 3, "of": 5})
    lines = kept.summary().splitlines()
    points = sum(exercise.points for exercise in first.exercises[:2])
    of = sum(exercise.points for exercise in first.exercises)
    assert lines[0] == (
        f"{first.number} {first.title}: {points} of {of} points, 1 of {len(first.missions)} missions, quiz 3 of 5"
    )
    assert [line[:2] for line in lines] == list(numbers()) and lines[1].endswith("quiz not taken")
