"""Says on which channel this ship listens; the environment variable CHANNEL tells."""

import os

print("This ship listens on channel", os.environ["CHANNEL"])
