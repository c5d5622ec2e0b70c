"""dojobber-nb: small idempotent jobs, run and stepped interactively."""

from dojobber_nb.core.job import DummyJob, Job, RunonlyJob
from dojobber_nb.dojobber import DoJobber

__all__ = ["DoJobber", "DummyJob", "Job", "RunonlyJob"]
