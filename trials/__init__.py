"""Long runs against a hostile world: kills, crowds, soaks, full disks, large loads, mutants, coverage."""
