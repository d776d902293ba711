"""The table of agreement, and its file."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio.domain.agreement import Undefined
from studio.domain.agreement_intervals import Estimate
from studio.domain.errors import UserError

COLUMNS = ("group", "part", "statistic", "who", "neurons", "value", "low", "high", "note")


@dataclass(frozen=True, slots=True)
class AgreementRow:
    """One number: `statistic` ("alpha", "kappa", "raw") of a `part` among `who`, over the neurons of
    `group`; `neurons` are those that two annotators judged."""

    group: str
    part: str
    statistic: str
    who: str
    neurons: int
    estimate: Estimate

    def number(self) -> str:
        """ "0.61 (0.52 to 0.70)", or why there is no number."""
        value, low, high = self.estimate.value, self.estimate.low, self.estimate.high
        if isinstance(value, Undefined):
            return str(value)
        known = not isinstance(low, Undefined) and not isinstance(high, Undefined)
        return f"{value:z.2f} ({low:z.2f} to {high:z.2f})" if known else f"{value:z.2f} (no interval)"

    def as_dict(self) -> dict[str, Any]:
        """The same as JSON; what is undefined is null, with the reason in `note`."""
        ends = (self.estimate.value, self.estimate.low, self.estimate.high)
        value, low, high = (None if isinstance(end, Undefined) else end for end in ends)
        why = next((end.why for end in ends if isinstance(end, Undefined)), "")
        said = {"group": self.group, "part": self.part, "statistic": self.statistic, "who": self.who}
        return {**said, "neurons": self.neurons, "value": value, "low": low, "high": high, "note": why}


@dataclass(frozen=True, slots=True)
class Agreement:
    """The whole table. `annotators` have decided on at least one neuron; `neurons` were decided by two or
    more; `gold` is how many gold neurons there are."""

    annotators: tuple[str, ...]
    neurons: int
    gold: int
    rows: tuple[AgreementRow, ...]

    def as_csv(self) -> str:
        """The rows as CSV; no cell can become a formula in a spreadsheet."""
        file = io.StringIO()
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\r\n")
        writer.writeheader()
        for row in self.rows:
            cells = row.as_dict()
            writer.writerow({**cells, "who": safe_text(cells["who"])})
        return file.getvalue()

    def as_dict(self) -> dict[str, Any]:
        """The same as JSON."""
        rows = [row.as_dict() for row in self.rows]
        said = {"annotators": list(self.annotators), "neurons": self.neurons, "gold": self.gold}
        return {**said, "rows": rows}


def write_csv(table: Agreement, path: Path) -> None:
    """Write the table to a file, replacing what is there. Raises `UserError` when it cannot be written."""
    try:
        path.write_text(table.as_csv(), encoding="utf-8", newline="")
    except OSError as error:
        raise UserError(f"{path} could not be written ({error.strerror}). Choose another folder.") from error


def safe_text(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r", "\0")) else text
