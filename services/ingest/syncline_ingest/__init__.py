"""Detects invoices: takes documents in whole or not at all, and publishes their lines."""
