"""Import labels from a file: look first, then write all of them or none."""

from studio.services.importing.labels import ImportPlan, import_labels, plan_import, refusal

__all__ = ["ImportPlan", "import_labels", "plan_import", "refusal"]
