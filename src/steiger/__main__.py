"""Run the `lab` command as `python -m steiger`."""

from steiger.cli import main

raise SystemExit(main())
