"""Text to a spec, and back."""
