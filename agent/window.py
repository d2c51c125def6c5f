"""How full the window is: tokens by kind, estimated here and corrected by what the server counted.

Counts are kept per message, and a prompt that continues the last one is added up from there, so that a step costs only
what is new (PERFORMANCE.md, "Tokens").
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from agent.events import ContextUse, TokenCount
from agent.tokens import TokenCounter, VocabularyDamaged
from backends.frozen import frozen
from backends.types import AssistantMessage, Message, ToolResult, ToolSpec, Usage, UserMessage, Window

# Tokens that the message format adds around the text (gpt-oss.md §2, measured).
_REQUEST = 95
_USER, _ANSWER, _REASONING, _CALL, _RESULT = 4, 6, 6, 14, 11
_TOOL = 43  # a tool's signature when it cannot be counted

FILE_TOOLS = frozenset({"open_file", "print_tree", "search"})


@frozen
class Share:
    """Tokens of a part of the prompt, by kind."""

    instructions: int = 0
    files: int = 0
    conversation: int = 0
    reasoning: int = 0

    @property
    def total(self) -> int:
        return self.instructions + self.files + self.conversation + self.reasoning

    def __add__(self, other: Share) -> Share:
        return Share(
            self.instructions + other.instructions,
            self.files + other.files,
            self.conversation + other.conversation,
            self.reasoning + other.reasoning,
        )


class ContextMeter:
    """Measures prompts and learns from the server's own counts.

    The server's count of a prompt replaces the estimate of exactly that prompt; what came after is added to it.
    """

    def __init__(self, counter: TokenCounter) -> None:
        self._counter = counter
        self._shares: dict[int, tuple[Message, Share, bool]] = {}
        self._measured: tuple[tuple[Message, ...], Share, bool] = ((), Share(), False)
        self._fixed: tuple[str, tuple[ToolSpec, ...], int, bool] | None = None
        self._served: tuple[int, int] | None = None  # the last prompt: tokens by the server, tokens as estimated

    def measure(self, instructions: str, tools: tuple[ToolSpec, ...], prompt: Sequence[Message]) -> Share:
        """The prompt by kind, in tokens; an estimate as long as the counter is."""
        return Share(self._fixed_tokens(instructions, tools)) + self._sum(tuple(prompt))

    def tokens(self, message: Message) -> int:
        """One message with what the format adds around it."""
        return self._share(message).total

    async def count_exactly(self) -> bool:
        """From here on, where the vocabulary can be read; whether it could."""
        try:
            await self._counter.load()
        except (VocabularyDamaged, OSError):
            return False  # whoever shows counts says so
        return True

    def learn(self, estimate: Share, usage: Usage) -> None:
        """Take over the server's count of the prompt that `estimate` was the measure of."""
        if usage.prompt_tokens:
            self._served = (usage.prompt_tokens, estimate.total)

    def forget(self) -> None:
        """Another model or server counts differently."""
        self._served = None

    def use(self, share: Share, window: Window) -> ContextUse:
        """The measure as a gauge value. Exactly the prompt that the server counted is no estimate."""
        total = self._corrected(share.total)
        is_counted = self._served is not None and share.total == self._served[1]
        scale = total / share.total if share.total else 1.0
        files, conversation, reasoning = (
            round(tokens * scale) for tokens in (share.files, share.conversation, share.reasoning)
        )
        return ContextUse(
            TokenCount(total, is_estimate=not is_counted),
            window,
            instructions=max(0, total - files - conversation - reasoning),
            files=files,
            conversation=conversation,
            reasoning=reasoning,
        )

    def _corrected(self, estimate: int) -> int:
        """What is new is added to the server's count; a prompt that was shortened keeps its share of the error."""
        if self._served is None:
            return estimate
        counted, estimated = self._served
        if estimate >= estimated:
            return counted + estimate - estimated
        return round(estimate * counted / estimated)

    def unchanged(self, before: tuple[Message, ...], after: tuple[Message, ...]) -> int:
        """Tokens of the longest common beginning of two prompts: what a server can take from its cache."""
        if not before:
            return 0
        common = len(before)
        if after[:common] != before:
            common = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(before, after, strict=False)))
        new = sum(self._share(message).total for message in after[common:])
        return (self._fixed[2] if self._fixed else 0) + self._sum(after).total - new

    def _sum(self, prompt: tuple[Message, ...]) -> Share:
        before, total, was_exact = self._measured
        if was_exact != self._counter.is_exact or prompt[: len(before)] != before:
            before, total = (), Share()
            self._shares = {id(message): (message, self._share(message), self._counter.is_exact) for message in prompt}
        for message in prompt[len(before) :]:
            total += self._share(message)
        self._measured = (prompt, total, self._counter.is_exact)
        return total

    def _fixed_tokens(self, instructions: str, tools: tuple[ToolSpec, ...]) -> int:
        if self._fixed is None or self._fixed[:2] != (instructions, tools) or self._fixed[3] != self._counter.is_exact:
            tokens = _REQUEST + self._counter.count(instructions) + sum(map(self._tool_tokens, tools))
            self._fixed = (instructions, tools, tokens, self._counter.is_exact)
        return self._fixed[2]

    def _tool_tokens(self, tool: ToolSpec) -> int:
        properties = tool.parameters.get("properties")
        names = " ".join(properties) if isinstance(properties, dict) else ""
        return max(_TOOL, self._counter.count(f"{tool.description} {tool.name} {names}") + 12)

    def _share(self, message: Message) -> Share:
        """Messages are frozen, so a count holds for the object's life; the cache keeps the object alive for its id."""
        known = self._shares.get(id(message))
        if known is not None and known[2] == self._counter.is_exact:
            return known[1]
        share = self._count(message)
        self._shares[id(message)] = (message, share, self._counter.is_exact)
        return share

    def _count(self, message: Message) -> Share:
        count = self._counter.count
        match message:
            case UserMessage(text):
                return Share(conversation=_USER + count(text))
            case AssistantMessage(text, reasoning, call):
                said = (_ANSWER + count(text)) if text else 0
                called = (_CALL + count(call.name) + count(call.arguments_text)) if call else 0
                return Share(conversation=said + called, reasoning=(_REASONING + count(reasoning)) if reasoning else 0)
            case ToolResult(_, name, text):
                tokens = _RESULT + count(text)
                return Share(files=tokens) if name in FILE_TOOLS else Share(conversation=tokens)
