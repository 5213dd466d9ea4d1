#!/usr/bin/env python3
"""Measures Kvick beside nginx `return 200` and Webdis on Redis, in turn, on one core each for server and load.

Needs nginx, redis-server, webdis and wrk. GET and PUT of keys, and a script that says hello or counts,
beside Redis's EVAL. Prints a table of medians; `--seconds`, `--rounds` and `--keys` set its length.
"""

import argparse
import concurrent.futures
import http.client
import os
import pathlib
import re
import shutil
import signal
import socket
import statistics
import subprocess
import tempfile
import time

HERE = pathlib.Path(__file__).parent
SERVER_CORE, LOAD_CORE = "0", "1"
VALUE = b"v" * 81


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port):
    end = time.monotonic() + 30
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit(f"nothing listens on port {port}")


class Peers:
    """The servers, each on the server core; ended with the program."""

    def __init__(self, folder, kvick):
        self.folder = pathlib.Path(folder)
        self.processes = {}
        self.ports = {}
        self.kvick = kvick

    def run(self, name, *command):
        log = open(self.folder / f"{name}.log", "wb")
        self.processes[name] = subprocess.Popen(
            ["taskset", "-c", SERVER_CORE, *command], stdout=log, stderr=subprocess.STDOUT, cwd=self.folder)

    def start_kvick(self):
        port = self.ports["kvick"] = free_port()
        self.run("kvick", self.kvick, "serve", "--port", str(port), "--data", str(self.folder / "kvick"),
                 "--rate-limit", "none", "--log-level", "warning")
        wait_for(port)

    def start_nginx(self):
        port = self.ports["nginx"] = free_port()
        (self.folder / "nginx.conf").write_text(
            f"daemon off; worker_processes 1; pid {self.folder}/nginx.pid; error_log {self.folder}/error.log;\n"
            "events { worker_connections 4096; }\n"
            "http { access_log off; keepalive_requests 1000000000; server { "
            f"listen 127.0.0.1:{port} backlog=4096; location / {{ return 200 '{VALUE.decode()}'; }} }} }}\n")
        self.run("nginx", "nginx", "-p", str(self.folder), "-c", str(self.folder / "nginx.conf"))
        wait_for(port)

    def start_webdis(self, name, append_only):
        redis, port = free_port(), free_port()
        self.ports[name], self.ports[name + "-redis"] = port, redis
        data = self.folder / name
        data.mkdir()
        self.run(name + "-redis", "redis-server", "--port", str(redis), "--dir", str(data), "--save", "",
                 "--appendonly", "yes" if append_only else "no", "--appendfsync", "always")
        wait_for(redis)
        (self.folder / f"{name}.json").write_text(
            f'{{"redis_host":"127.0.0.1","redis_port":{redis},"http_host":"127.0.0.1","http_port":{port},'
            '"threads":1,"pool_size":20,"daemonize":false,"websockets":false,"verbosity":1,'
            f'"logfile":"{self.folder}/{name}-webdis.log"}}')
        self.run(name, "webdis", str(self.folder / f"{name}.json"))
        wait_for(port)

    def stop(self):
        for process in self.processes.values():
            process.send_signal(signal.SIGTERM)
        for process in self.processes.values():
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()

    def cpu_seconds(self, names):
        """User and system time that these have taken, with their children."""
        ticks = os.sysconf("SC_CLK_TCK")
        total = 0
        for name in names:
            parent = self.processes[name].pid
            pids = [parent]
            children = pathlib.Path(f"/proc/{parent}/task/{parent}/children")
            if children.exists():
                pids += [int(pid) for pid in children.read_text().split()]
            for pid in pids:
                fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
                total += (int(fields[11]) + int(fields[12])) / ticks
        return total


