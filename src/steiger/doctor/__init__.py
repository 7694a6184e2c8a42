"""What `lab doctor` looks at: a module for each kind of thing, each with probes of one clear answer."""
