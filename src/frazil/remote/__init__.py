"""Shared caches: resolutions by fingerprint and artifacts by sha256, kept for several machines.

One class, `cache.RemoteCache`, has every rule: what is believed, what is written, how long anybody waits. The backends
below it only move bytes: a folder, Bazel's HTTP cache, the Remote Execution API, object stores.
"""