def load_keys(peers, bucket, keys):
    """Sets all keys, in Kvick over many connections, in Redis through a pipeline; then checks one of each."""

    def put(first, last):
        """Sends requests ahead of their answers, which come in order."""
        with socket.create_connection(("127.0.0.1", peers.ports["kvick"])) as kvick:
            for start in range(first, last, 200):
                batch = range(start, min(start + 200, last))
                kvick.sendall(b"".join(
                    b"PUT /%s/key%09d HTTP/1.1\r\nHost: bench\r\nContent-Length: %d\r\n\r\n%s"
                    % (bucket.encode(), number, len(VALUE), VALUE) for number in batch))
                answers = b""
                while answers.count(b"HTTP/1.1 200 OK\r\n") < len(batch) or not answers.endswith(b"\r\n\r\n"):
                    answers += kvick.recv(65536)
                    if b"HTTP/1.1 4" in answers or b"HTTP/1.1 5" in answers:
                        raise SystemExit(answers.decode())

    step = -(-keys // 64)
    with concurrent.futures.ThreadPoolExecutor(64) as pool:
        list(pool.map(lambda first: put(first, min(first + step, keys)), range(0, keys, step)))
    for name in ("webdis", "webdis-aof"):
        with socket.create_connection(("127.0.0.1", peers.ports[name + "-redis"])) as redis:
            for first in range(0, keys, 1000):
                batch = range(first, min(first + 1000, keys))
                redis.sendall(b"".join(
                    b"*3\r\n$3\r\nSET\r\n$12\r\nkey%09d\r\n$%d\r\n%s\r\n" % (number, len(VALUE), VALUE) for number in batch))
                missing = len(batch) * len(b"+OK\r\n")
                while missing > 0:
                    missing -= len(redis.recv(65536))


def put_script(peers, bucket, name, source):
    connection = http.client.HTTPConnection("127.0.0.1", peers.ports["kvick"])
    connection.request("PUT", f"/{bucket}/scripts/{name}", source, {"Authorization": "Bearer bench"})
    response = connection.getresponse()
    if response.status != 200:
        raise SystemExit(f"the script {name} is refused: {response.status} {response.read()!r}")


def check(port, path, contained):
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", path)
    response = connection.getresponse()
    body = response.read()
    if response.status != 200 or contained not in body:
        raise SystemExit(f"{path} on port {port} answers {response.status} {body[:80]!r}")


def wrk(port, script, target, connections, seconds, keys):
    environment = dict(os.environ, TARGET=target, KEYS=str(keys), SEED=str(time.monotonic_ns() % 100000))
    output = subprocess.run(
        ["taskset", "-c", LOAD_CORE, "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s",
         str(HERE / script), f"http://127.0.0.1:{port}"],
        env=environment, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in output or "Socket errors" in output:
        raise SystemExit(f"{target}: wrong answers\n{output}")
    requests = int(re.search(r"(\d+) requests in", output).group(1))
    throughput = float(re.search(r"Requests/sec:\s+([\d.]+)", output).group(1))
    value, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", output).groups()
    return requests, throughput, float(value) * {"us": 1e-3, "ms": 1, "s": 1e3}[unit]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kvick", default=str(HERE.parent / ".build/release/kvick"))
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--keys", type=int, default=1_000_000)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--workloads", default="GET,PUT,hello,counter", help="which to run, with commas between them")
    options = parser.parse_args()
    missing = [name for name in ("nginx", "redis-server", "webdis", "wrk", "taskset") if not shutil.which(name)]
    if missing:
        raise SystemExit(f"missing: {', '.join(missing)}; on Debian: apt-get install nginx-light redis-server webdis wrk")
    folder = tempfile.mkdtemp(prefix="kvick-bench-", dir=os.environ.get("BENCH_DIR", "."))
    peers = Peers(os.path.abspath(folder), os.path.abspath(options.kvick))
    try:
        peers.start_kvick()
        peers.start_nginx()
        peers.start_webdis("webdis", append_only=False)
        peers.start_webdis("webdis-aof", append_only=True)
        connection = http.client.HTTPConnection("127.0.0.1", peers.ports["kvick"])
        connection.request("POST", "/", "secret_key=bench&default_ttl=0")
        bucket = connection.getresponse().read().decode()
        load_keys(peers, bucket, options.keys)
        hello = "/EVAL/return%20%27hello%20world%27/0"
        counter = "/EVAL/return%20redis.call%28%27INCR%27%2C%27visits%27%29/0"
        put_script(peers, bucket, "hello", "kvdb.say('hello world')")
        put_script(peers, bucket, "counter", "kvdb.say(kvdb.incr('visits'))")
        check(peers.ports["kvick"], f"/{bucket}/key000000001", VALUE)
        check(peers.ports["kvick"], f"/{bucket}/scripts/hello", b"hello world\n")
        check(peers.ports["kvick"], f"/{bucket}/scripts/counter", b"1\n")
        for name in ("webdis", "webdis-aof"):
            check(peers.ports[name], "/GET/key000000001", VALUE)
            check(peers.ports[name], hello, b"hello world")
            check(peers.ports[name], counter, b":1}")
        runs = [
            ("GET", "kvick", "get.lua", f"/{bucket}/KEY", ["kvick"]),
            ("GET", "nginx return 200", "get.lua", "/KEY", ["nginx"]),
            ("GET", "webdis, no AOF", "get.lua", "/GET/KEY", ["webdis", "webdis-redis"]),
            ("PUT", "kvick", "put.lua", f"/{bucket}/KEY", ["kvick"]),
            ("PUT", "webdis, AOF always", "put.lua", "/SET/KEY/VALUE", ["webdis-aof", "webdis-aof-redis"]),
            ("hello", "kvick", "get.lua", f"/{bucket}/scripts/hello", ["kvick"]),
            ("hello", "webdis, no AOF", "get.lua", hello, ["webdis", "webdis-redis"]),
            ("counter", "kvick", "get.lua", f"/{bucket}/scripts/counter", ["kvick"]),
            ("counter", "webdis, AOF always", "get.lua", counter, ["webdis-aof", "webdis-aof-redis"]),
        ]
        runs = [run for run in runs if run[0] in options.workloads.split(",")]
        figures = {run[:2]: [] for run in runs}
        for _ in range(options.rounds):
            for workload, name, script, target, names in runs:
                before = peers.cpu_seconds(names)
                requests, throughput, p99 = wrk(
                    peers.ports[names[0]], script, target, options.connections, options.seconds, options.keys)
                cpu = (peers.cpu_seconds(names) - before) / requests * 1e6
                figures[workload, name].append((throughput, p99, cpu))
        print(f"{options.keys} keys, {len(VALUE)}-byte values, {options.connections} connections, "
              f"{options.rounds} rounds of {options.seconds} s; medians (lowest to highest)")
        print(f"{'':28}{'requests/s':>30}{'p99 ms':>10}{'CPU µs a request':>18}")
        for (workload, name), values in figures.items():
            throughput, p99, cpu = ([value[index] for value in values] for index in range(3))
            print(f"{workload:8}{name:20}{statistics.median(throughput):12.0f} ({min(throughput):.0f} to {max(throughput):.0f})"
                  f"{statistics.median(p99):10.2f}{statistics.median(cpu):18.1f}")
        status = pathlib.Path(f"/proc/{peers.processes['kvick'].pid}/status").read_text()
        print("kvick's resident memory:", re.search(r"VmRSS:\s+(\d+)", status).group(1), "KiB")
    finally:
        peers.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
