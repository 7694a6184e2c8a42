"""classroom shell: work on the machine of a student, as the student."""

import argparse
import subprocess

from steiger.classroom import calls, grading, letters


def run(args: argparse.Namespace) -> int:
    """Open a login shell there, and return its exit status."""
    place = calls.folder(args.name)
    words = grading.ssh(place, calls.machine(place, args.student))
    done = subprocess.run(["ssh", "-t", *words, f"runuser -l {letters.ACCOUNT}"], check=False)
    return done.returncode
