"""Concept Studio: experts annotate the SAE neurons of vision-language models."""
