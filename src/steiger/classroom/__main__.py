"""The `classroom` command."""

import sys

from steiger.classroom.cli import CLASSROOM
from steiger.cli import main

sys.exit(main(sys.argv[1:], CLASSROOM))
