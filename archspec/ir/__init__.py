"""The graph: nodes, their operands and the tree of scopes."""
