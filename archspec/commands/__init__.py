"""The commands of `archspec`, one file each: arguments in, pipeline called, result printed."""
