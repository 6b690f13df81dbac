"""When things run: the list of stages and its schedule."""
