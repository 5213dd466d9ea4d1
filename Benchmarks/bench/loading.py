"""Fills the servers with keys before they are measured, many at once."""

from __future__ import annotations

import concurrent.futures
import socket

from .exchanges import LARGE_COUNT, LARGE_SIZE, VALUE_SIZE, Connection, key_name, large_name, value_of

# As many as a transaction of Kvick may have.
BATCH = 1000
# So few that the requests fit the buffers of a connection whose answers nobody reads yet.
READS_AHEAD = 200
STATUS_OK = b"HTTP/1.1 200 OK\r\n"


def entries(keys):
    """The keys with their values, in batches."""
    for first in range(0, keys, BATCH):
        yield [(key_name(number), value_of(key_name(number), "load")) for number in range(first, min(first + BATCH, keys))]


def large_entries():
    """The keys with large values, in batches."""
    for first in range(0, LARGE_COUNT, 50):
        yield [(large_name(number), value_of(large_name(number), "load", LARGE_SIZE)) for number in range(first, first + 50)]


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


def load_by_transactions(peer, batches, connections=4):
    """Sets keys by transactions of a batch each, in Kvick and etcd, so that one sync is for all of a batch."""

    def put(batch):
        with Connection(peer.port, seconds=120) as connection:
            connection.check(peer.transaction(dict(batch)))

    with concurrent.futures.ThreadPoolExecutor(connections) as pool:
        list(pool.map(put, batches))


def read_all(peer, keys, connections=4):
    """Reads all keys once, so that memory holds what it has room for, by GETs that are sent ahead of their answers."""

    share = -(-keys // connections)

    def read(first):
        last = min(first + share, keys)
        with socket.create_connection(("127.0.0.1", peer.port)) as connection:
            for start in range(first, last, READS_AHEAD):
                names = [key_name(number) for number in range(start, min(start + READS_AHEAD, last))]
                connection.sendall(b"".join(peer.get(name).request for name in names))
                answers = b""
                while answers.count(STATUS_OK) < len(names) or len(answers) < answers.rfind(b"\r\n\r\n") + 4 + VALUE_SIZE:
                    received = connection.recv(1 << 18)
                    if not received:
                        raise SystemExit(f"{peer.name} ends a connection on which keys are read: {answers[:200]!r}")
                    answers += received

    with concurrent.futures.ThreadPoolExecutor(connections) as pool:
        list(pool.map(read, range(0, keys, share)))
