"""A run as DOT source for graphviz."""

from __future__ import annotations

from dojobber_nb.core.graph import JobKind
from dojobber_nb.core.jobstate import JobState
from dojobber_nb.core.state import RunState
from dojobber_nb.view import words
from dojobber_nb.view.theme import LOOKS, ThemeName, look_key


def dot(state: RunState, theme: ThemeName = "light") -> str:
    """DOT source: a node per job with name, line and colours; an edge leads to a dependency."""
    nodes = [f"  {job.node.index} [{_attributes(job, state, theme)}];" for job in state.jobs.values()]
    edges = [f"  {node.index} -> {need};" for node in state.graph for need in node.needs]
    header = '  node [shape=box, style="rounded,filled", fontname="DejaVu Sans", fontsize=12];'
    return "\n".join(["digraph {", header, *nodes, *edges, "}", ""])


def _attributes(job: JobState, state: RunState, theme: ThemeName) -> str:
    colours = LOOKS[look_key(job)][theme]
    group = ', style="rounded,filled,dashed"' if job.node.kind is JobKind.DUMMY else ""
    label = rf'label="{_quoted(words.name(job.name))}\n{_quoted(words.line(job, state))}"'
    return f'{label}, fillcolor="{colours.fill}", color="{colours.stroke}", fontcolor="{colours.text}"{group}'


def _quoted(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"")
