"""A Python file's public functions as tool specs, read from its text alone: nothing of it is run here.

Signature to flat JSON schema, docstring to descriptions (Google's `Args:` and Sphinx's `:param x:`). Pure.
"""

from __future__ import annotations

import ast
import re

from backends.frozen import frozen
from backends.types import JsonObject, JsonValue, ToolSpec

DESCRIPTION_LIMIT = 300
"""Characters of a description: what a tool costs, it costs in every request."""

_PLAIN: dict[str, JsonObject] = {
    "str": {"type": "string"},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "bool": {"type": "boolean"},
    "list": {"type": "array"},
    "dict": {"type": "object"},
}
_SPHINX = re.compile(r"^\s*:param\s+(?:[\w\[\], |.]+\s+)?(\w+)\s*:\s*(.+)$")
_GOOGLE_HEAD = re.compile(r"^\s*(Args|Arguments|Parameters)\s*:\s*$")
_GOOGLE = re.compile(r"^(\s+)(\w+)\s*(?:\([^)]*\))?\s*:\s*(.+)$")


@frozen
class FunctionSpec:
    """A function that can be a tool, and the line of its definition."""

    spec: ToolSpec
    line: int


@frozen
class NoTool:
    """Why a function, or with line of the fault a whole file, cannot be offered."""

    line: int
    reason: str


def read_functions(source: str) -> tuple[list[FunctionSpec], list[NoTool]]:
    """The public functions of a file, in its order. Names that begin with `_` are the file's own affair."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None) or 1
        return [], [NoTool(line, f"this is not Python: {getattr(error, 'msg', error)}")]
    found: list[FunctionSpec] = []
    refused: list[NoTool] = []
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
            try:
                found.append(FunctionSpec(_spec(node), node.lineno))
            except _Unfit as unfit:
                refused.append(NoTool(unfit.line, f"{node.name} is no tool: {unfit}"))
    return found, refused


class _Unfit(Exception):
    def __init__(self, node: ast.AST, reason: str) -> None:
        super().__init__(reason)
        self.line: int = getattr(node, "lineno", 1)


def _spec(function: ast.FunctionDef | ast.AsyncFunctionDef) -> ToolSpec:
    doc = ast.get_docstring(function) or ""
    if not doc.strip():
        raise _Unfit(function, "it has no docstring; write what it does, or begin its name with _")
    given = function.args
    if given.vararg or given.kwarg or given.posonlyargs:
        raise _Unfit(function, "*args, **kwargs and positional-only parameters cannot be told to a model")
    said = _parameter_docs(doc)
    properties: JsonObject = {}
    required: list[JsonValue] = []
    defaults: list[ast.expr | None] = [None] * (len(given.args) - len(given.defaults)) + [*given.defaults]
    both = [*zip(given.args, defaults, strict=True), *zip(given.kwonlyargs, given.kw_defaults, strict=True)]
    for argument, default in both:
        properties[argument.arg] = _parameter(argument, default, said.get(argument.arg, ""))
        if default is None:
            required.append(argument.arg)
    description = doc.strip().splitlines()[0].strip()[:DESCRIPTION_LIMIT]
    return ToolSpec(function.name, description, {"type": "object", "properties": properties, "required": required})


def _parameter(argument: ast.arg, default: ast.expr | None, said: str) -> JsonObject:
    if argument.annotation is None:
        raise _Unfit(argument, f"parameter {argument.arg} has no type")
    schema = dict(_schema(argument.annotation, argument))
    words = [said] if said else []
    if isinstance(allowed := schema.get("enum"), list):
        # Some servers drop enums on the way to the model, so the words say them too (gpt-oss.md §2).
        words.append(f"One of {', '.join(map(str, allowed))}.")
    if default is not None and not (isinstance(default, ast.Constant) and default.value is None):
        words.append(f"Default {ast.unparse(default)}.")
    if words:
        schema["description"] = " ".join(words)[:DESCRIPTION_LIMIT]
    return schema


def _schema(annotation: ast.expr, at: ast.arg) -> JsonObject:
    match annotation:
        case ast.Constant(value=str(text)):
            return _schema(_parsed(text, at), at)
        case ast.Name(id=name) if name in _PLAIN:
            return _PLAIN[name]
        case ast.BinOp(left=left, op=ast.BitOr(), right=ast.Constant(value=None)):
            return _schema(left, at)
        case ast.Subscript(value=owner, slice=inner):
            return _generic(_last_name(owner), inner, at)
        case _:
            raise _Unfit(at, f"the type of {at.arg}, {ast.unparse(annotation)}, cannot be told to a model")


def _generic(owner: str, inner: ast.expr, at: ast.arg) -> JsonObject:
    match owner, inner:
        case "Optional", _:
            return _schema(inner, at)
        case "list" | "List", _:
            return {"type": "array", "items": dict(_schema(inner, at))}
        case "dict" | "Dict", _:
            return {"type": "object"}
        case "Literal", _:
            members = inner.elts if isinstance(inner, ast.Tuple) else [inner]
            values = [member.value for member in members if isinstance(member, ast.Constant)]
            texts = [value for value in values if isinstance(value, str)]
            if len(texts) == len(members):
                return {"type": "string", "enum": [*texts]}
        case _:
            pass
    raise _Unfit(at, f"the type of {at.arg}, {owner}[…], cannot be told to a model")


def _parsed(text: str, at: ast.arg) -> ast.expr:
    try:
        return ast.parse(text, mode="eval").body
    except SyntaxError:
        raise _Unfit(at, f"the type of {at.arg} cannot be read") from None


def _last_name(owner: ast.expr) -> str:
    match owner:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ast.unparse(owner)


def _parameter_docs(doc: str) -> dict[str, str]:
    """What the docstring says of each parameter, its continuation lines joined."""
    found: dict[str, str] = {}
    latest, depth, in_arguments = "", 0, False
    for line in doc.splitlines():
        sphinx = _SPHINX.match(line)
        google = _GOOGLE.match(line) if in_arguments else None
        indent = len(line) - len(line.lstrip())
        if sphinx:
            latest, depth = sphinx[1], indent
            found[latest] = sphinx[2].strip()
        elif google and (not found or indent <= depth or not latest):
            latest, depth = google[2], indent
            found[latest] = google[3].strip()
        elif latest and line.strip() and indent > depth:
            found[latest] += " " + line.strip()
        else:
            latest = ""
            in_arguments = bool(_GOOGLE_HEAD.match(line)) or (in_arguments and not line.strip())
    return found
