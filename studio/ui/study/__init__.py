"""Comparing the project's way of naming neurons with baselines: the dialog, and the page of the result."""
