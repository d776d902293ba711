"""Lanes: where work happens that the window must not wait for."""

from studio.services.jobs.child import ChildDiedError, ComputeError
from studio.services.jobs.job import Eta, Job, JobEvent, JobEventKind, JobState, Listener, Progress
from studio.services.jobs.lanes import Jobs

__all__ = [
    "ChildDiedError",
    "ComputeError",
    "Eta",
    "Job",
    "JobEvent",
    "JobEventKind",
    "JobState",
    "Jobs",
    "Listener",
    "Progress",
]
