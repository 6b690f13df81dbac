"""Progressive journeys: definition, lint, entry, advance."""
