"""Two neurons side by side."""
