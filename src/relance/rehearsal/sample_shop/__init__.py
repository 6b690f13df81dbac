"""A sample shop: the CSV files that a shop would bring, generated from a seed, dirty on purpose, about nobody real."""

from relance.rehearsal.sample_shop.generation import generate, write_definitions
from relance.rehearsal.sample_shop.summary import Summary

__all__ = ["Summary", "generate", "write_definitions"]
