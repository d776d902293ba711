"""Write what was reviewed to a file or a folder, in a format of a plug-in."""

from studio.services.export.write import ExportFormat, ExportResult, check_filter, export, formats

__all__ = ["ExportFormat", "ExportResult", "check_filter", "export", "formats"]
