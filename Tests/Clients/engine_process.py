"""An engine that is a process of its own: `engine_process.py PORT [--exit CODE]` serves the model `m` until it is ended.

With `--exit` it takes SIGTERM, SIGINT, SIGHUP and SIGUSR1 for a request to end with that code, and prints which it was.
"""

import argparse
import http.server
import json
import os
import signal

arguments = argparse.ArgumentParser()
arguments.add_argument("port", type=int)
arguments.add_argument("--exit", type=int)
options = arguments.parse_args()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        status, value = {
            "/v1/models": (200, {"object": "list", "data": [{"id": "m", "object": "model", "created": 1, "owned_by": "test"}]}),
            "/health": (200, {"status": "ok"}),
        }.get(self.path, (404, {"detail": "Not Found"}))
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def end(number, _):
    print(f"ended by {signal.Signals(number).name}", flush=True)
    os._exit(options.exit)


if options.exit is not None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1):
        signal.signal(number, end)
listener = http.server.ThreadingHTTPServer(("127.0.0.1", options.port), Handler)
listener.daemon_threads = True
print(f"engine {os.getpid()} listens", flush=True)
listener.serve_forever()
