"""Fuzzing: cases made up from a number, judged, thousands at a time, never the same (`make fuzz`)."""
