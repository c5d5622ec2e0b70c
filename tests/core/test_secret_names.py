"""A job's name as a way out for secrets: it is shown, recorded and told without them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dojobber_nb import DoJobber, Job, Record, secret
from dojobber_nb.core.errors import CleanupErrors, SecretNameError
from dojobber_nb.core.events import Phase
from dojobber_nb.core.secrets import MARK
from tests.support.runbooks import doing, group, job

WORD = "swordfish-7"


def mend(self: Job, **_: object) -> None:
    raise RuntimeError("no")


def deploy(**body: Any) -> type[Job]:
    return job(f"Deploy {WORD}", **{"TRIES": 1, "Check": mend, "Run": mend, "Cleanup": mend, **body})


def told(dj: DoJobber, folder: Path) -> dict[str, str]:
    """All that tells of a run."""
    for fmt in ("svg", "dot", "mermaid"):
        dj.write_graph(folder / f"graph.{fmt}", fmt=fmt)
    dj.report(folder / "report.html")
    files = {file.name: file.read_bytes().decode("latin-1") for file in folder.iterdir()}
    return files | {
        "events": f"{list(dj.events)} {dj.events}",
        "nodestatus": repr(dj.nodestatus),
        "nodeexceptions": repr(dj.nodeexceptions),
        "state": f"{dj.state.jobs} {dj.state.jobs['Top']}",
        "why": f"{dj.why('Top')} {dj.why(f'Deploy {WORD}')}",
        "graph": f"{list(dj.graph)}",
        "breakpoints": f"{list(dj.breakpoints)}",
    }


@pytest.mark.parametrize("when", ["before configure", "by set_args"])
def test_no_way_out_tells_a_secret_that_is_in_a_name(
    when: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if when == "before configure":
        secret(WORD)
    dj = DoJobber()
    dj.configure(group("Top", deploy()), debug=True, record=str(tmp_path / "night.sqlite"))
    dj.breakpoints.add(f"Deploy {WORD}", "run")
    dj.set_args(**{"token": secret(WORD)} if when == "by set_args" else {})
    dj.run()
    assert dj.paused_at
    assert dj.paused_at[:2] == (f"Deploy {MARK}", Phase.RUN)
    with pytest.raises(CleanupErrors) as failed:
        dj.run()
    seen = told(dj, tmp_path) | {"lines": capsys.readouterr().err, "cleanups": repr(failed.value)}
    assert [name for name, text in seen.items() if WORD in text] == []
    assert "Deploy <secret>.recheck: fail" in seen["lines"]
    assert Record(str(tmp_path / "night.sqlite")).runs[-1].nodestatus == {f"Deploy {MARK}": False, "Top": None}


def test_such_a_job_is_found_by_class_by_its_own_name_and_by_the_one_shown(tmp_path: Path) -> None:
    secret(WORD)
    cls = deploy()
    dj = doing(group("Top", cls), record=str(tmp_path / "night.sqlite"), cleanup=False)
    dj.run_to(cls, "run")
    names: tuple[Any, ...] = (cls, f"Deploy {WORD}", f"Deploy {MARK}")
    assert len({dj.why(name) for name in names}) == 1
    assert dj.nodestatus[f"Deploy {WORD}"] is dj.nodestatus[f"Deploy {MARK}"]
    again = DoJobber()
    again.configure(group("Top", cls), record=str(tmp_path / "night.sqlite"), cleanup=False)
    again.resume()
    assert again.state.jobs[f"Deploy {MARK}"].tries == 1


def test_jobs_that_a_secret_alone_tells_apart_are_refused() -> None:
    secret("swordfish-7")
    secret("swordfish-8")
    with pytest.raises(SecretNameError, match="Deploy <secret>: several jobs have this name"):
        doing(group("Top", job("Deploy swordfish-7"), job("Deploy swordfish-8")))


@pytest.mark.parametrize(
    "ask",
    [
        lambda dj: dj.why(f"Deplou {WORD}"),
        lambda dj: dj.run_to(f"{WORD}"),
        lambda dj: dj.breakpoints.add(f"Deploy {WORD}", WORD),
        lambda dj: dj.breakpoints.remove(f"Deploy {WORD}"),
        lambda dj: dj.configure(deploy(DEPS=3)),
        lambda dj: dj.configure(deploy(TRIES=0)),
        lambda dj: dj.configure(deploy(DEPS=(WORD,))),
        lambda dj: dj.configure(group("Top", deploy(), deploy())),
        lambda dj: DoJobber(**{WORD: 1}),
        lambda dj: Record(f"/no/{WORD}").runs,
    ],
)
def test_no_error_of_this_library_tells_a_secret(ask: Callable[[DoJobber], Any]) -> None:
    secret(WORD)
    dj = doing(deploy())
    with pytest.raises(Exception, match="<secret>") as refused:
        ask(dj)
    assert WORD not in f"{refused.value} {refused.value!r}"
