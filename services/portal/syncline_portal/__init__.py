"""The REST API over the services; it keeps API tokens and nothing else."""
