"""The recording writer: nothing waits for the card, nothing older than a second is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from station.core.formats.recording import Recording, part_path, read_recording
from station.core.readings import Lost, Readings
from station.store.places import find_recording, recording_path, recordings
from station.store.recording import RecordingWriter

WALL = {"wall_ns": 1_782_000_000_000_000_000, "mono_ns": 5, "synced": True}
SECOND = 1_000_000_000


def header(trial_id: str = "t-1") -> dict[str, object]:
    return {"trial_id": trial_id, "run_id": "r-1", "boot_id": "b1", "wall": WALL, "demo": True}


def block(number: int) -> Readings:
    k = np.arange(16)
    return Readings.of(k % 4, number * 50_000_000 + k * 3_000_000, k * 1000 + number, np.zeros(16), (number + 1) * 50_000_000)


def counts(recording: Recording) -> list[int]:
    return [c for b in recording.blocks for c in b.count.tolist()]


def test_what_is_handed_over_is_in_the_file(tmp_path: Path) -> None:
    with RecordingWriter(tmp_path) as writer:
        path = writer.open(header())
        for n in range(40):
            writer.readings("t-1", block(n))
        writer.mark("t-1", 7, "arms")
        writer.lost("t-1", Lost((1,), 3, 4, 5))
        writer.close("t-1", {"status": "completed"})
    back = read_recording(path)
    assert counts(back) == [c for n in range(40) for c in block(n).count.tolist()]
    assert [(m.t_ns, m.kind) for m in back.marks] == [(7, "arms")]
    assert back.lost == (Lost((1,), 3, 4, 5),)
    assert back.footer == {"status": "completed"}
    assert back.notices == ()


def test_the_tail_of_a_trial_may_overlap_the_next(tmp_path: Path) -> None:
    with RecordingWriter(tmp_path) as writer:
        first, second = writer.open(header("t-1")), writer.open(header("t-2"))
        writer.readings("t-1", block(1))
        writer.readings("t-2", block(1))
        writer.close("t-1", {})
        writer.readings("t-2", block(2))
        writer.close("t-2", {})
    assert len(read_recording(first).blocks) == 1
    assert len(read_recording(second).blocks) == 2


def test_a_block_is_in_the_file_without_a_sync_or_a_close(tmp_path: Path) -> None:
    with RecordingWriter(tmp_path) as writer:
        path = writer.open(header())
        writer.readings("t-1", block(0))
        writer.settle()
        back = read_recording(path)
    assert counts(back) == block(0).count.tolist()
    assert not back.closed


def test_recordings_are_filed_by_month_and_by_boot_while_the_date_is_unknown(tmp_path: Path) -> None:
    dated, undated = {**header("a"), "demo": False}, {**header("b"), "demo": False, "wall": {**WALL, "synced": False}}
    assert recording_path(tmp_path, dated).relative_to(tmp_path).as_posix() == "recordings/2026-06/a.rec"
    assert recording_path(tmp_path, undated).relative_to(tmp_path).as_posix() == "recordings/boot-b1/b.rec"
    with RecordingWriter(tmp_path) as writer:
        written = {writer.open(dated), writer.open(undated)}
    assert set(recordings(tmp_path)) == written
    assert {find_recording(tmp_path, "a"), find_recording(tmp_path, "b")} == written


def test_a_simulated_recording_says_so_in_its_path(tmp_path: Path) -> None:
    with RecordingWriter(tmp_path) as writer:
        path = writer.open({**header("a"), "demo": True})
    assert path.relative_to(tmp_path).as_posix() == "recordings/demo-2026-06/a.rec"
    assert find_recording(tmp_path, "a") == path


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".", "a\0b", "/etc/passwd", "*", "x" * 65])
def test_an_id_with_a_path_in_it_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="id"):
        recording_path(tmp_path, header(name))
    assert find_recording(tmp_path, name) is None


def test_a_folder_that_cannot_be_made_is_told_and_not_raised(tmp_path: Path) -> None:
    (tmp_path / "recordings").write_text("a file where a folder should be")
    with RecordingWriter(tmp_path) as writer:
        writer.open(header())
        writer.readings("t-1", block(0))
        writer.settle()
        assert writer.problem is not None
        assert writer.problem.what.id == "store.unwritable"
        (tmp_path / "recordings").unlink()
        writer.readings("t-1", block(1))
        writer.settle()
        assert writer.problem is None
        writer.close("t-1", {})
    found = find_recording(tmp_path, "t-1")
    assert found is not None
    assert counts(read_recording(found)) == [*block(0).count.tolist(), *block(1).count.tolist()]
    assert read_recording(found).notices == ()


def test_a_file_removed_under_the_writer_is_written_again(tmp_path: Path) -> None:
    with RecordingWriter(tmp_path) as writer:
        path = writer.open(header())
        writer.readings("t-1", block(0))
        writer.settle()
        path.rename(path.with_suffix(".gone"))
        writer.readings("t-1", block(1))
        writer.settle()
        writer.close("t-1", {})
    assert counts(read_recording(path)) == [*block(0).count.tolist(), *block(1).count.tolist()]
    assert read_recording(path).notices == ()


SMALL_FILES = """
import resource, signal, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from test_writer import block, header
from station.store.recording import RecordingWriter
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (6000, 6000))
with RecordingWriter(Path({folder!r})) as writer:
    writer.open(header())
    for n in range(60):
        writer.readings("t-1", block(n))
        if n % 10 == 9:
            writer.settle()
    writer.close("t-1", {{"status": "completed"}})
