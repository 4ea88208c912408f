"""Seeding a mirror: artifacts of a lock as a static index (PEP 503, 691, 658) that any web server can serve."""
