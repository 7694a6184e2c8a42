"""Lifts what it is told to lift, then waits at its post until it is asked to stop."""

import signal
import sys
import threading

home = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: home.set())
print("The crane lifts:", ", ".join(sys.argv[1:]) or "nothing", flush=True)
home.wait()
print("The crane is at rest", flush=True)
