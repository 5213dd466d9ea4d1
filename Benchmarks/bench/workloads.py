"""What is measured: each workload's requests, and of whom it can be asked."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from .exchanges import Draw, Exchange, key_name, value_of
from .peers import Peer

LIST_COUNT = 100
TRANSACTION_COUNT = 10


@dataclasses.dataclass(frozen=True)
class Workload:
    """Requests of one kind.

    `make` makes one for a server from what it draws, and `peers` are those beside Kvick that have a counterpart.
    `count` is how many requests a run draws; it begins again behind the last. Workloads of one `group` are
    measured by turns with each other. `open_loop` names the rate, of reads or of writes, at which an open loop sends.
    """

    name: str
    title: str
    make: Callable[[Peer, Draw], Exchange]
    peers: tuple[str, ...]
    count: int = 50_000
    group: str = ""
    many_connections: bool = False
    open_loop: str = ""

    @property
    def turns(self):
        return self.group or self.name


def put(peer, draw):
    key = draw.key()
    return peer.put(key, value_of(key, draw.tag))


def mix(peer, draw):
    return put(peer, draw) if draw.random.random() < 0.1 else peer.get(draw.key())


def transaction(peer, draw):
    keys = {draw.key() for _ in range(TRANSACTION_COUNT)}
    while len(keys) < TRANSACTION_COUNT:
        keys.add(draw.key())
    return peer.transaction({key: value_of(key, draw.tag) for key in keys})


# More than a round can send of those that draw from all keys, so that none is asked for sooner than chance would.
DRAWS = 400_000

GET = Workload("get", "GET of random keys", lambda peer, draw: peer.get(draw.key()),
               ("nginx", "webdis", "etcd"), many_connections=True, count=DRAWS)
HOT = Workload("hot", "GET of one key", lambda peer, draw: peer.get(key_name(draw.keys // 2)), ("nginx", "webdis"), count=2)
TOKEN = Workload("token", "GET with an access token", lambda peer, draw: peer.get_with_token(draw.key()), (), count=DRAWS)
LARGE = Workload("large", "GET of 16 KiB", lambda peer, draw: peer.get_large(draw.large()), ("nginx", "webdis"), count=5000)
HELLO = Workload("hello", "script that says hello (Redis: EVAL)", lambda peer, draw: peer.hello(), ("webdis",), count=2)
# etcd is left out: whatever the limit, it counts all keys of the range for each answer.
LIST = Workload("list", "list of 100 keys", lambda peer, draw: peer.list(None, LIST_COUNT), (), count=2, group="lists")
PAGE = Workload("page", "list of 100 keys behind half of all", lambda peer, draw: peer.list(
    key_name(draw.keys // 2 - 1), LIST_COUNT), (), count=2, group="lists")
PUT = Workload("put", "durable PUT", put, ("webdis-aof", "etcd"), many_connections=True)
PATCH = Workload("patch", "PATCH +1 (Redis: INCR)", lambda peer, draw: peer.increment(draw.counter()), ("webdis-aof",))
MIX = Workload("mix", "90 % GET, 10 % durable PUT", mix, ("webdis-aof", "etcd"), count=DRAWS)
TRANSACTION = Workload("txn", "durable transaction of 10 sets (Redis: MSET)", transaction, ("webdis-aof", "etcd"),
                       count=5000)
COUNT = Workload("count", "script that counts (Redis: EVAL)", lambda peer, draw: peer.count(), ("webdis-aof",),
                 count=2)
OPEN_GET = dataclasses.replace(GET, name="open-get", title="GET of random keys, open loop", open_loop="read",
                               many_connections=False, peers=("nginx", "webdis"))
OPEN_PUT = dataclasses.replace(PUT, name="open-put", title="durable PUT, open loop", open_loop="write",
                               many_connections=False, peers=("webdis-aof",))

# Those that only read come first, so that none finds a server at work behind the writes of another.
WORKLOADS = (GET, HOT, TOKEN, LARGE, HELLO, LIST, PAGE, OPEN_GET, PUT, PATCH, MIX, TRANSACTION, COUNT, OPEN_PUT)
