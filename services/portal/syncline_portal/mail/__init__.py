"""Mails to the people of a partner: an invoice has arrived; what waits, once a week."""