"""


def test_a_card_that_refuses_in_the_middle_costs_no_reading(tmp_path: Path) -> None:
    code = SMALL_FILES.format(tests=str(Path(__file__).parent), folder=str(tmp_path))
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, timeout=30)
    path = find_recording(tmp_path, "t-1")
    assert path is not None
    assert part_path(path, 3).exists()
    back = read_recording(path)
    assert counts(back) == [c for n in range(60) for c in block(n).count.tolist()]
    assert back.closed
    assert [n.id for n in back.notices] in ([], ["recording.damaged"])
    assert list(recordings(tmp_path)) == [path]


KILLED = """
import sys, time
from pathlib import Path
sys.path.insert(0, {tests!r})
from test_writer import block, header
from station.store.recording import RecordingWriter
writer = RecordingWriter(Path({folder!r}))
writer.open(header())
n = 0
while True:
    writer.readings("t-1", block(n))
    n += 1
    print(n, time.monotonic_ns(), flush=True)
    time.sleep(0.002)
"""


def test_killed_at_any_moment_at_most_the_last_second_is_missing(tmp_path: Path) -> None:
    code = KILLED.format(tests=str(Path(__file__).parent), folder=str(tmp_path))
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = [process.stdout.readline().split() for _ in range(150)]
        process.send_signal(signal.SIGKILL)
        killed_ns = time.monotonic_ns()
        told += [line.split() for line in process.stdout.read().splitlines() if len(line.split()) == 2]
    safe = sum(int(at_ns) < killed_ns - SECOND for _, at_ns in told)
    path = find_recording(tmp_path, "t-1")
    assert path is not None
    back = read_recording(path)
    assert len(back.blocks) >= max(safe, 100)
    assert counts(back) == [c for n in range(len(back.blocks)) for c in block(n).count.tolist()]
    assert not back.closed


def test_ready_says_that_all_is_well_and_makes_the_reserve(tmp_path: Path) -> None:
    with RecordingWriter(tmp_path / "data") as writer:
        assert writer.ready() is None
    assert (tmp_path / "data" / "reserve").stat().st_size == 4 << 20
    assert os.listdir(tmp_path / "data") == ["reserve"]


def test_ready_names_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with RecordingWriter(tmp_path / "data") as writer:
        told = writer.ready()
    assert told is not None
    assert told.what.id == "store.unwritable"


def test_thirty_seconds_fit_the_queue_while_the_card_is_busy(tmp_path: Path) -> None:
    with RecordingWriter(tmp_path) as writer:
        path = writer.open(header())
        for n in range(30 * 20):
            writer.readings("t-1", block(n))
        writer.close("t-1", {})
    assert len(read_recording(path).blocks) == 600
    assert read_recording(path).lost == ()
