"""Journeys: the library and the tree editor."""
