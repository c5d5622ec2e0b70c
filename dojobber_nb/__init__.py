"""dojobber-nb: small idempotent jobs, run and stepped interactively."""

from typing import TYPE_CHECKING, Any

from dojobber_nb.core.job import DummyJob, Job, RunonlyJob
from dojobber_nb.core.secrets import secret
from dojobber_nb.dojobber import DoJobber

if TYPE_CHECKING:
    from dojobber_nb.notebook.dashboard import Dashboard

__all__ = ["Dashboard", "DoJobber", "DummyJob", "Job", "RunonlyJob", "secret"]


def __getattr__(name: str) -> Any:
    """Dashboard, when it is asked for: the widgets it stands on take a third of a second to import."""
    if name == "Dashboard":
        from dojobber_nb.notebook.dashboard import Dashboard

        return Dashboard
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
