"""What mapping decides: pure functions and frozen facts; no I/O, no clock."""
