"""Encrypted connections to the broker."""

import ssl
from pathlib import Path
from urllib.parse import urlsplit


def tls_of(url: str, ca_file: Path | None) -> ssl.SSLContext | None:
    """How to check the broker's certificate; None for an address without `tls://`.

    Raises `OSError` where the file cannot be read as certificates.
    """
    if urlsplit(url.split(",")[0]).scheme != "tls":
        return None
    return ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
