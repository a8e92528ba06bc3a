"""What a release of one service is made of: its lock, its environment, its version."""
