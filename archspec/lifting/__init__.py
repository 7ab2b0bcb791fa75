"""A graph, or several, to a spec: what elaboration does, undone."""
