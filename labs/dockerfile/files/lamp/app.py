"""The lamp of a lighthouse: it tells on port 8000 how it is.

/        a page for people
/health  200 when all is well; 503 when the lamp is out of oil: when /tmp/out-of-oil is there
"""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

OUT_OF_OIL = Path("/tmp/out-of-oil")  # noqa: S108


class Lamp(BaseHTTPRequestHandler):
    """Answers questions."""

    def do_GET(self) -> None:
        """Answer one question."""
        dark = self.path == "/health" and OUT_OF_OIL.exists()
        self.send_response(503 if dark else 200)
        self.end_headers()
        self.wfile.write(b"out of oil\n" if dark else b"a lamp by the sea\n")


ThreadingHTTPServer(("", 8000), Lamp).serve_forever()
