"""Checksummed lines: whatever happens to a file, every intact record in it is read."""

from __future__ import annotations

import random
from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from agent.record.lines import decode, encode
from backends.types import JsonObject, JsonValue

texts = st.text(max_size=40)
records = st.fixed_dictionaries({"t": texts, "text": texts}, optional={"n": st.integers(), "list": st.lists(texts)})


def written(*records: Mapping[str, JsonValue]) -> list[bytes]:
    return [encode(dict(record), 1) for record in records]


def plain(data: bytes) -> list[object]:
    return [{key: value for key, value in record.items() if key not in ("v", "sum")} for record in decode(data).records]


@given(st.lists(records, max_size=8))
def test_what_was_written_is_read(items):
    assert plain(b"".join(written(*items))) == items


@given(st.lists(records, min_size=1, max_size=4), st.data())
def test_a_file_cut_anywhere_keeps_every_complete_line(items, data):
    lines = written(*items)
    whole = b"".join(lines)
    cut = data.draw(st.integers(0, len(whole)))
    complete = 0
    while sum(map(len, lines[: complete + 1])) - 1 <= cut and complete < len(lines):
        complete += 1
    assert plain(whole[:cut]) == items[:complete]


@given(st.lists(records, min_size=2, max_size=6), st.data())
def test_a_damaged_line_costs_itself_and_no_other(items, data):
    lines = written(*items)
    victim = data.draw(st.integers(0, len(lines) - 1))
    position = data.draw(st.integers(0, len(lines[victim]) - 2))
    damaged = bytearray(lines[victim])
    damaged[position] ^= 1 << data.draw(st.integers(0, 6))
    kept = [*lines[:victim], bytes(damaged), *lines[victim + 1 :]]
    result = plain(b"".join(kept))
    expected = items[:victim] + items[victim + 1 :]
    assert [item for item in result if item in expected][: len(expected)] == expected


@given(records, records, records)
def test_lines_fused_by_a_torn_write_are_taken_apart(first, second, third):
    a, b, c = written(first, second, third)
    assert plain(a[:-1] + b + c) == [first, second, third]
    assert plain(a[: len(a) // 2] + b + c)[-2:] == [second, third]


def test_a_run_of_zero_bytes_from_a_power_loss_hides_nothing():
    a, b = written({"t": "a"}, {"t": "b"})
    lines = decode(a + b"\0" * 4096 + b)
    assert [record["t"] for record in lines.records] == ["a", "b"]
    assert lines.damaged == 1


def test_line_separators_and_quotes_inside_text_do_not_split_a_line():
    record: JsonObject = {"t": "user", "text": 'a\u2028b\u0085c\vd"},"sum":"0123456789abcdef"}{"v":1,'}
    line = encode(record, 1)
    assert line.isascii()
    assert line.count(b"\n") == 1
    assert plain(line) == [record]


def test_with_a_tenth_of_the_bytes_flipped_nothing_false_is_read():
    items = [{"t": "user", "text": f"message {number}"} for number in range(200)]
    noise = random.Random(7)
    data = bytearray(b"".join(written(*items)))
    for position in noise.sample(range(len(data)), len(data) // 10):
        data[position] ^= 1 << noise.randrange(7)
    assert all(record in items for record in plain(bytes(data)))


@given(st.binary(max_size=300))
def test_any_bytes_at_all_are_read_without_a_fault(data):
    decode(data)
