"""The review: which neuron, what it does, what the reviewer says."""
