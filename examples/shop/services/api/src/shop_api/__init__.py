"""Orders and stock over HTTP."""
