"""The recording's format: what goes in comes out, and damage is told, never read as a reading."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from station.core.formats.recording import Kind, Mark, Recording, decode, document_payload, encode, frame, part_path, read_recording, tag_of
from station.core.readings import Lost, Readings
from station.errors import BadFile

HEADER = {"trial_id": "t-1", "demo": True, "pipeline_state": {"zero": [0.1, 1e-300, -7.25]}}


def block(start_ns: int, n: int = 4) -> Readings:
    k = np.arange(n)
    return Readings.of(k % 4, start_ns + k * 3_000_000, (k * 7919 - 8_388_608) % 1_000_000, k % 5, start_ns + 50_000_000)


RECORDING = Recording(
    HEADER,
    tuple(block(i * 50_000_000) for i in range(6)),
    (Mark(120_000_000, "arms"),),
    (Lost((0, 2), 31, 5, 9),),
    {"status": "completed"},
)
DATA = encode(RECORDING)


def same(a: Readings, b: Readings) -> bool:
    return a.until_ns == b.until_ns and all(np.array_equal(getattr(a, c), getattr(b, c)) for c in ("cell", "t_ns", "count", "flag"))


def rows(recording: Recording) -> list[tuple[int, int, int, int]]:
    return [row for b in recording.blocks for row in zip(b.cell.tolist(), b.t_ns.tolist(), b.count.tolist(), b.flag.tolist(), strict=True)]


def ids(recording: Recording) -> list[str]:
    return [n.id for n in recording.notices]


def test_a_recording_comes_back_whole() -> None:
    back = decode(DATA)
    assert back.closed
    assert back.notices == ()
    assert back.header == {**HEADER, "format": 1}
    assert (back.marks, back.lost, back.footer) == (RECORDING.marks, RECORDING.lost, RECORDING.footer)
    assert len(back.blocks) == 6
    assert all(same(a, b) for a, b in zip(back.blocks, RECORDING.blocks, strict=True))


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(-(2**62), 2**62), st.integers(-(2**31), 2**31 - 1), st.integers(0, 1023)), max_size=30
    ),
    st.integers(-(2**62), 2**62),
)
def test_readings_survive_exactly(taken: list[tuple[int, int, int, int]], until_ns: int) -> None:
    readings = Readings.of(*([r[i] for r in taken] for i in range(4)), until_ns)
    back = decode(encode(Recording(HEADER, (readings,)))).blocks[0]
    assert same(back, readings)
    assert (back.cell.dtype, back.t_ns.dtype, back.count.dtype, back.flag.dtype) == (np.uint8, np.int64, np.int32, np.uint16)


def test_a_reading_takes_fifteen_bytes() -> None:
    assert len(encode(Recording(HEADER, (block(0, 100),)))) - len(encode(Recording(HEADER, (block(0, 0),)))) == 1500


def test_every_truncation_leaves_a_clean_beginning() -> None:
    whole = rows(decode(DATA))
    for end in range(len(DATA)):
        back = decode(DATA[:end])
        got = rows(back)
        assert got == whole[: len(got)]
        assert not back.closed
        assert back.notices


def test_a_cut_recording_says_how_much_of_its_end_is_torn() -> None:
    back = decode(encode(Recording(HEADER, RECORDING.blocks))[:-3])
    assert len(back.blocks) == 5
    assert ids(back) == ["recording.torn", "recording.not-closed"]


@settings(max_examples=400)
@given(st.integers(0, len(DATA) - 1), st.integers(1, 255))
def test_a_flipped_byte_never_gives_a_wrong_reading(at: int, bits: int) -> None:
    broken = bytearray(DATA)
    broken[at] ^= bits
    back = decode(bytes(broken))
    whole = {(b.until_ns, tuple(rows(Recording(blocks=(b,))))) for b in RECORDING.blocks}
    assert all((b.until_ns, tuple(rows(Recording(blocks=(b,))))) in whole for b in back.blocks)
    assert len(back.blocks) >= 5
    assert back.notices


@settings(max_examples=60)
@given(st.binary(max_size=400))
def test_rubbish_between_frames_is_skipped_and_told(rubbish: bytes) -> None:
    half = len(encode(Recording(HEADER, RECORDING.blocks[:3])))
    back = decode(DATA[:half] + rubbish + DATA[half:])
    assert rows(back) == rows(RECORDING)
    assert ("recording.damaged" in ids(back)) == bool(rubbish)


@given(st.binary(max_size=2000))
def test_rubbish_alone_gives_nothing_and_raises_nothing(rubbish: bytes) -> None:
    assert decode(rubbish).blocks == ()


def test_a_lost_middle_is_counted() -> None:
    tag = tag_of("t-1")
    back = decode(frame(Kind.HEADER, tag, 0, document_payload(HEADER)) + frame(Kind.FOOTER, tag, 5, document_payload({})))
    assert [(n.id, n.args) for n in back.notices] == [("recording.missing", {"n": 4})]


def test_a_frame_of_another_trial_is_not_taken() -> None:
    foreign = encode(Recording({"trial_id": "t-2"}, (block(999),)))
    back = decode(DATA + foreign)
    assert rows(back) == rows(RECORDING)
    assert ids(back) == ["recording.foreign"]


def test_a_recording_that_lost_its_header_still_gives_its_readings() -> None:
    header = len(frame(Kind.HEADER, 0, 0, document_payload({"format": 1, **HEADER})))
    back = decode(DATA[header:])
    assert back.header == {}
    assert rows(back) == rows(RECORDING)
    assert ids(back) == ["recording.no-header", "recording.missing"]


def test_a_recording_of_a_later_format_says_so() -> None:
    assert ids(decode(encode(Recording({**HEADER, "format": 9}, footer={})))) == ["recording.newer"]


def test_a_recording_that_went_on_in_a_second_file_is_one(tmp_path: Path) -> None:
    path = tmp_path / "t-1.rec"
    path.write_bytes(DATA[: len(DATA) // 2])
    part_path(path, 2).write_bytes(DATA)  # the writer repeats what it is not sure of
    back = read_recording(path)
    assert rows(back) == rows(RECORDING)
    assert back.closed
    assert ids(back) == ["recording.damaged"]


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadFile) as told:
        read_recording(tmp_path / "none.rec")
    assert told.value.what.args["file"] == str(tmp_path / "none.rec")
