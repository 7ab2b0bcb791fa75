"""Graph -> numbers. An analysis reads the graph and the ops, and imports no framework."""
