"""A tug that waits for work: it answers on the port that the environment variable PORT names."""

import os
import signal
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Tug(BaseHTTPRequestHandler):
    """Answers questions."""

    def do_GET(self) -> None:
        """Answer one question."""
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"The tug is ready\n")


server = ThreadingHTTPServer(("", int(os.environ["PORT"])), Tug)
signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
print("The tug answers on port", server.server_port, flush=True)
server.serve_forever()
print("The tug is moored", flush=True)
