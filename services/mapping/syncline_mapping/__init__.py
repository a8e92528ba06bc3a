"""Charges, holds, mappings, and the way of each tenant from lines to the PSA."""
