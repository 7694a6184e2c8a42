"""Measures Steiger side by side with a plain script, on fresh Incus instances."""
