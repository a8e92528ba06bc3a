"""What mapping stores, one noun a file. Every query names the partner it is about."""
