"""Graph and provenance -> classes, statements and expressions; no framework's words."""
