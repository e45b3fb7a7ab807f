"""The stages of the pipeline: each reads files, calls one function and writes files."""
