"""The activations: the catalogue, modules that torch lacks, a user's own."""
