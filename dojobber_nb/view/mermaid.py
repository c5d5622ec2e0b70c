"""A run as Mermaid text, which GitHub and others render in Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from dojobber_nb.core.graph import JobKind
from dojobber_nb.core.state import RunState
from dojobber_nb.view import words
from dojobber_nb.view.layout import Direction, direction_of
from dojobber_nb.view.theme import LOOKS, ThemeName, look_key

GROUP = "group"  # the class of DummyJobs


def mermaid(state: RunState, theme: ThemeName = "light", direction: Direction | None = None) -> str:
    """A Mermaid flowchart: `j3 --> j1` means that job 3 needs job 1; the class of a job is its look."""
    heading = f"flowchart {'TD' if (direction or direction_of(len(state.graph))) == 'down' else 'LR'}"
    nodes = [
        f'  j{job.node.index}["{_quoted(words.name(job.name))}<br/>{_quoted(words.line(job, state))}"]'
        for job in state.jobs.values()
    ]
    edges = [f"  j{node.index} --> j{need}" for node in state.graph for need in node.needs]
    return "\n".join([heading, *nodes, *edges, *_classes(state, theme), ""])


def _classes(state: RunState, theme: ThemeName) -> Iterator[str]:
    """The class definition of each look in use, and its jobs."""
    members: dict[str, list[str]] = {}
    for job in state.jobs.values():
        members.setdefault(look_key(job), []).append(f"j{job.node.index}")
    for key, jobs in members.items():
        look, colours = LOOKS[key], LOOKS[key][theme]
        yield (
            f"  classDef {key} fill:{colours.fill},stroke:{colours.stroke},color:{colours.text},"
            f"stroke-width:{look.border}px"
        )
        yield f"  class {','.join(jobs)} {key}"
    if groups := [f"j{node.index}" for node in state.graph if node.kind is JobKind.DUMMY]:
        yield f"  classDef {GROUP} stroke-dasharray:6 4"
        yield f"  class {','.join(groups)} {GROUP}"


def _quoted(text: str) -> str:
    """The text with every character special to Mermaid, Markdown or HTML as a character code."""
    return "".join(each if each.isalnum() or each in " ,/·…" else f"#{ord(each)};" for each in text)
