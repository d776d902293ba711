"""Explainers: they look at a neuron's evidence and name one short concept, or say that there is none."""
