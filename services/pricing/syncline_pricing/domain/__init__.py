"""What lines sell for: pure functions over frozen values."""
