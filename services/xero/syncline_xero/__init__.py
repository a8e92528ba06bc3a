"""Xero: one draft invoice per tenant and month's invoice, written once, read back to the cent."""

__version__ = "0.1.0"
