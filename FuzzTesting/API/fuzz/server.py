"""A server of a store of its own, for as long as it is needed."""

from __future__ import annotations

import http.client
import os
import re
import signal
import subprocess
import time


class Server:
    """`kvick serve` on a free port, with all that it can serve, in a temporary folder."""

    def __init__(self, program, folder, kot_password, admin_token):
        self.log = folder / "server.log"
        environment = {**os.environ, "KVICK_KOT_PASSWORD": kot_password, "KVICK_ADMIN_TOKEN": admin_token}
        with open(self.log, "wb") as output:
            self.process = subprocess.Popen(
                [program, "serve", "--port", "0", "--data", folder / "store", "--rate-limit", "none"],
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, env=environment)
        self.port = self.announced_port()

    def announced_port(self):
        """Waits until the server says where it serves."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            found = re.search(r"serves http://[^\s]*:(\d+)\n", self.log.read_text(errors="replace"))
            if found:
                return int(found.group(1))
            if self.process.poll() is not None:
                raise SystemExit(f"the server did not start:\n{self.output()}")
            time.sleep(0.01)
        self.stop()
        raise SystemExit("the server does not say where it serves")

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def output(self):
        return self.log.read_text(errors="replace")

    def request(self, method, target, body=None, headers=None):
        """The body of the answer, which must be one of success."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, target, body, headers or {})
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        if answer.status != 200:
            raise SystemExit(f"{method} {target}: {answer.status} {text}")
        return text

    def stop(self):
        """Ends the server as an operator does; returns how it ended, 0 for in good order."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
        return self.process.wait()
