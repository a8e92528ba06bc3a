"""The benchmark: lifelike daily usage through the whole stack, a naive pipeline, a bare loop."""
