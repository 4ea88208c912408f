"""The version of frazil, as `pyproject.toml` states it: asking the installation would take 30 ms."""

VERSION = "0.1.0"
