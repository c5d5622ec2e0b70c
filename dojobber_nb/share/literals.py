"""Secrets in a code cell: named literals, strings, argument lists, comments, magics and shell lines."""

from __future__ import annotations

import ast
import contextlib
import io
import re
import tokenize
import warnings
from collections.abc import Iterator
from itertools import chain
from typing import Final

from dojobber_nb.share.keys import Rank, rank
from dojobber_nb.share.patterns import Found, excerpt, scan, scan_each
from dojobber_nb.share.values import is_mixed, is_random, is_value

_OTHER_LANGUAGE: Final = re.compile(r"\s*%%(?!time|timeit|capture|prun|debug|memit|mprun)")
_MAGIC: Final = re.compile(r"^[ \t]*+(?:[\w.,\[\]'\" ]{1,80}=[ \t]*)?[%!](?:.*\\\n)*.*$|^.*\?[ \t]*$", re.MULTILINE)
_ASSIGNS: Final = frozenset("=(:")
_QUOTES: Final = re.compile("[\"']")
_NO_PYTHON: Final = (SyntaxError, ValueError, RecursionError, MemoryError, tokenize.TokenError)

_OF_A_NAME: Final = frozenset({"get", "getenv", "setdefault", "putenv", "setenv", "pop", "set_env", "setattr"})
_WRAPPED: Final = frozenset({"secret", "SecretStr", "SecretBytes", "Fernet"})  # their argument is a secret
_LOGIN: Final = re.compile(r".*[aA]uth|login|username_pw_set|set_credentials")  # called with user and password


def literals(code: str, line: int = 1) -> list[Found]:
    """Findings in the source of a cell, in any language; `line` is the number of its first line."""
    if _OTHER_LANGUAGE.match(code):
        return scan(code, line)
    try:
        tree, python, magics = _parsed(code)
        found = [*_in_tree(tree), *scan(magics), *_in_comments(python)]
    except _NO_PYTHON:
        return scan(code, line)
    return [
        each._replace(line=each.line + line - 1) for each in sorted(dict.fromkeys(found), key=lambda each: each.line)
    ]


def _parsed(code: str) -> tuple[ast.AST, str, str]:
    """(syntax tree, Python source, IPython and shell lines); all lines keep their numbers."""
    try:
        return _tree(code), code, ""
    except SyntaxError:
        python = _MAGIC.sub(lambda found: "pass" + "\n" * found[0].count("\n"), code)
        return _tree(python), python, "".join(_alone(code))


def _alone(code: str) -> Iterator[str]:
    """The magics, with empty lines between them."""
    end = 0
    for found in _MAGIC.finditer(code):
        yield "\n" * code.count("\n", end, found.start())
        yield found[0].replace("\\\n", " ") + "\n" * found[0].count("\\\n")
        end = found.end()


def _tree(python: str) -> ast.AST:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of invalid escape sequences in the cell
        return ast.parse(python)


def _in_comments(python: str) -> Iterator[Found]:
    """Findings in comments: as text, and as code if a comment is commented-out code."""
    comments = [(comment.lstrip("#! \t"), line) for line, comment in _comments(python)]
    for (text, line), told in zip(comments, scan_each(comments), strict=True):
        yield from told
        if not told and not _ASSIGNS.isdisjoint(text) and _QUOTES.search(text):
            with contextlib.suppress(*_NO_PYTHON):
                yield from (found._replace(line=line) for found in _in_tree(_tree(text)))


