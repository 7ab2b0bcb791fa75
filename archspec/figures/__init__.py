"""A graph to what a figure shows, in no format."""
