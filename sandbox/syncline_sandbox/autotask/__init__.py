"""Autotask PSA as its REST pages describe it."""
