"""What can be typed, a file per subject."""
