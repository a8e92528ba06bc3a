"""Test kit: real servers on loopback, a service's settings for them, a clock to advance."""
