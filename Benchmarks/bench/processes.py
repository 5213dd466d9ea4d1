"""Processes on cores of their own, and what /proc says of them: CPU time, memory, how busy a core is."""

from __future__ import annotations

import dataclasses
import os
import pathlib
import re
import signal
import subprocess
import time

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
PROC = pathlib.Path("/proc")


@dataclasses.dataclass(frozen=True)
class CPUTime:
    """Seconds that were spent in a program's own code and in the kernel for it."""

    user: float = 0
    system: float = 0

    @property
    def total(self):
        return self.user + self.system

    def __add__(self, other):
        return CPUTime(self.user + other.user, self.system + other.system)

    def __sub__(self, other):
        return CPUTime(self.user - other.user, self.system - other.system)


def parse_stat(text):
    """The CPU time in a /proc/PID/stat: of all threads, and of the children that have ended and were waited for.

    The program's name stands in parentheses and may hold spaces and parentheses, too (proc(5)).
    """
    fields = text.rsplit(")", 1)[1].split()
    user, system, children_user, children_system = (int(field) / TICKS_PER_SECOND for field in fields[11:15])
    return CPUTime(user + children_user, system + children_system)


def parse_resident(text):
    """The bytes that a /proc/PID/status calls resident; 0 for a process that has ended and was not yet waited for."""
    found = re.search(r"^VmRSS:\s+(\d+) kB$", text, re.MULTILINE)
    return int(found.group(1)) * 1024 if found else 0


def parse_busy(text, core):
    """The ticks in a /proc/stat in which a core was not idle, and all of its ticks."""
    found = re.search(rf"^cpu{core} (.*)$", text, re.MULTILINE)
    if not found:
        raise SystemExit(f"/proc/stat has no core {core}")
    # user, nice, system, idle, iowait, irq, softirq, steal; the guests' are counted in user and nice already.
    ticks = [int(field) for field in found.group(1).split()[:8]]
    return sum(ticks) - ticks[3] - ticks[4], sum(ticks)


def core_ticks(cores):
    """The ticks in which these cores were not idle, together since the machine's start."""
    text = (PROC / "stat").read_text()
    return sum(parse_busy(text, core)[0] for core in cores)


def family(pid):
    """A process and its descendants."""
    pids = [pid]
    for parent in pids:
        for children in PROC.glob(f"{parent}/task/*/children"):
            try:
                pids += [int(child) for child in children.read_text().split()]
            except OSError:
                continue
    return pids


def read_all(pid, name):
    """A file of /proc for a process and its descendants, without those that end meanwhile."""
    for member in family(pid):
        try:
            yield (PROC / str(member) / name).read_text()
        except OSError:
            continue


def core_list(cores):
    return ",".join(str(core) for core in cores)


def on_cores(cores, command):
    return ["taskset", "-c", core_list(cores), *command]


class Process:
    """A program that runs on some cores, with its output in a file, until it is stopped."""

    def __init__(self, command, cores, log, folder):
        with open(log, "ab") as output:
            self.popen = subprocess.Popen(
                on_cores(cores, command), stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, cwd=folder)
        self.command = command
        self.log = log

    def cpu_time(self):
        return sum((parse_stat(text) for text in read_all(self.popen.pid, "stat")), CPUTime())

    def resident_bytes(self):
        return sum(parse_resident(text) for text in read_all(self.popen.pid, "status"))

    def fail_if_ended(self):
        if self.popen.poll() is not None:
            raise SystemExit(f"{self.command[0]} ended with {self.popen.returncode}: "
                             + pathlib.Path(self.log).read_text(errors="replace")[-2000:])

    def pause(self):
        self.signal_family(signal.SIGSTOP)

    def resume(self):
        self.signal_family(signal.SIGCONT)

    def signal_family(self, number):
        for pid in family(self.popen.pid):
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue

    def stop(self, number=signal.SIGTERM, seconds=30):
        """Ends the program by a signal and waits for it; by SIGKILL if it takes too long."""
        if self.popen.poll() is not None:
            return
        self.resume()
        self.popen.send_signal(number)
        try:
            self.popen.wait(seconds)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()


def wait_until(condition, seconds, failure):
    """Asks again and again, each millisecond, until something holds."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise SystemExit(failure)
        time.sleep(0.001)
