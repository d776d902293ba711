"""What the model's answers say about neurons."""
