"""Stands for a library that takes long to import: who only checks flows must not pay for it."""

import os

if os.environ.get("SAMPLE_IS_HEAVY"):
    raise ImportError("a checker has imported what only a bot that runs needs")
