"""Graph -> what a figure shows: which boxes, which frames, which arrows."""
