"""Report: a run in one HTML file that needs no kernel and no network.

The file holds the content of each widget at each moment of the run, the ES modules of the widgets, and a short script
that takes the place of the kernel. Values of jobs are text, never markup. A Content-Security-Policy blocks all other
scripts.
"""

from __future__ import annotations

import json
import os
import time
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Any, Final

from dojobber_nb.core.atomic_write import write_atomically
from dojobber_nb.core.errors import ReportError
from dojobber_nb.core.events import Interrupted, Phase, PhaseEnded
from dojobber_nb.core.run_view import PastRun
from dojobber_nb.core.secrets import scrub
from dojobber_nb.core.state import RunState
from dojobber_nb.engine.runner import Runner
from dojobber_nb.notebook.actions.buttons import job_count
from dojobber_nb.notebook.report.content import ReportContent
from dojobber_nb.notebook.report.tracks import TextTable
from dojobber_nb.notebook.session.past_moment import event_time
from dojobber_nb.notebook.session.session import view_of
from dojobber_nb.notebook.widgets.base import bare, own_script, rules, script
from dojobber_nb.notebook.widgets.job_list import URGENT
from dojobber_nb.record.recorded_run import RecordedRun
from dojobber_nb.record.run_metadata import environment
from dojobber_nb.view import theme, words
from dojobber_nb.view.static_bundle import static_view
from dojobber_nb.view.status import run_status, status_text

MODULES: Final = ("controls", "graph", "joblist", "timeline", "inspector", "travel")
FILES: Final = ("output_text", "report_data", "report_answers", "report_parts", "report_jobs", "report")
EXPORT: Final = "export default"
SUFFIXES: Final = (".html", ".htm")
PAGE: Final = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>{style}</style>
</head>
<body class="dj dj-report">
<noscript><p>Allow scripts to see the graph and the rest: the only script is in this file.</p>{table}</noscript>
<script type="application/json" id="dj-told">{data}</script>
<script>{code}</script>
</body>
</html>
"""


def write_report(source: Runner | RecordedRun, file: str | os.PathLike[str], *, values: bool = False) -> Path:
    """Write the run as it is now, and return the path. An existing report is replaced.

    values: whether to include what storages held, with secrets scrubbed. Raises ReportError if the file cannot be
    written; then the old file is still there.
    """
    path = Path(file)
    run = PastRun.of(view_of(source))
    metadata = source.header if isinstance(source, RecordedRun) else environment()
    _refuse(path)
    data = html(run, values=values, versions=metadata["versions"])
    try:
        write_atomically(path, data)
    except OSError as error:
        raise ReportError(path, error.strerror or str(error)) from error
    return path


def html(run: PastRun, *, values: bool, versions: Mapping[str, str]) -> bytes:
    """The report as a file, in UTF-8."""
    code, style = _code(), _style()
    title, table = escape(scrub(words.name(run.state.graph.root.name, 100))), static_view(run.state).table
    data = _data(run, values=values, versions=versions)
    page = PAGE.format(policy=_policy(code, style), title=title, style=style, table=table, data=data, code=code)
    return page.encode("utf-8", "backslashreplace")


# --- data ------------------------------------------------------------------------------------------------------------


def _data(run: PastRun, *, values: bool, versions: Mapping[str, str]) -> str:
    """The data as JSON: the table of all texts, the tracks of widgets and jobs, the head of the page."""
    table, who = TextTable(scrub), run.whose
    content = ReportContent(run, table, values=values)
    facts = {
        "When": _time_of_day(run.state),
        "Took": f"{words.seconds(_spent(run))} in phases, {words.seconds(_took(run))} from the first to the last",
        "Who": words.short(who, 100),
        "With": ", ".join(f"{name} {number}" for name, number in versions.items()),
        "Values": "what storages held, without secrets" if values else "left out: names, types and sizes only",
    }
    data = {
        "moments": len(content.moments),
        "parts": content.of_parts(),
        "jobs": content.of_jobs(),
        "head": table.place({**_head(run, content), "facts": list(facts.items())}),
        "status": table.place(status_text(run.state, elapsed=_took(run), host=who)),
        "rules": _rules(run.state),
    }
    rows = f'{{"table":[{",".join(table.rows)}],"told":{json.dumps(data, separators=(",", ":"))}}}'
    return rows.replace("<", "\\u003c")  # no text of a job ends the script element


def _rules(state: RunState) -> dict[str, Any]:
    """What the page needs to filter, sort and count jobs itself; by look, in the order of LOOKS, or by count."""
    rank: Mapping[str, int] = {status.value: place for status, place in URGENT.items()}
    counted = [words.RUNNING if key in set(Phase) else key for key in theme.LOOKS]
    return {
        "counted": counted,
        "rank": [rank.get(key, len(URGENT)) for key in theme.LOOKS],
        "empty": {key: words.count(key, 0) for key in words.COUNTED},
        "all": job_count(len(state.graph)),
    }


def _head(run: PastRun, content: ReportContent) -> dict[str, str]:
    state, kept, events = run.state, len(content.moments), len(run.events)
    thinned = f"The slider stops at {kept:,} of {events + 1:,} moments, at the ends of attempts. No attempt is missing."
    return {
        "title": words.name(state.graph.root.name, 100),
        "stands": run.note or run_status(state),
        "note": thinned if kept <= events else "",
    }


def _time_of_day(state: RunState) -> str:
    if state.started is None:
        return "has not begun"
    return time.strftime("%Y-%m-%d %H:%M:%S %z", time.localtime(state.started.wall))


def _spent(run: PastRun) -> float:
    return sum(event.duration for event in run.events if isinstance(event, PhaseEnded | Interrupted))


def _took(run: PastRun) -> float:
    return event_time(run.events[-1]) if run.events else 0.0


# --- code and styles -------------------------------------------------------------------------------------------------


def _code() -> str:
    """One script: each module in its own scope, then the script in place of the kernel."""
    each = [f"{name}: (() => {{\n{own_script(name).replace(EXPORT, 'return')}\n}})()," for name in MODULES]
    modules = "\n".join(["const MODULES = {", *each, "};"])
    return "\n".join(['"use strict";', "{", script(), modules, *(bare(f"{file}.js") for file in FILES), "}"])


def _style() -> str:
    dark = theme.css("dark", "html:not([theme=light]) .dj")
    colours = [theme.css("light", ".dj"), f"@media screen and (prefers-color-scheme: dark) {{ {dark} }}"]
    chosen = f"@media screen {{ {theme.css('dark', 'html[theme=dark] .dj')} }}"
    return "\n".join([*colours, chosen, rules(), *(bare(f"{name}.css") for name in (*MODULES, "report"))])


def _policy(code: str, style: str) -> str:
    """Content-Security-Policy that allows this script and this style sheet only, by hash."""
    own = f"script-src {_hash(code)}; style-src {_hash(style)}"
    return f"default-src 'none'; {own}; base-uri 'none'; form-action 'none'"


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


# --- the file --------------------------------------------------------------------------------------------------------


def _refuse(path: Path) -> None:
    if path.is_dir():
        raise ReportError(path, "it is a folder")
    if path.suffix.lower() not in SUFFIXES:
        raise ReportError(path, f"a report is HTML, and its name ends in {SUFFIXES[0]}")
