"""Connector kit: what every connector needs besides the knowledge of its vendor."""
