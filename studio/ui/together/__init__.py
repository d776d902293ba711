"""Working with others: merge, batches, agreement, adjudication, gold neurons."""
