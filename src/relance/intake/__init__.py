"""Where data comes from: sources and their coverage, import runs, files, mapping."""
