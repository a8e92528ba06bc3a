"""Mapping, without I/O."""
