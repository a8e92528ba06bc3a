"""`python -m syncline_ingest` is `syncline-ingest`."""

from syncline_ingest.app import main

main()
