"""`python -m tests.tiny_model FOLDER` writes the model. Needs mlx and mlx-lm, nothing from the network.

A genuine two-layer gpt_oss whose attention and experts add nothing: embeddings are one-hot states, and the output layer
leads from the token of one piece of text to the token of the next. The tokenizer's normaliser looks at the last message
of the prompt and puts the first state behind it, so that a script is picked on the raw-prompt endpoint too, where no
chat template runs. That state is the last token of the prompt, which a server leaves out of its prefix cache.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mlx.core as mx
from mlx.utils import tree_flatten
from mlx_lm.models.gpt_oss import Model, ModelArgs
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from tests.tiny_model.scripts import SCRIPTS, Script

STRUCTURE = ("<|start|>", "<|message|>", "<|channel|>", "<|constrain|>", "<|end|>")
STOPS = ("<|return|>", "<|call|>", "<|endoftext|>")
TRAINED_WINDOW = 131_072

_FIRST_MARK = 0xE000  # private use: no text holds it, no piece overlaps it
_PIECE = 6
_LOGIT = 6.0  # far enough above zero that temperature 1 changes nothing


def main(folder: Path) -> None:
    marks = [chr(_FIRST_MARK + number) for number in range(len(SCRIPTS))]
    taken = {*STRUCTURE, *STOPS, *marks}
    successors: dict[str, str] = {}
    for mark, script in zip(marks, SCRIPTS, strict=True):
        text, stop = _split_stop(script.reply)
        pieces = list(_pieces(text, taken))
        end = pieces[-min(4, len(pieces))] if script.repeats else stop
        successors |= dict(zip([mark, *pieces], [*pieces, end], strict=True))
    tokenizer = _tokenizer([*successors], marks)
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save_pretrained(folder)
    _save_model(folder, tokenizer.get_vocab(), len(tokenizer), successors)


# ── text ─────────────────────────────────────────────────────────────────────


def _split_stop(reply: str) -> tuple[str, str]:
    stop = next((stop for stop in STOPS if reply.endswith(stop)), STOPS[0])
    return reply.removesuffix(stop), stop


def _pieces(text: str, taken: set[str]) -> Iterator[str]:
    """Cuts `text` so that no piece occurs twice in all the scripts, for a piece is a state. Adds them to `taken`.

    No piece reaches over the border behind `<|start|>assistant`: there a replayed answer must part into the same tokens
    as the prompt that it continued, or the prefix cache is lost.
    """
    start = 0
    while start < len(text):
        border = text.find("<|channel|>", start + 1)
        limit = len(text) if border < 0 else border
        ends = [*range(start + _PIECE, limit - _PIECE), limit]
        end = next((end for end in ends if text[start:end] not in taken), None)
        if end is None:
            raise ValueError(f"no unique piece in {text[start:limit]!r}")
        taken.add(text[start:end])
        yield text[start:end]
        start = end


def _selector(script: Script) -> str:
    """The pattern that ends, behind `\\K`, where the script's mark belongs: at the very end of the prompt."""
    rest = r"(?:(?!<\|message\|>)[\s\S])*+\K\z"
    if script.result_of:
        return rf"<\|start\|>functions\.{script.result_of} to=assistant<\|channel\|>commentary<\|message\|>{rest}"
    in_message = (
        rf"<\|start\|>user<\|message\|>(?:(?!<\|message\|>|{script.word})[\s\S])*+{re.escape(script.word)}{rest}"
    )
    return in_message if script.word else r"<\|start\|>assistant\K\z"


def _tokenizer(pieces: list[str], marks: list[str]) -> PreTrainedTokenizerFast:
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer: Any = Tokenizer(models.BPE(vocab={sign: number for number, sign in enumerate(alphabet)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    selectors = [
        normalizers.Replace(Regex(rf"(?:{_selector(script)})(?<![\uE000-\uE0FF])"), mark)
        for script, mark in zip(SCRIPTS, marks, strict=True)
    ]
    tokenizer.normalizer = normalizers.Sequence(selectors)
    # matched after the normaliser, which would otherwise not see the prompt in one piece
    special = [AddedToken(each, special=True, normalized=True) for each in (*STRUCTURE, *STOPS, *marks)]
    tokenizer.add_special_tokens(special)
    tokenizer.add_tokens([AddedToken(piece, normalized=True) for piece in pieces if piece not in marks])
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token=STOPS[0], pad_token=STOPS[2])


# ── weights ──────────────────────────────────────────────────────────────────


def _save_model(folder: Path, ids: dict[str, int], vocabulary: int, successors: dict[str, str]) -> None:
    hidden = -(-(len(successors) + 1) // 64) * 64
    config: dict[str, Any] = {
        "model_type": "gpt_oss",
        "architectures": ["GptOssForCausalLM"],
        "num_hidden_layers": 2,
        "layer_types": ["sliding_attention", "full_attention"],
        "sliding_window": 128,
        "num_local_experts": 4,
        "num_experts_per_tok": 2,
        "vocab_size": vocabulary,
        "hidden_size": hidden,
        "intermediate_size": 64,
        "head_dim": 32,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "rms_norm_eps": 1e-5,
        "rope_theta": 150_000,
        "max_position_embeddings": TRAINED_WINDOW,
        "eos_token_id": [ids[stop] for stop in STOPS],
    }
    (folder / "config.json").write_text(json.dumps(config, indent=2))
    states = [0] * vocabulary
    head = [[0.0] * hidden for _ in range(vocabulary)]
    head[ids[STOPS[0]]][0] = _LOGIT  # whatever no script foresees ends at once
    for state, (piece, successor) in enumerate(successors.items(), start=1):
        states[ids[piece]] = state
        head[ids[successor]][state] = _LOGIT
    mx.random.seed(0)
    initial: Any = tree_flatten(Model(ModelArgs.from_dict(config)).parameters())
    weights = {
        name: mx.zeros_like(value) if ".o_proj." in name or ".down_proj." in name else value for name, value in initial
    }
    weights["model.embed_tokens.weight"] = mx.eye(hidden)[mx.array(states)]
    weights["lm_head.weight"] = mx.array(head)
    mx.save_safetensors(str(folder / "model.safetensors"), weights, metadata={"format": "mlx"})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
