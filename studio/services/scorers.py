"""More scores of concepts and neurons, by whichever scorers are asked for (METHOD 6)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from studio.domain.context import Context
from studio.domain.errors import ModelError
from studio.domain.interfaces import Scorer
from studio.domain.score import Score
from studio.domain.specs import ScorersSpec
from studio.services.bundles import as_config, open_bundle
from studio.services.plugin_guard import PluginError
from studio.services.plugin_host import PluginHost, load_plugins
from studio.services.scoring_work import Work
from studio.services.spec_checks import check_scorers
from studio.storage.project import Project

#: Scores written together.
TOGETHER = 256


@dataclass(frozen=True, slots=True)
class ScorersResult:
    """How many scores each scorer gave, how many of them have no value, with the commonest reason, and the
    sentence on each scorer of a plug-in that failed."""

    scores: dict[str, int]
    undefined: dict[str, int]
    why: dict[str, str]
    failed: dict[str, str]

    def summary(self) -> dict[str, Any]:
        """For the run record."""
        return asdict(self)


def scorers(host: PluginHost | None = None) -> dict[str, Scorer]:
    """All scorers by name; of two with one name, that of the plug-in loaded last."""
    found: dict[str, Scorer] = {}
    for _plugin, offered in (host or load_plugins()).each("concept_studio_scorers"):
        for scorer in offered:
            found.setdefault(scorer.name, scorer)
    return dict(sorted(found.items()))


def run_scorers(spec: ScorersSpec, snapshot: Path, bundle: Path, ctx: Context) -> ScorersResult:
    """Write the scores of every scorer asked for into `bundle`.

    Tests are on examples that no explainer saw. A run that was stopped keeps the scorers that were done and
    the answers that were given. A scorer of a plug-in that fails is named and left out, if it is not the only
    one. Raises `ModelError`, `DataError`, `NetworkError`, `Cancelled`.
    """
    host = load_plugins()
    chosen = _chosen(spec.scorers, scorers(host))
    check_scorers(spec)
    with Project.open(snapshot) as project:
        work = Work(project, spec, snapshot.parent, host)
        failed = _Failed(ctx, len(chosen))
        records = _prepared(chosen, work, ctx, failed)
        out, run = open_bundle(bundle, "scorers", as_config(spec, records=records))
        with out:
            done = set(out.meta.get("scorers_done", []))
            for scorer in chosen:
                if scorer.name in done or scorer.name in failed.why:
                    continue
                with failed.noted(scorer.name):
                    _write(out, scorer.score(work, ctx))
                    done.add(scorer.name)
                    out.meta.set("scorers_done", sorted(done))
            result = _result(out.scores.all(), [scorer.name for scorer in chosen], failed.why)
            out.runs.finish(run, result.summary())
    _tell(result, ctx)
    return result


class _Failed:
    """Why scorers of plug-ins were left out, by name. When none is left, the run has failed."""

    def __init__(self, ctx: Context, of: int) -> None:
        self.why: dict[str, str] = {}
        self._ctx, self._of = ctx, of

    @contextmanager
    def noted(self, name: str) -> Iterator[None]:
        try:
            yield
        except PluginError as error:
            self.why[name] = str(error)
            if len(self.why) == self._of:
                raise
            self._ctx.log(f"{name} is left out. {error}")


def _prepared(chosen: list[Scorer], work: Work, ctx: Context, failed: _Failed) -> dict[str, dict[str, Any]]:
    """What each scorer says of itself for the record."""
    records = {}
    for scorer in chosen:
        with failed.noted(scorer.name):
            records[scorer.name] = dict(scorer.prepare(work, ctx))
    return records


def _chosen(names: Iterable[str], known: dict[str, Scorer]) -> list[Scorer]:
    wanted = list(dict.fromkeys(names))
    unknown = [name for name in wanted if name not in known]
    if unknown or not wanted:
        what = f"no scorer “{unknown[0]}”" if unknown else "nothing to do without a scorer"
        raise ModelError(f"There is {what}. Choose of: {', '.join(known)}.")
    return [known[name] for name in wanted]


def _write(out: Project, found: Iterator[Score]) -> None:
    waiting: list[Score] = []
    for score in found:
        waiting.append(score)
        if len(waiting) >= TOGETHER:
            out.scores.write(waiting)
            waiting.clear()
    out.scores.write(waiting)


def _result(found: list[Score], names: Iterable[str], failed: dict[str, str]) -> ScorersResult:
    without = [score for score in found if score.value is None]
    reasons: dict[str, Counter[str]] = {}
    for score in without:
        reasons.setdefault(score.scorer, Counter())[score.why] += 1
    return ScorersResult(
        dict.fromkeys(names, 0) | Counter(score.scorer for score in found),
        dict(Counter(score.scorer for score in without)),
        {name: counts.most_common(1)[0][0] for name, counts in reasons.items()},
        failed,
    )


def _tell(result: ScorersResult, ctx: Context) -> None:
    for name, count in result.scores.items():
        if name in result.failed:
            continue
        if not count:
            ctx.log(f"{name}: no scores, for no concept or neuron has the side that it looks at.")
            continue
        without = result.undefined.get(name, 0)
        more = f", {without:,} of them without a value, most often: {result.why[name]}" if without else "."
        ctx.log(f"{name}: {count:,} scores{more}")
