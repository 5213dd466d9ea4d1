import os
import pathlib
import subprocess
import threading
import time
import unittest

from bench.processes import TICKS_PER_SECOND, CPUTime, family, parse_busy, parse_resident, parse_stat


class ProcTests(unittest.TestCase):
    def test_a_name_with_spaces_and_parentheses_does_not_shift_the_fields(self):
        fields = ["S", *["1"] * 10, "300", "200", "50", "40", "20", "0"]
        found = parse_stat(f"42 (a) b (c) {' '.join(fields)}\n")
        self.assertEqual(found, CPUTime(350 / TICKS_PER_SECOND, 240 / TICKS_PER_SECOND))

    def test_cpu_time_is_of_user_and_system(self):
        spent = CPUTime(3, 2) - CPUTime(1, 0.5)
        self.assertEqual(spent, CPUTime(2, 1.5))
        self.assertEqual(spent.total, 3.5)

    def test_a_process_counts_with_its_threads(self):
        def work():
            end = time.thread_time() + 0.1
            while time.thread_time() < end:
                continue

        stat = pathlib.Path("/proc/self/stat")
        before = parse_stat(stat.read_text()).total
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        self.assertGreater(parse_stat(stat.read_text()).total - before, 0.05)

    def test_resident_memory_is_in_bytes_and_none_of_one_that_ended(self):
        self.assertEqual(parse_resident("Name:\ta\nVmRSS:\t   1200 kB\nRssAnon:\t 9 kB\n"), 1200 * 1024)
        self.assertEqual(parse_resident("Name:\ta\nState:\tZ (zombie)\n"), 0)

    def test_a_core_is_busy_but_for_idle_and_waiting(self):
        text = "cpu  9 9 9 9 9 9 9 9 9 9\ncpu0 1 2 3 400 50 6 7 8 0 0\ncpu10 1 1 1 1 1 1 1 1 0 0\n"
        self.assertEqual(parse_busy(text, 0), (27, 477))
        self.assertEqual(parse_busy(text, 10), (6, 8))
        with self.assertRaises(SystemExit):
            parse_busy(text, 1)

    def test_a_process_comes_with_its_descendants(self):
        with subprocess.Popen(["sh", "-c", "sleep 30 & wait"]) as shell:
            try:
                end = time.monotonic() + 10
                while len(family(shell.pid)) < 2 and time.monotonic() < end:
                    time.sleep(0.01)
                self.assertEqual(len(family(shell.pid)), 2)
            finally:
                for pid in reversed(family(shell.pid)):
                    os.kill(pid, 9)


if __name__ == "__main__":
    unittest.main()
