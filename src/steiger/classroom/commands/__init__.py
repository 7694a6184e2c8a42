"""The verbs of the `classroom` command; each module has a function run(args) -> exit status."""
