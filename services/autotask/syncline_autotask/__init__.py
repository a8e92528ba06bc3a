"""Autotask PSA: one contract charge per charge, written once, read back to the cent."""

__version__ = "0.1.0"
