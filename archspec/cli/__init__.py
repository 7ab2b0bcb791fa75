"""The command line: arguments in, pipeline called, result printed."""
