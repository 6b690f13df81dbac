"""Who has gone quiet, since when and why: policies, features, points, states."""
