"""ConnectWise PSA: one dated agreement addition per charge, written once, read back to the cent."""

__version__ = "0.1.0"
