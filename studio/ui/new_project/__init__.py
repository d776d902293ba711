"""The new-project dialog: what was entered, what can be said about it without torch, and the form."""