def _comments(python: str) -> Iterator[tuple[int, str]]:
    """(line, text) of each comment. Code without # is not tokenized, which takes long."""
    if "#" in python:
        for token in tokenize.generate_tokens(io.StringIO(python).readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.string


# --- the tree --------------------------------------------------------------------------------------------------------


def _in_tree(tree: ast.AST) -> Iterator[Found]:
    """Findings in a syntax tree: strings by their content, else by their name; lists of strings as commands."""
    nodes = list(ast.walk(tree))
    inside = {id(each) for node in nodes if isinstance(node, ast.JoinedStr) for each in node.values}
    texts = {
        id(node): (text, node.lineno)
        for node in nodes
        if isinstance(node, ast.expr) and id(node) not in inside and (text := _text(node))
    }
    told = dict(zip(texts, scan_each(texts.values()), strict=True))
    for found in told.values():
        yield from found
    for name, value in _named(nodes):
        for each in _texts(value):
            if not told.get(id(each)) and any(_is_secret(name, text) for text in _candidates(each)):
                yield Found(each.lineno, "secret literal", excerpt(f"{name[:40]} = "))
    yield from chain.from_iterable(scan_each(_commands(nodes)))


def _is_secret(name: str, text: str) -> bool:
    promised = Rank.STRONG if name == _SECRET else rank(name)
    return is_value(text) and (promised is Rank.STRONG or (promised is Rank.WEAK and is_random(text)))


def _candidates(node: ast.AST) -> list[str]:
    """The string; of an f-string the constant parts that are not plain words."""
    if isinstance(node, ast.JoinedStr):
        return [text for part in node.values if is_mixed(text := _text(part).strip())]
    return [_text(node).strip()]


def _commands(nodes: list[ast.AST]) -> Iterator[tuple[str, int]]:
    """(command, line) of lists of strings that are command lines: ["curl", "-u", "me:…"]."""
    for node in nodes:
        match node:
            case ast.List(elts=words) | ast.Tuple(elts=words) | ast.Call(args=words) if len(words) > 1:
                texts = [_text(word) or "{}" for word in words]
                if any(text.startswith("-") for text in texts):
                    yield " ".join(texts).replace("\n", " "), words[0].lineno


def _text(node: ast.AST) -> str:
    """The text of a string, with {} for the values of an f-string; "" for other nodes."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.Constant(value=bytes(data)):
            return data.decode("latin-1")
        case ast.JoinedStr(values=values):
            return "".join(_text(each) or "{}" for each in values)
    return ""


def _texts(value: ast.expr | None) -> Iterator[ast.expr]:
    """The strings that an expression may evaluate to or contain: both sides of `or`, the items of a list."""
    match value:
        case ast.Constant() | ast.JoinedStr():
            yield value
        case ast.BoolOp(values=values) | ast.List(elts=values) | ast.Set(elts=values):
            for each in values:
                yield from _texts(each)
        case ast.IfExp(body=body, orelse=other) | ast.BinOp(left=body, op=ast.Add(), right=other):
            yield from _texts(body)
            yield from _texts(other)
        case ast.Call(func=ast.Attribute(value=ast.Constant() as text, attr="encode" | "strip")):
            yield text


_SECRET: Final = "secret(…)"


def _named(nodes: list[ast.AST]) -> Iterator[tuple[str, ast.expr | None]]:
    """(name, value expression) of assignments, arguments, dicts, defaults and comparisons."""
    for node in nodes:
        match node:
            case ast.Assign():
                yield from _assigned(node)
            case ast.AnnAssign(target=target, value=value) | ast.NamedExpr(target=target, value=value):
                yield _name(target), value
            case ast.keyword():
                yield _keyword(node)
            case ast.Dict(keys=keys, values=values):
                yield from zip(map(_name, keys), values, strict=True)
            case ast.arguments():
                yield from _defaults(node)
            case ast.Compare(left=left, ops=[ast.Eq() | ast.NotEq()], comparators=[value]) if is_mixed(_text(value)):
                yield _name(left), value
            case ast.Call():
                yield from _arguments(node)


def _assigned(node: ast.Assign) -> Iterator[tuple[str, ast.expr | None]]:
    match node:
        case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)):
            yield from zip(map(_name, targets), values, strict=False)
        case _:
            yield from ((_name(target), node.value) for target in node.targets)


def _keyword(node: ast.keyword) -> tuple[str, ast.expr | None]:
    match node:
        case ast.keyword(arg=str(name), value=ast.Tuple(elts=[_, value])) if name.lower().endswith("auth"):
            return "password", value  # auth=("me", "…")
    return node.arg or "", node.value


def _defaults(node: ast.arguments) -> Iterator[tuple[str, ast.expr | None]]:
    args = [*node.posonlyargs, *node.args]
    yield from zip((arg.arg for arg in args[len(args) - len(node.defaults) :]), node.defaults, strict=True)
    yield from zip((arg.arg for arg in node.kwonlyargs), node.kw_defaults, strict=True)


def _arguments(node: ast.Call) -> Iterator[tuple[str, ast.expr | None]]:
    """(name, value) of positional arguments: secret("…"), getenv("TOKEN", "…"), HTTPBasicAuth("me", "…")."""
    called = _name(node.func)
    match node.args:
        case [value] if called in _WRAPPED:
            yield _SECRET, value
        case [ast.Constant(value=str(name)), value] if called in _OF_A_NAME:
            yield name, value
        case [_, ast.Constant(value=str(name)), value] if called in _OF_A_NAME:
            yield name, value
        case [_, value, *_] if _LOGIN.fullmatch(called):
            yield "password", value


def _name(node: ast.expr | None) -> str:
    """The name in an expression: password, self.password, os.environ["PASSWORD"]."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.Constant(value=str(name)):
            return name
        case ast.Subscript(slice=ast.Constant(value=str(name))):
            return name
    return ""
