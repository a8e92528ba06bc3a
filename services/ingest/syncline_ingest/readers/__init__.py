"""Readers: pure generators from bytes to canonical lines."""
