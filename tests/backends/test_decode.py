"""Bytes to JSON lines and server-sent events: what a cut, a line end and a hostile line may and may not do."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.decode import (
    DEPTH_LIMIT,
    LINE_LIMIT,
    Comment,
    EventStream,
    JsonLines,
    ServerEvent,
    SseItem,
    count_at,
    object_at,
    objects_at,
    parse_json,
    parse_object,
    text_at,
)
from backends.errors import UnexpectedAnswer
from backends.types import JsonObject
from tests.wire.replay import in_random_pieces, in_single_bytes

# what a general line splitter takes for a line end, and what cuts through a character
AWKWARD = "a\u2028b\u2029c\x85d\x0be\x0cf\x1cg\x1dh\x1ei€😀\ud7ff\ufeff"

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
json_objects = st.dictionaries(st.text(), json_values, max_size=4)


def lines_of(pieces: Sequence[bytes]) -> list[JsonObject]:
    decoder = JsonLines()
    items = [item for piece in pieces for item in decoder.feed(piece)]
    assert decoder.close() == ""
    return items


def items_of(pieces: Sequence[bytes]) -> list[SseItem]:
    decoder = EventStream()
    return [item for piece in pieces for item in decoder.feed(piece)]


# ── NDJSON ───────────────────────────────────────────────────────────────────


@given(st.lists(json_objects, max_size=6), st.sampled_from([b"\n", b"\r\n"]), st.booleans(), st.integers())
def test_any_cutting_of_json_lines_gives_the_same_objects(
    values: list[JsonObject], line_end: bytes, is_ascii: bool, seed: int
) -> None:
    body = b"".join(json.dumps(value, ensure_ascii=is_ascii).encode("utf-8", "replace") + line_end for value in values)
    whole = lines_of([body])
    assert len(whole) == len(values)
    assert lines_of(in_single_bytes(body)) == whole
    assert lines_of(in_random_pieces(seed)(body)) == whole


def test_only_line_feeds_end_a_line() -> None:
    body = json.dumps({"text": AWKWARD}, ensure_ascii=False).encode() + b"\n"
    assert lines_of(in_single_bytes(body)) == [{"text": AWKWARD}]


def test_a_line_without_its_end_is_not_an_item() -> None:
    decoder = JsonLines()
    assert list(decoder.feed(b'{"a":1}\n{"done":true}')) == [{"a": 1}]
    assert decoder.close() == '{"done":true}'


def test_empty_lines_are_skipped() -> None:
    assert lines_of([b'\n\r\n  \n{"a":1}\n\n']) == [{"a": 1}]


def test_a_bad_line_fails_in_its_place_and_not_before() -> None:
    items = JsonLines().feed(b'{"a":1}\nnot json\n')
    assert next(items) == {"a": 1}
    with pytest.raises(UnexpectedAnswer):
        next(items)


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(b"[1]", id="not an object"),
        pytest.param(b'{"a":NaN}', id="NaN"),
        pytest.param(b'{"a":-Infinity}', id="infinity"),
        pytest.param(b'{"a":1e999}', id="a number beyond a float"),
        pytest.param(b'{"a":' + b"9" * 5000 + b"}", id="a number of 5,000 digits"),
        pytest.param(b'{"a":' + b"[" * 200 + b"]" * 200 + b"}", id="200 levels"),
        pytest.param(b"[" * 200_000, id="200,000 levels, open"),
        pytest.param(b'{"a":' * 200_000 + b"1" + b"}" * 200_000, id="200,000 levels, closed"),
        pytest.param(b'{"a":"\xff"}', id="not UTF-8"),
        pytest.param(b'{"a":"\xed\xa0\x80"}', id="a surrogate in UTF-8"),
        pytest.param(b'{"a":1}{"b":2}', id="two objects on a line"),
        pytest.param(b'{"a":"\x01"}', id="a raw control character"),
        pytest.param(b"<html>", id="HTML"),
    ],
)
def test_a_line_that_is_no_strict_json_object_is_an_unexpected_answer(line: bytes) -> None:
    with pytest.raises(UnexpectedAnswer):
        list(JsonLines().feed(line + b"\n"))


def test_many_brackets_side_by_side_are_not_deep() -> None:
    value = [[]] * (DEPTH_LIMIT * 3)
    assert parse_json(json.dumps(value)) == value


def test_a_line_of_one_mebibyte_works() -> None:
    body = json.dumps({"text": "x" * 1024 * 1024}).encode() + b"\n"
    pieces = [body[start : start + 4096] for start in range(0, len(body), 4096)]
    assert lines_of(pieces) == [{"text": "x" * 1024 * 1024}]


@pytest.mark.parametrize("end", [pytest.param([b"\n"], id="ended"), pytest.param([], id="endless")])
def test_a_line_over_the_limit_is_refused(end: list[bytes]) -> None:
    pieces = [b"x" * 65536] * (LINE_LIMIT // 65536) + [b"x", *end]
    with pytest.raises(UnexpectedAnswer, match="4 MiB"):
        lines_of(pieces)


# ── server-sent events ───────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("body", "items"),
    [
        pytest.param(b"data: a\n\n", [ServerEvent("a")], id="plain"),
        pytest.param(b"data:a\n\n", [ServerEvent("a")], id="without a blank"),
        pytest.param(b"data:  a\n\n", [ServerEvent(" a")], id="one blank is taken away"),
        pytest.param(b"data: a\r\n\r\n", [ServerEvent("a")], id="CRLF"),
        pytest.param(b"data: a\r\rdata: b\r\r", [ServerEvent("a"), ServerEvent("b")], id="CR"),
        pytest.param(b"data: a\r\n\rdata: b\n\r\n", [ServerEvent("a"), ServerEvent("b")], id="mixed ends"),
        pytest.param(b"data: a\ndata: b\ndata:\n\n", [ServerEvent("a\nb\n")], id="several data lines"),
        pytest.param(b"event: error\ndata: a\n\n", [ServerEvent("a", "error")], id="named"),
        pytest.param(
            b"data: a\nevent: x\n\ndata: b\n\n", [ServerEvent("a", "x"), ServerEvent("b")], id="name is not kept"
        ),
        pytest.param(b": keepalive 1/2\n\ndata: a\n\n", [Comment("keepalive 1/2"), ServerEvent("a")], id="comment"),
        pytest.param(b":\n", [Comment("")], id="empty comment"),
        pytest.param(b"id: 7\nretry: 10\nwhatever\ndata: a\n\n", [ServerEvent("a")], id="other fields"),
        pytest.param(b"event: x\n\n", [], id="no data, no event"),
        pytest.param(b"data\n\n", [ServerEvent("")], id="data without a colon"),
        pytest.param(b"\xef\xbb\xbfdata: a\n\n", [ServerEvent("a")], id="byte order mark"),
        pytest.param(b"data: a\n\ndata: b\n", [ServerEvent("a")], id="the last one is not ended"),
    ],
)
def test_event_streams_are_read_however_they_are_written_and_cut(body: bytes, items: list[SseItem]) -> None:
    assert items_of([body]) == items
    assert items_of(in_single_bytes(body)) == items


@given(
    st.lists(st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"])), max_size=5),
    st.lists(st.sampled_from(["\n", "\r\n", "\r"]), min_size=10, max_size=10),
    st.integers(),
)
def test_any_cutting_of_an_event_stream_gives_the_same_events(texts: list[str], ends: list[str], seed: int) -> None:
    body = "".join(f"data: {text}{ends[2 * index]}{ends[2 * index + 1]}" for index, text in enumerate(texts)).encode()
    if any(first == "\r" and second == "\n" for first, second in zip(ends[0::2], ends[1::2], strict=True)):
        return  # CR and LF side by side are one line end, not two
    assert items_of([body]) == [ServerEvent(text) for text in texts]
    assert items_of(in_random_pieces(seed)(body)) == items_of([body])


def test_what_follows_the_last_event_is_told_and_not_delivered() -> None:
    decoder = EventStream()
    assert list(decoder.feed(b"data: a\n\ndata: b\ndata: c")) == [ServerEvent("a")]
    assert decoder.close() == "b\ndata: c"


@pytest.mark.parametrize(
    "piece",
    [
        pytest.param(b"data: " + b"x" * 65536 + b"\n", id="lines of one event"),
        pytest.param(b"x" * 65536, id="one line"),
    ],
)
def test_an_event_over_the_limit_is_refused(piece: bytes) -> None:
    with pytest.raises(UnexpectedAnswer, match="4 MiB"):
        items_of([piece] * (LINE_LIMIT // 65536 + 2))


# ── fields ───────────────────────────────────────────────────────────────────


def test_fields_of_the_wrong_kind_read_as_missing() -> None:
    source = parse_object('{"text":1,"count":true,"less":-1,"object":[],"objects":{"a":1},"list":[1,{"b":2}]}')
    assert text_at(source, "text") == ""
    assert count_at(source, "count") is None
    assert count_at(source, "less") is None
    assert object_at(source, "object") == {}
    assert objects_at(source, "objects") == []
    assert objects_at(source, "list") == [{"b": 2}]
