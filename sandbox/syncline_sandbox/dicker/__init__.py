"""The distributor's feed: JSON over POST, every number a string."""
