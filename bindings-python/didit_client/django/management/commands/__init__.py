"""The commands: `didit_check`, `didit_purge`, `didit_recover`."""
