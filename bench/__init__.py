"""Benchmarks: each is a command of its own, `python -m bench.<name>`. See `README.md` here."""
