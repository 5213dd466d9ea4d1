"""The servers that Kvick is measured beside, each as Debian has it, and what each is asked for."""

from __future__ import annotations

import base64
import json
import pathlib
import shutil
import socket
import sys
import time

from . import loading
from .exchanges import (LARGE_SIZE, VALUE_SIZE, Connection, Exchange, Answer, is_value_of, json_body, request,
                        value_of)
from .processes import CPUTime, Process, wait_until


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def is_installed(program):
    return shutil.which(program) is not None or shutil.which(program, path="/usr/sbin:/usr/bin") is not None


def written(exchange_request, is_right, sets=None, increments=0):
    """An exchange that changes something, right where it is answered 200 and its body is."""
    return Exchange(exchange_request, lambda answer: answer.status == 200 and is_right(answer), sets or {}, increments)


def read(exchange_request, is_right):
    """An exchange that changes nothing, right where it is answered 200 and its body is."""
    return Exchange(exchange_request, lambda answer: answer.status == 200 and is_right(answer))


class Peer:
    """A server of one or more processes on the server's cores. What it can be asked for are its methods that make exchanges."""

    name = ""
    title = ""
    programs: tuple[str, ...] = ()
    packages = ""
    # Whether it is what all workloads measure, and not only a peer beside it.
    is_measured = False
    keeps_keys = True

    def __init__(self, folder, cores):
        self.folder = pathlib.Path(folder) / self.name
        self.folder.mkdir()
        self.cores = cores
        self.port = free_port()
        self.processes: list[Process] = []

    def start(self):
        """Starts the server and waits for it to listen."""
        raise NotImplementedError

    def load(self, keys):
        """Sets this many keys; a server that keeps none has nothing to do."""

    def load_large(self):
        """Sets the keys with large values, where they are asked for."""

    def read_all(self, keys):
        """Reads all keys once, as use would, for a server that has not all of them in memory as soon as they are set."""

    def run(self, name, *command, port):
        process = Process(command, self.cores, self.folder / f"{name}.log", self.folder)
        self.processes.append(process)

        def answers():
            process.fail_if_ended()
            return listens(port)

        wait_until(answers, 60, f"{command[0]} does not listen on port {port}")

    def cpu_time(self):
        return sum((process.cpu_time() for process in self.processes), CPUTime())

    def resident_bytes(self):
        return sum(process.resident_bytes() for process in self.processes)

    def disk_bytes(self):
        return sum(path.stat().st_blocks * 512 for path in self.folder.rglob("*") if path.is_file())

    def pause(self):
        for process in self.processes:
            process.pause()

    def resume(self):
        for process in self.processes:
            process.resume()

    def stop(self):
        for process in reversed(self.processes):
            process.stop()
        self.processes = []

    def settle(self, seconds=30):
        """Waits until the server has done what it does behind its answers: until it takes under 5 % of a core."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            before = self.cpu_time()
            time.sleep(0.5)
            if (self.cpu_time() - before).total < 0.025:
                return


class Nginx(Peer):
    """Answers the same text to all: what HTTP alone costs in a good server."""

    name = "nginx"
    title = "nginx return 200"
    programs = ("nginx",)
    packages = "nginx-light"
    keeps_keys = False
    value = b"v" * VALUE_SIZE
    large_value = b"v" * LARGE_SIZE

    def start(self):
        # A word of nginx's configuration has at most 4096 bytes.
        kilobyte = "v" * 1024
        (self.folder / "nginx.conf").write_text(
            f"daemon off; worker_processes 1; pid {self.folder}/nginx.pid; error_log {self.folder}/error.log;\n"
            "events { worker_connections 4096; }\n"
            "http { access_log off; keepalive_requests 1000000000; server { "
            f"listen 127.0.0.1:{self.port} backlog=4096; set $kilobyte {kilobyte};\n"
            f"location /large {{ return 200 '{'$kilobyte' * (LARGE_SIZE // 1024)}'; }}\n"
            f"location / {{ return 200 '{self.value.decode()}'; }} }} }}\n")
        self.run("nginx", "nginx", "-p", str(self.folder), "-c", str(self.folder / "nginx.conf"), port=self.port)

    def get(self, key):
        return read(request("GET", f"/{key}"), lambda answer: answer.body == self.value)

    def get_large(self, key):
        return read(request("GET", f"/{key}"), lambda answer: answer.body == self.large_value)


class Webdis(Peer):
    """Redis over HTTP, of two processes: Webdis and its Redis."""

    programs = ("webdis", "redis-server")
    packages = "webdis redis-server"
    append_only = False

    def start(self):
        self.redis_port = free_port()
        self.run("redis", "redis-server", "--port", str(self.redis_port), "--dir", str(self.folder), "--save", "",
                 "--appendonly", "yes" if self.append_only else "no", "--appendfsync", "always", port=self.redis_port)
        settings = {"redis_host": "127.0.0.1", "redis_port": self.redis_port, "http_host": "127.0.0.1",
                    "http_port": self.port, "threads": 1, "pool_size": 20, "daemonize": False, "websockets": False,
                    "verbosity": 1, "logfile": str(self.folder / "webdis-log")}
        (self.folder / "webdis.json").write_text(json.dumps(settings))
        self.run("webdis", "webdis", str(self.folder / "webdis.json"), port=self.port)

    def load(self, keys):
        loading.load_redis(self.redis_port, loading.entries(keys))

    def load_large(self):
        loading.load_redis(self.redis_port, loading.large_entries())

    def get(self, key):
        # As .txt: the value alone, which costs Webdis less than JSON.
        return read(request("GET", f"/GET/{key}.txt"), lambda answer: is_value_of(key, answer.body))

    def get_large(self, key):
        return read(request("GET", f"/GET/{key}.txt"), lambda answer: answer.body == value_of(key, "load", LARGE_SIZE))

    def put(self, key, value):
        return written(request("PUT", f"/SET/{key}.txt", value), lambda answer: answer.body == b"+OK", sets={key: value})

    def increment(self, key):
        return written(request("GET", f"/INCR/{key}.txt"), lambda answer: answer.body.isdigit(), increments=1)

    def transaction(self, values):
        path = "/MSET/" + "/".join(f"{key}/{value.decode()}" for key, value in values.items()) + ".txt"
        return written(request("GET", path), lambda answer: answer.body == b"+OK", sets=values)

    def hello(self):
        return read(request("GET", "/EVAL/return%20%27hello%20world%27/0.txt"),
                    lambda answer: answer.body == b"hello world")

    def count(self):
        return written(request("GET", "/EVAL/return%20redis.call%28%27INCR%27%2C%27visits%27%29/0.txt"),
                       lambda answer: answer.body.isdigit(), increments=1)

    def stored(self, connection, key):
        """The value that a key has."""
        return connection.check(read(request("GET", f"/GET/{key}.txt"), lambda answer: True)).body

    def counted(self, connection, counters):
        """What these counters have been incremented to, together."""
        total = 0
        for first in range(0, len(counters), 100):
            get = request("GET", "/MGET/" + "/".join(counters[first:first + 100]))
            found = json_body(connection.check(read(get, lambda answer: bool(json_body(answer)))))
            total += sum(int(number) for number in found["MGET"] if number is not None)
        return total


class WebdisWithoutLog(Webdis):
    name = "webdis"
    title = "Webdis, Redis without AOF"


class WebdisWithLog(Webdis):
    name = "webdis-aof"
    title = "Webdis, Redis AOF always"
    append_only = True


class Etcd(Peer):
    """etcd's HTTP gateway, with the durability that it has by default: a sync before the answer."""

    name = "etcd"
    title = "etcd gateway"
    programs = ("etcd",)
    packages = "etcd-server"

    def start(self):
        peer_port = free_port()
        url, peer_url = f"http://127.0.0.1:{self.port}", f"http://127.0.0.1:{peer_port}"
        self.run("etcd", "etcd", "--data-dir", str(self.folder / "data"), "--listen-client-urls", url,
                 "--advertise-client-urls", url, "--listen-peer-urls", peer_url, "--initial-advertise-peer-urls", peer_url,
                 "--initial-cluster", f"default={peer_url}", "--log-level", "error", "--max-txn-ops", "1000",
                 port=self.port)

        def is_leader():
            with Connection(self.port) as connection:
                return connection.answer(self.put("ready", b"yes").request).status == 200

        wait_until(is_leader, 30, "etcd takes no writes")

    def load(self, keys):
        loading.load_by_transactions(self, loading.entries(keys))

    def get(self, key):
        def is_right(answer):
            found = (json_body(answer) or {}).get("kvs", [])
            return len(found) == 1 and is_value_of(key, base64.b64decode(found[0]["value"]))

        return read(self.request("range", {"key": encoded(key)}), is_right)

    def put(self, key, value):
        return written(self.request("put", {"key": encoded(key), "value": encoded(value)}), has_revision, sets={key: value})

    def transaction(self, values):
        operations = [{"request_put": {"key": encoded(key), "value": encoded(value)}} for key, value in values.items()]
        return written(self.request("txn", {"success": operations}), has_revision, sets=values)

    def stored(self, connection, key):
        """The value that a key has."""
        found = connection.check(read(self.request("range", {"key": encoded(key)}), has_revision))
        values = json_body(found).get("kvs", [])
        return base64.b64decode(values[0]["value"]) if values else None

    @staticmethod
    def request(action, body):
        return request("POST", f"/v3/kv/{action}", json.dumps(body).encode())


def encoded(text):
    return base64.b64encode(text if isinstance(text, bytes) else text.encode()).decode()


def has_revision(answer: Answer):
    found = json_body(answer)
    return bool(found) and int(found["header"]["revision"]) > 0


PEERS = (Nginx, WebdisWithoutLog, WebdisWithLog, Etcd)


def installed(names):
    """The peers of these names that are installed; says of each other one which package has it."""
    chosen = []
    for kind in PEERS:
        if kind.name not in names:
            continue
        if all(is_installed(program) for program in kind.programs):
            chosen.append(kind)
        else:
            print(f"{kind.title} is left out: not installed; on Debian: apt-get install {kind.packages}", file=sys.stderr)
    return chosen
