"""Graph -> Spec: the inverse of elaboration, checked by elaborating what was lifted."""
