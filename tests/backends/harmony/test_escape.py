"""Text that spells control tokens: broken on the way in, whole again on the way out."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backends.harmony import neutralise, restore
from tests.backends.harmony import oracle

hostile_text = st.lists(
    st.one_of(
        st.sampled_from(["<", "|", "¦", ">", "<|", "|>", "<¦|", "end", "start", "endoftext", "reserved_200013", "\\"]),
        st.text(max_size=3),
    ),
    max_size=30,
).map("".join)


@given(hostile_text)
def test_restore_undoes_neutralise_on_every_string(text: str) -> None:
    assert restore(neutralise(text)) == text


@settings(deadline=None)
@given(hostile_text)
def test_neutralised_text_tokenises_to_no_control_token(text: str) -> None:
    text = text.encode("utf-8", "replace").decode()
    assert oracle.control_tokens_in(neutralise(text)) == 0


@given(hostile_text, hostile_text)
def test_neutralising_is_injective(one: str, other: str) -> None:
    assert (one == other) == (neutralise(one) == neutralise(other))


NAMED_TOKENS = sorted(name for name in oracle.encoding().special_tokens_set if "reserved" not in name)


@pytest.mark.parametrize("name", [*NAMED_TOKENS, "<|reserved_200013|>"])
def test_every_special_token_of_the_vocabulary_is_broken(name: str) -> None:
    assert oracle.control_tokens_in(name) == 1
    assert oracle.control_tokens_in(neutralise(name)) == 0


def test_text_without_an_opening_is_left_alone() -> None:
    assert neutralise("a | b < c |> ¦ <¦> ") == "a | b < c |> ¦ <¦> "
