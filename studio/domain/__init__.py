"""The words of the field as frozen data classes. Standard library and NumPy only."""
