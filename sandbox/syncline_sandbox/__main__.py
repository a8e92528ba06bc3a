"""`python -m syncline_sandbox` is the same as `syncline-sandbox`."""

from syncline_sandbox.cli import main

main()
