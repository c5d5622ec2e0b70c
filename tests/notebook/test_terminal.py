"""Without a kernel there is no page: text alone, and what jobs print goes where it always went."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import dev

SESSION = """
from dojobber_nb import DoJobber, Job, Dashboard
from dojobber_nb.notebook import GraphView, Inspector

class Fill(Job):
    def Check(self): print("checking"); assert Fill in done
    def Run(self): print("running"); done.append(Fill)

done, dj = [], DoJobber()
dj
dj.configure(Fill)
dj
dashboard = Dashboard(dj)
dashboard
part = GraphView(dj), Inspector(dj)
_ = dj.step()
_ = dj.step()
dj
print("quiet", 1)
shell = globals().get("get_ipython")
hooks = shell().events.callbacks["post_run_cell"] if shell else []
print("hooks", [hook for hook in hooks if "dojobber" in hook.__module__])
print("report", "✓" in dj.report(REPORT).read_text())
"""
SHELLS = {
    "IPython": ["-m", "IPython", "--no-banner", "--simple-prompt", "--no-confirm-exit", "--colors=NoColor"],
    "IPython -c": ["-m", "IPython", "--colors=NoColor", "-c"],
    "python": ["-q", "-i"],
}


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What each shell shows of that session."""
    folder = tmp_path_factory.mktemp("terminal")
    return {shell: session_in(shell, folder) for shell in SHELLS}


def session_in(shell: str, folder: Path) -> str:
    code = SESSION.replace("REPORT", repr(str(folder / "night.html")))
    asked, typed = ([code], "") if shell.endswith("-c") else ([], code)
    env = {"IPYTHONDIR": str(folder), "PYTHONPATH": str(dev.ROOT), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [sys.executable, *SHELLS[shell], *asked],
        input=typed,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize("shell", SHELLS)
def test_what_jobs_print_is_seen_and_nothing_looks_on(said: dict[str, str], shell: str) -> None:
    assert said[shell].count("checking") == said[shell].count("running\n") == 1
    assert "hooks []" in said[shell]
    assert "Error" not in said[shell]


@pytest.mark.parametrize("shell", ["IPython", "python"])
def test_a_last_value_is_text(said: dict[str, str], shell: str) -> None:
    assert "<DoJobber: not configured yet>" in said[shell]
    told = {"IPython": "Job graph of Fill: 1 job · {}.", "python": "<DoJobber of Fill: 1 job · {}>"}[shell]
    assert told.format("… 1 pending") in said[shell]
    assert told.format("▸ 1 running · pass 1") in said[shell]


@pytest.mark.parametrize("shell", ["IPython", "python"])
def test_a_dashboard_made_there_says_where_dashboards_are_shown(said: dict[str, str], shell: str) -> None:
    assert "<Dashboard of Fill: 1 job · … 1 pending>\nA dashboard needs a notebook" in said[shell]


@pytest.mark.parametrize("shell", SHELLS)
def test_a_report_is_written_all_the_same(said: dict[str, str], shell: str) -> None:
    assert "report True" in said[shell]


def test_no_line_is_added_after_later_cells(said: dict[str, str]) -> None:
    after = said["IPython"].partition("quiet 1")[2]
    assert "Fill" not in after
    assert "Dashboard" not in after
