"""Whether a run is consistent with a published one."""
