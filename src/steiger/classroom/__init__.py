"""The instructor's side: a roster, its machines, and what the checks found on them."""
