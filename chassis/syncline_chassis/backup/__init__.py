"""Backup and restore of databases and streams, by an administrator of both."""
