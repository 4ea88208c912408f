"""Bundles: everything that some targets install, in a folder or a tar that plain pip and uv take without a network."""
