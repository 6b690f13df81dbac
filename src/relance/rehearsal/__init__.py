"""The same stages on simulated people, under a virtual clock, on a scratch database."""
