"""Stage 2: bring exactly the artifacts that a lock lists into the store, and link them out."""
