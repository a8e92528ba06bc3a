"""Stand-ins for the outside world: the distributor's feed, Xero, and lifelike invoices."""

__version__ = "0.1.0"
