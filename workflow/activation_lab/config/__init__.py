"""A config file: read it, name its mistakes, plan its jobs, document itself."""
