"""Requests as bytes, and what their answers must be."""

from __future__ import annotations

import dataclasses
import http.client
import json
import random
import socket
from collections.abc import Callable

VALUE_SIZE = 81
LARGE_SIZE = 16384
LARGE_COUNT = 1000
COUNTER_COUNT = 10_000
VISITS = "visits"


class WrongAnswer(Exception):
    """A server answered something else than what it was asked for."""


@dataclasses.dataclass(frozen=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes


@dataclasses.dataclass(frozen=True)
class Exchange:
    """One request; whether an answer to it is right; and what is stored behind it, a value for each key that it sets."""

    request: bytes
    is_right: Callable[[Answer], bool]
    sets: dict[str, bytes] = dataclasses.field(default_factory=dict)
    increments: int = 0


def request(method, path, body=b"", headers=()):
    """An HTTP/1.1 request as bytes."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *headers]
    if body or method in ("PUT", "POST", "PATCH"):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def key_name(number):
    return f"key{number:09}"


def large_name(number):
    return f"large{number:06}"


def counter_name(number):
    return f"counter{number:06}"


def value_of(key, tag, size=VALUE_SIZE):
    """The value that a key is given by whoever uses the tag: it can be told whose it is and who wrote it."""
    return f"{key}:{tag}:".encode().ljust(size, b"v")


def is_value_of(key, value, size=VALUE_SIZE):
    """Whether this is a value that `value_of` makes for the key, whoever wrote it."""
    return len(value) == size and value.startswith(f"{key}:".encode())


def json_body(answer):
    """What an answer's JSON says, or nothing where it is none."""
    try:
        return json.loads(answer.body)
    except ValueError:
        return None


@dataclasses.dataclass
class Draw:
    """What a workload draws its requests from: the keys, by chance that a seed repeats, and a tag for what it writes."""

    keys: int
    tag: str
    seed: int

    def __post_init__(self):
        self.random = random.Random(self.seed)

    def number(self, count):
        # Four times as fast as randrange, and a run draws a hundred thousand.
        return int(self.random.random() * count)

    def key(self):
        return key_name(self.number(self.keys))

    def large(self):
        return large_name(self.number(LARGE_COUNT))

    def counter(self):
        return counter_name(self.number(COUNTER_COUNT))


class Connection:
    """A connection that is kept, for one exchange at a time."""

    def __init__(self, port, seconds=30):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=seconds)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def answer(self, data):
        self.socket.sendall(data)
        response = http.client.HTTPResponse(self.socket, method=data.split(b" ", 1)[0].decode())
        try:
            response.begin()
            return Answer(response.status, response.headers, response.read())
        finally:
            response.close()

    def check(self, exchange):
        """Makes an exchange and compares its answer in full."""
        answer = self.answer(exchange.request)
        if not exchange.is_right(answer):
            raise WrongAnswer(f"{exchange.request[:200]!r} was answered {answer.status} {dict(answer.headers)} "
                              f"{answer.body[:200]!r}")
        return answer
