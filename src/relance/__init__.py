"""Relance wakes dormant customers without harming the sender."""

__version__ = "0.1.0"
