"""What is measured of frazil, against what, and how: see README.md."""
