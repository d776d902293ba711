"""The list of plug-ins."""
