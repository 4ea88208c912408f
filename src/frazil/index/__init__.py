"""Stage 1's outside world: pages, metadata and files of Simple API indexes; a `Catalog` and a `Locator` over HTTP."""
