"""Fills the servers with keys before they are measured, many at once."""

from __future__ import annotations

import concurrent.futures
import socket

from .exchanges import LARGE_COUNT, LARGE_SIZE, Connection, key_name, large_name, request, value_of

BATCH = 2000


def entries(keys):
    """The keys with their values, in batches."""
    for first in range(0, keys, BATCH):
        yield [(key_name(number), value_of(key_name(number), "load")) for number in range(first, min(first + BATCH, keys))]


def large_entries():
    """The keys with large values, in batches."""
    for first in range(0, LARGE_COUNT, 50):
        yield [(large_name(number), value_of(large_name(number), "load", LARGE_SIZE)) for number in range(first, first + 50)]


def load_kvick(port, bucket, batches):
    """Sets keys by durable PUTs that are sent ahead of their answers over 16 connections."""

    def put(batch):
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(b"".join(request("PUT", f"/{bucket}/{key}", value) for key, value in batch))
            taken, kept = 0, b""
            while taken < len(batch):
                received = connection.recv(1 << 18)
                if not received:
                    raise SystemExit("Kvick closed a connection over which keys were loaded")
                kept += received
                taken += kept.count(b"HTTP/1.1 200 OK\r\n")
                if b"HTTP/1.1 4" in kept or b"HTTP/1.1 5" in kept:
                    raise SystemExit(f"Kvick refuses a key: {kept[-500:]!r}")
                # The last bytes may be the beginning of a status line, and hold none that was counted.
                kept = kept[-len(b"HTTP/1.1 200 OK\r"):]

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        list(pool.map(put, batches))


def load_redis(port, batches):
    """Sets keys by SETs that are sent ahead of their answers."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        for batch in batches:
            connection.sendall(b"".join(
                b"*3\r\n$3\r\nSET\r\n$%d\r\n%s\r\n$%d\r\n%s\r\n" % (len(key), key.encode(), len(value), value)
                for key, value in batch))
            answers = b""
            while len(answers) < len(batch) * len(b"+OK\r\n"):
                answers += connection.recv(1 << 18)
            if answers != b"+OK\r\n" * len(batch):
                raise SystemExit(f"Redis refuses a key: {answers[:200]!r}")


def load_etcd(etcd, keys):
    """Sets keys by transactions of a thousand, each with one sync."""

    def put(batch):
        with Connection(etcd.port, seconds=120) as connection:
            for first in range(0, len(batch), 1000):
                connection.check(etcd.transaction(dict(batch[first:first + 1000])))

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(put, entries(keys)))
