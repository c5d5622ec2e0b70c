"""Secrets that stand in code as literals."""

from __future__ import annotations

import ast
import contextlib
import re
from collections.abc import Iterator

from dojobber_nb.core.secrets import is_secret_key
from dojobber_nb.share.patterns import Sign, is_value, shapes, signs

_NO_PYTHON = re.compile(r"^\s*[%!?].*$", re.MULTILINE)  # what IPython reads in its own way
_OF_ANOTHER = re.compile(r"\s*%%(?!time|timeit|capture|prun|debug)")  # a cell that is no Python
_OTHERWISE = frozenset({"get", "getenv", "setdefault", "putenv", "setenv"})  # of a name, and a value for it
_COMMENT = re.compile(r"^\s*#+(.*)$", re.MULTILINE)


def literals(code: str) -> list[Sign]:
    """What looks like a secret in the source of a cell."""
    if _OF_ANOTHER.match(code):
        return signs(code)
    found = [*shapes(code), *_put_aside(code)]
    try:
        tree = ast.parse(_NO_PYTHON.sub("pass", code))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return [*found, *signs(code)]
    return [*found, *signs("\n".join(_NO_PYTHON.findall(code))), *_named(tree)]


def _put_aside(code: str) -> Iterator[Sign]:
    """What stands in code that is a comment for now."""
    for line in _COMMENT.findall(code):
        with contextlib.suppress(SyntaxError, ValueError, RecursionError, MemoryError):
            yield from _named(ast.parse(line.strip()))


def _named(tree: ast.AST) -> Iterator[Sign]:
    for name, value in _values(tree):
        if is_secret_key(name) and any(map(is_value, _texts(value))):
            yield Sign(f"a literal for {name:.60}", getattr(value, "lineno", 0))


def _texts(value: ast.expr | None) -> Iterator[str]:
    """The text that it is, by itself or else: os.environ.get("TOKEN") or "…"."""
    match value:
        case ast.Constant(value=str(text)):
            yield text
        case ast.Constant(value=bytes(data)):
            yield data.decode("latin-1")
        case ast.BoolOp(values=values) | ast.JoinedStr(values=values):
            for each in values:
                yield from _texts(each)


def _values(tree: ast.AST) -> Iterator[tuple[str, ast.expr | None]]:
    """(name, what is given to it), wherever something gets a name."""
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)):
                yield from zip(map(_name, targets), values, strict=False)
            case ast.Assign(targets=targets, value=value):
                yield from ((_name(target), value) for target in targets)
            case ast.AnnAssign(target=target, value=value) | ast.NamedExpr(target=target, value=value):
                yield _name(target), value
            case ast.keyword(arg=name, value=value):
                yield name or "", value
            case ast.Dict(keys=keys, values=values):
                yield from zip(map(_name, keys), values, strict=True)
            case ast.arguments(args=args, defaults=defaults, kwonlyargs=more, kw_defaults=others):
                yield from zip((arg.arg for arg in args[len(args) - len(defaults) :]), defaults, strict=False)
                yield from zip((arg.arg for arg in more), others, strict=True)
            case ast.Call(func=func, args=[value]):
                yield ("secret(…)" if _name(func) == "secret" else ""), value
            case ast.Call(func=func, args=[ast.Constant(value=str(name)), value]) if _name(func) in _OTHERWISE:
                yield name, value


def _name(node: ast.expr | None) -> str:
    """What a reader calls it: password, self.password, os.environ["PASSWORD"]."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.Constant(value=str(name)):
            return name
        case ast.Subscript(slice=ast.Constant(value=str(name))):
            return name
    return ""
