"""JobGraph: the jobs below a root, validated and frozen, in visiting order."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from dojobber_nb.core import upper_floors
from dojobber_nb.core.errors import NotAJobError, SecretNameError, UnknownJobError
from dojobber_nb.core.job_methods import PhaseSignature, phase_signatures
from dojobber_nb.core.node import JobKind, Node, make_node, policy_of
from dojobber_nb.core.outdated_classes import newer_classes
from dojobber_nb.core.secrets import scrub
from dojobber_nb.core.visiting_order import Deps, JobClass, is_job, label, post_order, visit

__all__ = ["JobClass", "JobGraph", "JobKind", "Node"]


class JobGraph:
    """The jobs below a root: `nodes` in visiting order, the root last, and their `names`.

    `outdated`: {class: newer class of the same name}, as found by configure().
    """

    __slots__ = ("_index", "_signatures", "names", "nodes", "outdated")

    def __init__(self, nodes: Sequence[Node]) -> None:
        self.nodes = tuple(nodes)
        self.names = tuple(node.name for node in nodes)
        self._index = {node.name: node.index for node in nodes}
        self._signatures: list[PhaseSignature] | None = None
        self.outdated: dict[JobClass, JobClass] = {}
        for node in nodes:
            for need in node.needs:
                self.nodes[need].needed_by.append(node.index)

    @classmethod
    def of(cls, root: object, *, default_tries: object = 3, default_retry_delay: object = 1) -> JobGraph:
        """The graph below `root`; a GraphError names the first job that cannot be part of one."""
        if not is_job(root):
            raise NotAJobError(label(root), "the root must be a class derived from Job")
        defaults = policy_of("configure(default_tries=…, default_retry_delay=…)", default_tries, default_retry_delay)
        deps = Deps()
        order = list(visit(root, deps))
        place = {job: number for number, job in enumerate(order)}
        nodes = [make_node(place[job], job, [place[dep] for dep in deps[job]], defaults) for job in order]
        graph = cls(nodes).scrubbed()
        graph.outdated = _warn_of_outdated(order)
        return graph

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> Mapping[str, str]:
        """Picture, table and text, by MIME type, for IPython."""
        return upper_floors.mime_bundle(self)

    def __len__(self) -> int:
        return len(self.nodes)

    def __iter__(self) -> Iterator[Node]:
        return iter(self.nodes)

    def __contains__(self, name: object) -> bool:
        return name in self._index

    def __getitem__(self, name: str) -> Node:
        """The node of that name; UnknownJobError suggests the nearest name."""
        index = self._index.get(name)
        if index is None and (index := self._index.get(scrub(name))) is None:
            raise UnknownJobError(name, self._index)
        return self.nodes[index]

    @property
    def signatures(self) -> list[PhaseSignature]:
        """The phase methods that do not take arbitrary arguments, one for each kind of signature."""
        if self._signatures is None:
            self._signatures = phase_signatures(node.job for node in self.nodes)
        return self._signatures

    @property
    def root(self) -> Node:
        """The root job, which needs all others."""
        return self.nodes[-1]

    def scrubbed(self) -> JobGraph:
        """The same graph, with <secret> in place of each secret in a name; SecretNameError if that makes two alike."""
        names = "\0".join(self.names)
        if scrub(names) == names:
            return self
        found = JobGraph([replace(node, name=scrub(node.name), needed_by=[]) for node in self.nodes])
        for node in found.nodes:
            if found._index[node.name] != node.index:
                raise SecretNameError(node.name)
        found.outdated = self.outdated
        return found

    def below(self, name: str) -> JobGraph:
        """The graph of that job and all it needs, from the nodes of this one."""
        if name == self.root.name:
            return self
        order = [
            node.index for node in post_order(self[name], lambda node: [self.nodes[i] for i in node.needs], _no_cycle)
        ]
        place = {old: new for new, old in enumerate(order)}
        return JobGraph([_moved(self.nodes[old], place) for old in order])


def _moved(node: Node, place: dict[int, int]) -> Node:
    needs = tuple(place[need] for need in node.needs)
    return Node(
        place[node.index],
        node.name,
        node.job,
        node.kind,
        needs,
        node.tries,
        node.delay,
        node.has_cleanup,
        node.has_init,
    )


def _no_cycle(path: list[Any], need: Any) -> Exception:
    return AssertionError(f"a frozen graph has no cycle, yet {need} is below itself: {path}")


def _warn_of_outdated(order: Sequence[JobClass]) -> dict[JobClass, JobClass]:
    """Warn about outdated classes, which run as DEPS still hold them; {class: newer class}."""
    found = newer_classes(order)
    for job in found:
        again = "run the cells again whose DEPS name it" if job.__module__ == "__main__" else "import it again"
        warnings.warn(
            f"{job.__name__} in this graph is an older class than the {job.__name__} that is defined now; {again}",
            stacklevel=2,
        )
    return found
