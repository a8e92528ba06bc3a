"""Prices invoice lines off RRP with a partner's billing profiles."""
