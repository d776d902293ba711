"""Name every live neuron, for each side it fires on."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from studio.domain.concept import Proposal
from studio.domain.context import Context
from studio.domain.interfaces import Explainer
from studio.domain.specs import ProposeSpec
from studio.services.bundles import as_config, open_bundle
from studio.services.explaining import Work, find_explainer
from studio.services.near_duplicates import freeze_groups
from studio.services.plugin_host import load_plugins
from studio.services.spec_checks import check_propose
from studio.storage.project import Project

#: Proposals written together; those of a run that was stopped are kept.
TOGETHER = 256


@dataclass(frozen=True, slots=True)
class ProposeResult:
    """How many neurons were looked at, how many got a concept on at least one side, and what the explainer
    says of the run: questions, tokens, cost."""

    neurons: int
    named: int
    spent: dict[str, Any] = field(default_factory=dict)

    def summary(self) -> dict[str, Any]:
        """For the run record."""
        return {"neurons": self.neurons, "named": self.named, **self.spent}


def propose(spec: ProposeSpec, snapshot: Path, bundle: Path, ctx: Context) -> ProposeResult:
    """Write a proposal for each side of each live neuron of `snapshot` into `bundle`; dead ones are left out.

    The explainer sees the "seen" half of the top examples (`holdout.split`); their ids are kept with the
    proposal. Neurons that a bundle of the same request has already are not done again. Raises `ModelError`,
    `DataError`, `NetworkError`, `Cancelled`.
    """
    host = load_plugins()
    explainer = find_explainer(spec.explainer, host)
    check_propose(spec)
    with Project.open(snapshot) as project:
        groups = freeze_groups(project, ctx)  # before anybody explains anything
        work = Work(project, spec, snapshot.parent, host)
        config = as_config(spec, **explainer.prepare(work, ctx))
        out, run = open_bundle(bundle, "propose", config)
        with out:
            out.meta.set("near_duplicates", groups)
            _write(out, explainer, work, ctx)
            result = _result(out.proposals.all(), dict(explainer.summary()))
            out.runs.finish(run, result.summary())
    return result


def _write(out: Project, explainer: Explainer, work: Work, ctx: Context) -> None:
    work.leave_out({(p.neuron, p.side) for p in out.proposals.all()})
    waiting: list[Proposal] = []
    try:
        for proposal in explainer.propose(work, ctx):
            waiting.append(proposal)
            if len(waiting) >= TOGETHER:
                out.proposals.write(waiting)
                waiting.clear()
    finally:
        out.proposals.write(waiting)


def _result(proposals: list[Proposal], spent: dict[str, Any]) -> ProposeResult:
    named = {p.neuron for p in proposals if p.concept is not None}
    return ProposeResult(len({p.neuron for p in proposals}), len(named), spent)
