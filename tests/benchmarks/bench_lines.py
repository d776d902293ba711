"""Which line of evidence is right about the class? Measured on the demo world, whose truth is known.

    python tests/benchmarks/bench_lines.py PROJECT.cstudio TRUTH_FOLDER

The project has to be scored and run through `causal`. A neuron's side has a truth where at least a tenth of
its activation mass lies there and half of that on one label of the pictures, or on one word of the texts (see
`bench_proposals.py`). Printed: line 1 by truth; line 3 by truth, with the side that loses most, as the class
has it, and over both sides together; and, of the textual ones, whether a blank and another image agree: then
it is what was shown that counts, and not that a blank picture is an odd one.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

from bench_proposals import CLEAR, Scenes, textual_truth, visual_truth

from studio.domain.concept import Verdict
from studio.domain.modality import Modality, TokenKind
from studio.services.causal_lines import BLANKS, SURVIVES, causal_class
from studio.services.causal_plan import sides_of
from studio.services.evidence_reader import halves
from studio.storage.project import Project

#: How far a label's share must lie above that of activation that is everywhere alike.
LIFT = 0.2
EXAMPLES = 20


def truth_of(project: Project, scenes: Scenes, verdict: Verdict) -> Modality:
    """The class by what the neuron fires on; unclear where that is no one thing."""
    parted, clear = halves(project, verdict.neuron), set()
    for side in sides_of(verdict.image_share):
        found = [*parted[side]["seen"], *parted[side]["held_out"]][:EXAMPLES]
        if not found:
            continue
        truth = textual_truth(found) if side is TokenKind.TEXT else visual_truth(found, scenes)
        lifted = side is TokenKind.TEXT or truth.share - scenes.base.get(truth.label, 0.0) > LIFT
        clear |= {side} if truth.share >= CLEAR and lifted else set()
    if len(clear) == 2:
        return Modality.MULTIMODAL
    return (
        Modality.UNCLEAR if not clear else Modality.VISUAL if TokenKind.IMAGE in clear else Modality.TEXTUAL
    )


def over_both(verdict: Verdict) -> Modality | None:
    """Line 3 with both sides added up."""
    return causal_class({name: verdict.causal[name] for name in BLANKS if name in verdict.causal})


def table(title: str, rows: list[tuple[Modality, Modality | None]]) -> None:
    """Truth against a line."""
    counts = Counter((truth.value, "none" if line is None else line.value) for truth, line in rows)
    names = [*(m.value for m in Modality), "none"]
    print(f"\n{title}\n{'truth':<12}" + "".join(f"{name:>12}" for name in names))
    for truth in names[:-1]:
        print(f"{truth:<12}" + "".join(f"{counts[truth, name]:>12,}" for name in names))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("project", type=Path)
    parser.add_argument("truth", type=Path, help="the folder of the demo's scenes")
    given = parser.parse_args()
    with Project.open(given.project) as project:
        scenes = Scenes(given.truth)
        found = [(truth_of(project, scenes, v), v) for v in project.verdicts.all()]
    table("Line 1, alignment", [(truth, v.modality) for truth, v in found])
    table("Line 3, the side that loses most", [(truth, causal_class(v.causal)) for truth, v in found])
    table("Line 3, both sides added up", [(truth, over_both(v)) for truth, v in found])
    lost = [
        (v.causal["text.blank_image"] < SURVIVES, v.causal["text.mismatch"] < SURVIVES)
        for truth, v in found
        if truth is Modality.TEXTUAL and {"text.blank_image", "text.mismatch"} <= v.causal.keys()
    ]
    same = sum(blank is other for blank, other in lost)
    print(f"\nTextual by truth: {sum(blank for blank, _ in lost):,} of {len(lost):,} need the image.")
    print(f"A blank and another image say the same of {same:,} of them.")


if __name__ == "__main__":
    main()
