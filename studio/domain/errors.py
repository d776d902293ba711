"""Errors with somebody to tell. A `UserError` is a sentence for a person; anything else is a bug."""

from __future__ import annotations


class UserError(Exception):
    """Something the user can mend. The message says what happened and what to do about it."""


class Cancelled(Exception):  # noqa: N818 - it is an outcome, not an error
    """The user cancelled the job; raised by `Context.check`."""


class ProjectError(UserError):
    """The project file cannot be opened, read or written."""


class NotAProjectError(ProjectError):
    """The file is not a Concept Studio project, or is damaged."""


class NewerProjectError(ProjectError):
    """The project was written by a newer version; its bytes were left alone."""


class ProjectInUseError(ProjectError):
    """Another process holds the project."""


class DiskFullError(ProjectError):
    """The disk has no room for what was to be saved."""


class DataError(UserError):
    """A data set, sample or picture cannot be read."""


class ModelError(UserError):
    """A model cannot be found, loaded or used."""


class LayerError(ModelError):
    """The layer does not exist in this model."""


class WidthError(ModelError):
    """The SAE's input width is not the layer's width."""


class SaeFormatError(ModelError):
    """The files are no SAE this version can read, or are damaged."""


class NetworkError(UserError):
    """The network or the Hub did not answer as needed."""
