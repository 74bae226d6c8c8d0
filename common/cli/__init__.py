"""The command line `emc2`: one file per command group, parse → call → print."""
