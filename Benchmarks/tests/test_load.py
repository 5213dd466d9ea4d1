import os
import pathlib
import shutil
import socket
import tempfile
import threading
import time
import unittest
from unittest import mock

from bench import load
from bench.exchanges import Draw, Exchange, request
from bench.load import parse_figures, percentile, write_requests

FIGURES = ('figures {"requests":%d,"microseconds":2000000,"p50":10,"p99":20,"p999":30,"refused":%d,"broken":%d%s}\n')


class FiguresTests(unittest.TestCase):
    def test_a_percentile_is_a_value_that_was_seen(self):
        self.assertEqual(percentile({10: 50, 20: 49, 900: 1}, 0.5), 10)
        self.assertEqual(percentile({10: 50, 20: 49, 900: 1}, 0.99), 20)
        self.assertEqual(percentile({10: 50, 20: 49, 900: 1}, 0.999), 900)
        self.assertEqual(percentile({7: 1}, 0.5), 7)
        self.assertEqual(percentile({}, 0.5), 0)

    def test_a_closed_loop_has_the_figures_of_wrk(self):
        found = parse_figures("Running…\n" + FIGURES % (5000, 0, 0, ""), 2, 7)
        self.assertEqual(found, load.LoadFigures(5000, 2500, 10, 20, 30, 7))

    def test_an_open_loop_has_its_own_latencies(self):
        more = ',"answered":900,"latencies":{"100":989,"1000000":11}'
        found = parse_figures(FIGURES % (5000, 0, 0, more), 3, 0)
        self.assertEqual((found.throughput, found.p50, found.p99, found.p999), (300, 100, 1_000_000, 1_000_000))

    def test_refusals_and_broken_connections_and_silence_end_it(self):
        for output in (FIGURES % (5000, 1, 0, ""), FIGURES % (5000, 0, 1, ""), FIGURES % (0, 0, 0, ""), "unable to connect"):
            with self.assertRaises(SystemExit):
                parse_figures(output, 2, 0)

    def test_requests_go_to_the_threads_in_turn(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "requests"
            write_requests(path, [Exchange(word, bool) for word in (b"one", b"three", b"two")], 2)
            self.assertEqual(pathlib.Path(f"{path}.0").read_bytes(), b"00000003one00000003two")
            self.assertEqual(pathlib.Path(f"{path}.1").read_bytes(), b"00000005three")

    def test_a_seed_repeats_what_is_drawn(self):
        one, other = Draw(1000, "a", 5), Draw(1000, "a", 5)
        self.assertEqual([one.key() for _ in range(100)], [other.key() for _ in range(100)])


class StallingServer:
    """Answers over each connection, but not while it stalls."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.goes_on = threading.Event()
        self.goes_on.set()
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        with connection:
            try:
                while connection.recv(65536):
                    self.goes_on.wait()
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            except OSError:
                return

    def stall(self, after, seconds):
        def run():
            time.sleep(after)
            self.goes_on.clear()
            time.sleep(seconds)
            self.goes_on.set()

        threading.Thread(target=run, daemon=True).start()


@unittest.skipUnless(shutil.which("wrk"), "needs wrk")
class OpenLoopTests(unittest.TestCase):
    def test_a_stall_counts_for_all_that_was_due_meanwhile(self):
        server = StallingServer()
        exchanges = [Exchange(request("GET", "/"), bool)] * 100
        with tempfile.TemporaryDirectory() as folder, mock.patch.object(load, "LEAD_SECONDS", 1):
            server.stall(after=2, seconds=1)
            found = load.run(server.port, exchanges, pathlib.Path(folder) / "requests", 8, 4,
                             sorted(os.sched_getaffinity(0)), lambda connection: None, rate=200)
        server.listener.close()
        # A second of four: a quarter of the requests, which waited from none to a second each. Of a closed loop only
        # the eight that were on their way would have waited.
        self.assertAlmostEqual(found.throughput, 200, delta=4)
        self.assertGreater(found.p99, 850_000)
        self.assertLess(found.p50, 200_000)


if __name__ == "__main__":
    unittest.main()
