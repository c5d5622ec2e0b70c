"""DoJobber: the Runner with everything people reach from it."""

from __future__ import annotations

from dojobber_nb.engine.runner import Runner


class DoJobber(Runner):
    """Runs a job graph whole or step by step, draws it, and shows it in a notebook."""
