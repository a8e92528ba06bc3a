"""The doctor: examines a running system and says what to do."""
