"""The pipe between the reader and the station loses nothing, invents nothing, and never makes the reader wait."""

from __future__ import annotations

import os
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.pipe import HEAD, BadPipe, Message, Note, Outbox, Unpacker, pack
from station.core.readings import Lost, Readings

Row = tuple[int, int, int, int]
ROWS = st.lists(
    st.tuples(
        st.integers(0, 3), st.integers(-(1 << 63), (1 << 63) - 1), st.integers(-(1 << 31), (1 << 31) - 1), st.integers(0, (1 << 16) - 1)
    ),
    max_size=20,
)


def block(rows: list[Row], until_ns: int = 0) -> Readings:
    cell, t_ns, count, flag = zip(*rows, strict=True) if rows else ((), (), (), ())
    return Readings.of(cell, t_ns, count, flag, until_ns)


def same(a: Message, b: Message) -> bool:
    if isinstance(a, Readings) and isinstance(b, Readings):
        columns = ("cell", "t_ns", "count", "flag")
        return a.until_ns == b.until_ns and all(np.array_equal(getattr(a, c), getattr(b, c)) for c in columns)
    return a == b


def second(at_s: int, n: int = 3) -> Readings:
    """A block of `n` readings that ends at this second."""
    return Readings.of([at_s % 4] * n, [at_s * 10**9 - 1 - i for i in range(n)], [at_s] * n, [0] * n, at_s * 10**9)


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    take, give = os.pipe()
    os.set_blocking(give, False)
    os.set_blocking(take, False)
    yield take, give
    for fd in (take, give):
        try:
            os.close(fd)
        except OSError:
            pass  # the test closed it


@given(st.lists(st.tuples(ROWS, st.integers(-(1 << 63), (1 << 63) - 1)), max_size=5), st.integers(1, 40))
@settings(max_examples=60, deadline=None)
def test_readings_come_out_as_they_went_in_whatever_the_pieces(blocks: list[tuple[list[Row], int]], size: int) -> None:
    sent: list[Message] = [block(rows, until) for rows, until in blocks]
    sent += [Lost((0, 2), 41, 5, 1 << 62), Note("hello", {"pid": 7}), Note("end")]
    stream = b"".join(pack(m) for m in sent)
    unpacker = Unpacker()
    got = [m for at in range(0, len(stream), size) for m in unpacker.feed(stream[at : at + size])]
    assert len(got) == len(sent)
    assert all(same(a, b) for a, b in zip(sent, got, strict=True))


def test_a_reading_takes_fifteen_bytes() -> None:
    assert len(pack(second(1, 10))) - len(pack(second(1, 0))) == 150


@pytest.mark.parametrize("bad", [HEAD.pack(5, 99) + b"....", HEAD.pack(1 << 31, 1), HEAD.pack(8, 3) + b"no json", HEAD.pack(4, 2) + b"abc"])
def test_bytes_that_no_reader_sends_are_refused(bad: bytes) -> None:
    with pytest.raises(BadPipe):
        list(Unpacker().feed(bad))


def test_only_a_full_queue_drops_and_then_the_oldest_with_a_mark(pipe: tuple[int, int]) -> None:
    take, give = pipe
    outbox = Outbox(queue_ns=30 * 10**9)
    for at_s in range(1, 31):
        outbox.put(second(at_s))
    outbox.put(second(31, 2))
    assert outbox.full
    outbox.put(second(32))
    outbox.put(second(33))
    assert outbox.flush(give)
    got = list(Unpacker().feed(os.read(take, 1 << 20)))
    assert got[0] == Lost((1, 2), 6, 10**9 - 3, 2 * 10**9 - 1)
    assert [m.until_ns // 10**9 for m in got[1:] if isinstance(m, Readings)] == list(range(3, 34))


def test_a_station_that_does_not_read_is_not_waited_for_and_gets_all_later(pipe: tuple[int, int]) -> None:
    take, give = pipe
    outbox, unpacker = Outbox(), Unpacker()
    for at_s in range(1, 25):
        outbox.put(second(at_s, 1000))
    assert not outbox.flush(give)
    got: list[Message] = []
    while not outbox.empty:
        got += unpacker.feed(os.read(take, 1 << 20))
        outbox.flush(give)
    got += unpacker.feed(os.read(take, 1 << 20))
    assert [len(m) for m in got if isinstance(m, Readings)] == [1000] * 24


def test_a_station_that_has_gone_ends_the_writing(pipe: tuple[int, int]) -> None:
    take, give = pipe
    os.close(take)
    outbox = Outbox()
    outbox.put(second(1))
    with pytest.raises(BrokenPipeError):
        outbox.flush(give)
