"""Kvick itself, as a developer has built it."""

from __future__ import annotations

import json
import re
import signal
import time

from . import loading
from .exchanges import Connection, LARGE_SIZE, is_value_of, json_body, key_name, request, value_of
from .peers import Peer, read, written
from .processes import wait_until

SECRET = "Authorization: Bearer bench"
TEXT = "text/plain; charset=utf-8"


def has_version(answer):
    return re.fullmatch(r'"[1-9]\d*"', answer.headers.get("ETag", "")) is not None


class Kvick(Peer):
    """One build of Kvick with one bucket that holds all."""

    is_measured = True

    def __init__(self, name, program, folder, cores):
        self.name = self.title = name
        self.program = str(program)
        super().__init__(folder, cores)

    def start(self):
        """Starts the server and returns the seconds until it answered a request."""
        began = time.monotonic()
        self.run("kvick", self.program, "serve", "--port", str(self.port), "--data", str(self.folder / "store"),
                 "--rate-limit", "none", "--log-level", "warning", port=self.port)

        def answers():
            with Connection(self.port) as connection:
                return connection.answer(request("GET", "/nobucket")).status == 404

        wait_until(answers, 60, f"{self.name} does not answer")
        return time.monotonic() - began

    def make_bucket(self):
        """Makes the bucket that holds all, its token and its scripts."""
        with Connection(self.port) as connection:
            made = read(request("POST", "/", b"secret_key=bench&default_ttl=0&signing_key=" + b"benchmark" * 4),
                        lambda answer: re.fullmatch(rb"\w+", answer.body))
            self.bucket = connection.check(made).body.decode()
            token = request("POST", f"/{self.bucket}/tokens/", b"permissions=read&ttl=864000", [SECRET])
            self.token = json_body(connection.check(read(token, lambda answer: bool(json_body(answer)))))["access_token"]
            for name, source in (("hello", b"kvdb.say('hello world')"), ("count", b"kvdb.say(kvdb.incr('visits'))")):
                put = request("PUT", f"/{self.bucket}/scripts/{name}", source, [SECRET])
                connection.check(written(put, has_version))

    def load(self, keys):
        loading.load_by_transactions(self, loading.entries(keys))

    def load_large(self):
        loading.load_by_transactions(self, loading.large_entries())

    def read_all(self, keys):
        loading.read_all(self, keys)

    def end(self, number=signal.SIGTERM):
        """Ends the server by a signal."""
        for process in self.processes:
            process.stop(number)
        self.processes = []

    def restart(self):
        """Stops the server cleanly, starts it anew and returns the seconds until it answered a request."""
        self.end()
        return self.start()

    def get(self, key, *headers):
        return read(request("GET", f"/{self.bucket}/{key}", headers=headers), lambda answer:
                    is_value_of(key, answer.body) and answer.headers["Content-Type"] == TEXT and has_version(answer))

    def get_with_token(self, key):
        return self.get(key, f"Authorization: Bearer {self.token}")

    def get_large(self, key):
        return read(request("GET", f"/{self.bucket}/{key}"), lambda answer:
                    answer.body == value_of(key, "load", LARGE_SIZE) and has_version(answer))

    def put(self, key, value):
        return written(request("PUT", f"/{self.bucket}/{key}", value), lambda answer:
                       answer.body == b"" and has_version(answer), sets={key: value})

    def increment(self, key):
        return written(request("PATCH", f"/{self.bucket}/{key}", b"+1"), lambda answer:
                       answer.body.isdigit() and has_version(answer), increments=1)

    def list(self, after, count):
        first = int(after[3:]) + 1 if after else 0
        expected = "".join(key_name(number) + "\n" for number in range(first, first + count)).encode()
        path = f"/{self.bucket}/?prefix=key&limit={count}" + (f"&after={after}" if after else "")
        return read(request("GET", path, headers=[SECRET]), lambda answer:
                    answer.body == expected and answer.headers["X-Next-After"] == key_name(first + count - 1))

    def transaction(self, values):
        operations = [{"set": key, "value": value.decode()} for key, value in values.items()]
        return written(request("POST", f"/{self.bucket}", json.dumps({"txn": operations}).encode()), lambda answer:
                       len((json_body(answer) or {}).get("results", [])) == len(values), sets=values)

    def hello(self):
        return read(request("GET", f"/{self.bucket}/scripts/hello"), lambda answer: answer.body == b"hello world\n")

    def count(self):
        return written(request("GET", f"/{self.bucket}/scripts/count"), lambda answer: answer.body.strip().isdigit(),
                       increments=1)

    def stored(self, connection, key):
        """The value that a key has."""
        return connection.check(read(request("GET", f"/{self.bucket}/{key}"), has_version)).body

    def counted(self, connection, counters):
        """What these counters have been incremented to, together."""
        total = 0
        for first in range(0, len(counters), 1000):
            gets = json.dumps({"txn": [{"get": counter} for counter in counters[first:first + 1000]]}).encode()
            found = connection.check(read(request("POST", f"/{self.bucket}", gets), lambda answer: bool(json_body(answer))))
            total += sum(result["value"] or 0 for result in json_body(found)["results"])
        return total
