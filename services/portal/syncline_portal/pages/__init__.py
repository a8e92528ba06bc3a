"""The clerk's pages, a file each."""
