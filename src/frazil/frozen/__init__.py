"""The frozen resolution: its values, its file, and every question that a lock answers without a network."""
