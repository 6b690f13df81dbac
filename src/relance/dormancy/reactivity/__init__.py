"""Reactivity: who comes back because of a message, told only where randomised sends show it."""
