"""How often the lines of evidence agree, and the reasons where they do not (METHOD 5)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from studio.domain.concept import Alignment, Verdict
from studio.domain.line_cause import LineCause
from studio.domain.modality import Modality
from studio.services.causal_lines import causal_class
from studio.services.line_causes import WORDS, cause_of
from studio.services.sweep import current_rule
from studio.services.thresholds import Rule
from studio.services.verdict import FEWEST
from studio.storage.project import Project

#: Why a neuron has no class by line 1, in the order in which they are looked for.
NO_CONCEPT = "no concept was proposed"
FEW_EXAMPLES = f"fewer than {FEWEST} held-out examples on every side"
NOT_SIGNIFICANT = "no concept stands out from the background (q above the limit)"
BELOW = "a concept stands out, below the threshold"
#: Why line 3 has no class.
NOT_RUN = "no top sample of it was run again"
SURVIVES_BOTH = "survives both losses: fires whatever is shown"
#: So many neurons of each reason are named.
NAMED = 5


@dataclass(frozen=True, slots=True)
class LineAgreement:
    """Lines 1 and 3 over the neurons that fired and have a verdict.

    `confusion`: class by line 1 -> class by line 3 ("none" where it was not run) -> neurons. `comparable`
    neurons have a class by both lines, of which `agree` have the same; `reasons` counts the others by
    `LineCause`, and `examples` names the first neurons of each. `no_class` says why neurons have none by
    line 1, `no_cause` why neurons with one have none by line 3.
    """

    neurons: int
    comparable: int
    agree: int
    confusion: dict[str, dict[str, int]]
    reasons: dict[LineCause, int]
    examples: dict[LineCause, list[int]]
    no_class: dict[str, int]
    no_cause: dict[str, int]

    @property
    def share(self) -> float:
        """The share that agrees, NaN where nothing can be compared."""
        return self.agree / self.comparable if self.comparable else math.nan

    def as_dict(self) -> dict[str, Any]:
        """The same as JSON, the share included (null where there is none)."""
        return asdict(self) | {"share": self.share if self.comparable else None}

    def summary(self) -> str:
        """The same as lines of plain text."""
        return "\n".join([self.sentence, "", *self._table(), *self._parts()])

    @property
    def sentence(self) -> str:
        """The share that agrees, and the most frequent reason where they do not."""
        if not self.comparable:
            return (
                "No neuron has a class by line 1 and by line 3: run `causal` after `score`. It needs samples "
                "that have both a picture and a text."
            )
        said = (
            f"Lines 1 and 3 agree on {self.agree:,} of {self.comparable:,} neurons with a class by both "
            f"({self.share:.1%}); {self.neurons:,} neurons are scored."
        )
        most = next(iter(self.reasons.items()), None)
        if most is None:
            return said
        return f"{said} Most often they differ because the neuron {WORDS[most[0]]} ({most[1]:,})."

    def _table(self) -> list[str]:
        columns = list(next(iter(self.confusion.values())))
        head = f"{'line 1 | line 3':<16}"
        rows = [
            f"{name:<16}" + "".join(f"{row[column]:>12,}" for column in columns)
            for name, row in self.confusion.items()
        ]
        return [head + "".join(f"{column:>12}" for column in columns), *rows]

    def _parts(self) -> list[str]:
        parts = (
            ("They differ because the neuron", self._reasons(), self.comparable),
            ("No class by line 1 because", self.no_class, self.neurons),
            ("A class by line 1, none by line 3 because it", self.no_cause, self.neurons),
        )
        return [
            line for title, counts, of in parts if counts for line in ("", f"{title}:", *_rows(counts, of))
        ]

    def _reasons(self) -> dict[str, int]:
        """The reasons in words, with the search that finds their neurons, and the first of them."""
        return {
            f"{WORDS[cause]} (lines:{cause}, as {', '.join(f'#{n}' for n in self.examples[cause])})": count
            for cause, count in self.reasons.items()
        }


def line_agreement(project: Project) -> LineAgreement:
    """Compare lines 1 and 3 of every verdict. Raises `DataError` when nothing is scored."""
    rule = current_rule(project)
    aligned: dict[int, list[Alignment]] = {}
    for alignment in project.alignments.all():
        aligned.setdefault(alignment.neuron, []).append(alignment)
    return compared(project.verdicts.all(), aligned, rule)


def compared(
    verdicts: Iterable[Verdict], aligned: Mapping[int, list[Alignment]], rule: Rule
) -> LineAgreement:
    """The comparison, from verdicts and each neuron's alignments."""
    found = list(verdicts)
    pairs = [(v, causal_class(v.causal)) for v in found]
    table = Counter((v.modality.value, "none" if c is None else c.value) for v, c in pairs)
    names = [m.value for m in Modality]
    classed = [(v, c) for v, c in pairs if v.modality is not Modality.UNCLEAR]
    by_cause: dict[LineCause, list[int]] = {}
    for verdict in found:
        cause = cause_of(verdict)
        if cause is not None:
            by_cause.setdefault(cause, []).append(verdict.neuron)
    agree = by_cause.pop(LineCause.AGREE, [])
    differ = dict(sorted(by_cause.items(), key=lambda item: -len(item[1])))
    return LineAgreement(
        len(found),
        len(agree) + sum(map(len, differ.values())),
        len(agree),
        {one: {three: table[one, three] for three in (*names, "none")} for one in names},
        {cause: len(neurons) for cause, neurons in differ.items()},
        {cause: neurons[:NAMED] for cause, neurons in differ.items()},
        _counts(_no_class(aligned.get(v.neuron, []), rule) for v in found if v.modality is Modality.UNCLEAR),
        _counts(NOT_RUN if c is None else SURVIVES_BOTH for _, c in classed if c in (None, Modality.UNCLEAR)),
    )


def _no_class(alignments: list[Alignment], rule: Rule) -> str:
    if not alignments:
        return NO_CONCEPT
    enough = [a for a in alignments if a.n >= FEWEST]
    if not enough:
        return FEW_EXAMPLES
    return BELOW if any(a.q <= rule.q for a in enough) else NOT_SIGNIFICANT


def _counts(reasons: Iterable[str]) -> dict[str, int]:
    return dict(Counter(reasons).most_common())


def _rows(counts: Mapping[str, int], of: int) -> list[str]:
    return [f"  {count:6,}  {count / max(of, 1):5.1%}  {reason}" for reason, count in counts.items()]
