"""dojobber-nb: small idempotent jobs, run and stepped interactively."""

from typing import TYPE_CHECKING, Any

from dojobber_nb.core.job import DummyJob, Job, RunonlyJob
from dojobber_nb.core.secrets import secret
from dojobber_nb.dojobber import DoJobber

if TYPE_CHECKING:
    from dojobber_nb.notebook.dashboard import Dashboard
    from dojobber_nb.record.record import Record

__all__ = ["Dashboard", "DoJobber", "DummyJob", "Job", "Record", "RunonlyJob", "secret"]


def __getattr__(name: str) -> Any:
    """Import on first use what takes long: a third of a second for the widgets alone."""
    if name == "Dashboard":
        from dojobber_nb.notebook.dashboard import Dashboard

        return Dashboard
    if name == "Record":
        from dojobber_nb.record.record import Record

        return Record
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
