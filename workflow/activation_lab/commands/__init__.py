"""What commands do: read files, call one function, write files. `cli.py` has their options."""
