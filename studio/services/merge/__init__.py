"""Take over what other files bring: the results of a run, the annotations of other copies."""

from studio.services.merge.bundle import merge_bundle
from studio.services.merge.copies import merge_copies, merge_copy, preview_copies
from studio.services.merge.copy_reading import is_copy
from studio.services.merge.copy_report import CopyReport, MergeReport

__all__ = [
    "CopyReport",
    "MergeReport",
    "is_copy",
    "merge_bundle",
    "merge_copies",
    "merge_copy",
    "preview_copies",
]
