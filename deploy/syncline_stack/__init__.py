"""The whole stack on a laptop: broker, database, sandbox, services; and the demo."""
