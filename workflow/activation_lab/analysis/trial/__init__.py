"""The trial of an activation: what the runs of a candidate and its rivals say, task by task.

`inference` holds the statistics, `judge` makes the table `trial`, and `court` tries the court itself.
"""
