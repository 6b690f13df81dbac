"""Segments: the list and the condition builder."""
