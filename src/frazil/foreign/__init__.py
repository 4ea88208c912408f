"""The locks of other tools, read for the versions that they hold."""
