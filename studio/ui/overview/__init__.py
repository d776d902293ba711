"""Many neurons as cards, one beside the other."""
