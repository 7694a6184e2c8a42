"""Steiger: container labs, and the proof that their checks are right."""

__version__ = "0.1.0"
