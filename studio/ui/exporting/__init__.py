"""Export and import of labels: the dialogs, and what stands in them."""
