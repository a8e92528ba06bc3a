"""Xero's accounting API, as far as a connector that writes draft invoices meets it."""
