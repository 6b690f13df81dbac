"""Pre-flight: a written judgement of a journey, its audience and its dates before anything leaves."""
