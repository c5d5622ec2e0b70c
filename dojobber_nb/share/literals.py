"""Secrets that stand in code as literals."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from dojobber_nb.core.secrets import is_secret_key
from dojobber_nb.share.patterns import Sign, is_value, shapes, signs

_NO_PYTHON = re.compile(r"^\s*[%!?].*$", re.MULTILINE)  # what IPython reads in its own way


def literals(code: str) -> list[Sign]:
    """What looks like a secret in the source of a cell."""
    found = list(shapes(code))
    try:
        tree = ast.parse(_NO_PYTHON.sub("pass", code))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return [*found, *signs(code)]
    return [*found, *signs("\n".join(_NO_PYTHON.findall(code))), *_named(tree)]


def _named(tree: ast.AST) -> Iterator[Sign]:
    for name, value in _values(tree):
        text = value.value if isinstance(value, ast.Constant) else None
        text = text.decode("latin-1") if isinstance(text, bytes) else text
        if isinstance(text, str) and is_secret_key(name) and is_value(text):
            yield Sign(f"a literal for {name:.60}", getattr(value, "lineno", 0))


def _values(tree: ast.AST) -> Iterator[tuple[str, ast.expr | None]]:
    """(name, what is given to it), wherever something gets a name."""
    for node in ast.walk(tree):
        match node:
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
            case ast.Call(func=func, args=[value, *_]):
                yield ("secret(…)" if _name(func) == "secret" else ""), value


def _name(node: ast.expr | None) -> str:
    """What a reader calls it: password, self.password, os.environ["PASSWORD"]."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.Constant(value=str(name)):
            return name
        case ast.Subscript(slice=ast.Constant(value=str(name))):
            return name
    return ""
