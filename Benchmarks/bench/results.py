"""All that one run of the suite found, and the machine that it found it on."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import platform
import re
import subprocess
import time

from .targets import targets


@dataclasses.dataclass(frozen=True)
class Footprint:
    """What a server took at some time: bytes of memory and of disk."""

    peer: str
    title: str
    when: str
    resident_bytes: int
    disk_bytes: int


@dataclasses.dataclass
class Results:
    options: object
    machine: dict = dataclasses.field(default_factory=lambda: machine())
    series: list = dataclasses.field(default_factory=list)
    loading_seconds: dict = dataclasses.field(default_factory=dict)
    footprints: list[Footprint] = dataclasses.field(default_factory=list)
    starts: dict = dataclasses.field(default_factory=dict)
    cores: object = None
    looks: int = 0
    read_back: int = 0

    def note_footprint(self, peer, when):
        self.footprints.append(Footprint(peer.name, peer.title, when, peer.resident_bytes(), peer.disk_bytes()))

    def write_json(self, path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(self.as_json(), indent=1) + "\n")

    def as_json(self):
        options = {name: [str(one) for one in value] if isinstance(value, list) else str(value)
                   for name, value in vars(self.options).items()}
        return {
            "machine": self.machine, "options": options, "loading_seconds": self.loading_seconds,
            "series": [series_json(one) for one in self.series],
            "footprints": [dataclasses.asdict(one) for one in self.footprints],
            "starts": {name: dataclasses.asdict(found) for name, found in self.starts.items()},
            "cores": self.cores and {"one": series_json(self.cores.one), "two": series_json(self.cores.two),
                                     "load_on_the_same_cores": self.cores.is_shared},
            "answers_compared": self.looks, "values_read_back": self.read_back,
            "targets": [dataclasses.asdict(target) for target in targets(self)],
        }


def series_json(series):
    return {"workload": series.workload.name, "title": series.workload.title, "server": series.peer.name,
            "connections": series.connections, "rate": series.rate,
            "rounds": [dataclasses.asdict(one) for one in series.rounds]}


def machine():
    """What the figures depend on: processor, kernel, and the versions of the servers that are installed."""
    model = re.search(r"^model name\s*: (.*)$", pathlib.Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    memory = re.search(r"^MemTotal:\s+(\d+) kB$", pathlib.Path("/proc/meminfo").read_text(), re.MULTILINE)
    packages = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Status}/${Package} ${Version}\n", "nginx-light", "nginx", "webdis", "redis-server", "etcd-server", "wrk"],
        capture_output=True, text=True, check=False).stdout
    return {
        "time": time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime()),
        "processor": model.group(1) if model else platform.machine(), "cores": os.cpu_count(),
        "memory_bytes": int(memory.group(1)) * 1024 if memory else 0, "kernel": platform.release(),
        "packages": [line.partition("/")[2] for line in packages.splitlines() if line.startswith("install ok installed/")],
    }
