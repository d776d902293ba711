"""Keys: kept, changed in a dialog, shown in an overlay, found on any layout."""
