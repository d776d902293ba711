"""How far annotators agree: with each other, and with gold neurons."""

from studio.services.agreement.parts import PARTS, Part
from studio.services.agreement.reading import AgreementData, check_may_compare, read_agreement
from studio.services.agreement.rows import agreement, agreement_of, group_names, group_rows
from studio.services.agreement.table import Agreement, AgreementRow, write_csv

__all__ = [
    "PARTS",
    "Agreement",
    "AgreementData",
    "AgreementRow",
    "Part",
    "agreement",
    "agreement_of",
    "check_may_compare",
    "group_names",
    "group_rows",
    "read_agreement",
    "write_csv",
]
