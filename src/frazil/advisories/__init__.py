"""Advisories on releases: what somebody published of a vulnerability, and which versions it concerns."""
