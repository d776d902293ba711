"""Beside the decision: discussion, history and guidelines."""
