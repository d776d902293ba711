"""A plane of all neurons."""
