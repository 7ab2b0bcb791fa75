"""A spec to a graph; shapes are inferred on the way."""
