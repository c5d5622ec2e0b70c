"""A runbook that tells a canary through every channel there is, and what finds canaries in a text."""

import base64
import html
import importlib.util
import json
import os
import re
import secrets
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

CHANNELS = (
    "argument",
    "storage",
    "global_storage",
    "key",
    "message",
    "chained",
    "local",
    "stdout",
    "encoded",
    "stderr",
    "child",
    "log",
    "result",
    "attribute",
    "docstring",
    "source",
    "name",
    "cleanup",
    *(KEYED := ("keyed", "keyed argument", "keyed local")),  # under keys that tell of secrets
)
CANARIES, PROTECT = "CANARIES", "PROTECT"  # in the environment

RUNBOOK = """
import base64, json, logging, os, subprocess, sys, urllib.parse
from dojobber_nb import DoJobber, DummyJob, Job, secret

told = json.loads(os.environ["CANARIES"])
if protected := bool(os.environ["PROTECT"]):
    for channel, value in told.items():
        if not channel.startswith("keyed"):
            secret(value)

class Holds(Job):
    def Check(self, word, api_key):
        return [told["result"]]
    def Run(self, word, api_key): ...

Named = type(told["name"], (DummyJob,), {"DEPS": (Holds,)})

class Leaks(Job):
    __doc__ = f"Speaks of {told['docstring']}."
    DEPS, TRIES = (Named,), 1
    def __init__(self):
        self.attribute = told["attribute"]
    def Check(self, word, api_key):
        known, auth_token = told["local"], told["keyed local"]
        self.storage["config"] = {"DB-PASSWORD": [told["keyed"]], "cookie": told["keyed"]}
        self.global_storage[b"Authorization"] = self.storage["authToken"] = told["keyed"]
        self.storage["it"] = {"inside": [told["storage"]]}
        self.storage[told["key"]] = 1
        self.global_storage["it"] = told["global_storage"]
        try:
            raise KeyError(told["chained"])
        except KeyError as error:
            raise ValueError(f"no {told['message']}") from error
    def Run(self, word, api_key):
        print("a", told["stdout"])
        encoded = told["encoded"].encode()
        print(base64.b64encode(b"me:" + encoded).decode(), urllib.parse.quote(encoded), json.dumps(encoded.decode()))
        print("b", told["stderr"], file=sys.stderr)
        subprocess.run([sys.executable, "-c", "import sys; print(sys.argv[1])", told["child"]], check=True)
        logging.getLogger("app").warning("c %s", told["log"])
        raise RuntimeError('SOURCE')  # of the source
    def Cleanup(self):
        raise OSError(told["cleanup"])

class Top(DummyJob):
    DEPS = (Leaks,)

def leaky(**options):
    dj = DoJobber()
    dj.configure(Top, default_retry_delay=0, **options)
    word = told["argument"]
    dj.set_args(word=secret(word) if protected else word, api_key=told["keyed argument"])
    return dj
"""


def canaries() -> dict[str, str]:
    """One a channel: nobody can guess it, and every encoding changes it."""
    names = {channel: f"{channel[:3]}-{secrets.token_hex(8)}/+ü~&" for channel in CHANNELS}
    return {**names, "name": f"name_{secrets.token_hex(8)}"}


def runbook(folder: Path, told: dict[str, str], monkeypatch: pytest.MonkeyPatch, *, protect: bool) -> ModuleType:
    """The runbook as a module, from a file of its own; the environment is as it and child processes need it."""
    monkeypatch.setenv(CANARIES, json.dumps(told))
    monkeypatch.setenv(PROTECT, "yes" if protect else "")
    file = folder / f"leaky_{secrets.token_hex(4)}.py"
    file.write_text(RUNBOOK.replace("SOURCE", told["source"]), "utf-8")
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def leaked(text: str, told: dict[str, str]) -> set[str]:
    """The channels whose canary is in the text, in pictures inside it too, plainly or in any encoding."""
    everything = "\n".join(_unpacked(text))
    return {channel for channel, value in told.items() if any(form in everything for form in _encodings(value))}


_PICTURE = re.compile(r"data:[\w/+.;-]+;base64,([A-Za-z0-9+/=]+)")


def _unpacked(text: str) -> Iterator[str]:
    yield text
    for data in _PICTURE.findall(text.replace("\\n", "")):
        yield base64.b64decode(data).decode("utf-8", "replace")


def _encodings(value: str) -> Iterator[str]:
    """The unguessable part of it is looked for, so that no escape of the rest hides it; and what packs all of it."""
    (core,) = re.findall(r"[0-9a-f]{16}", value)
    yield from (core, value, repr(value)[1:-1], json.dumps(value)[1:-1], html.escape(value), urllib.parse.quote(value))
    yield core.encode().hex()
    for before in range(3):
        packed = base64.b64encode(b"x" * before + core.encode())
        yield packed[4:-4].decode()


def in_environment(told: dict[str, str], *, protect: bool) -> dict[str, str]:
    """What a process needs to run the runbook by itself."""
    return {**os.environ, CANARIES: json.dumps(told), PROTECT: "yes" if protect else ""}
