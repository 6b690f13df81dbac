"""Policies: who counts as dormant, whom a change would move, and from which day silence means something."""
