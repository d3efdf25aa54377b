# Run by hand: it needs frameworks that the tests do not.
collect_ignore = ["make_reference.py"]
