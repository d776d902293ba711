"""Checkpoint formats of SAEs, one module each; told apart by tensor names and shapes."""
