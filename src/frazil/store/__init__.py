"""The content store: artifacts under their sha256, immutable, shared by every project of this machine."""
