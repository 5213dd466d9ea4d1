import types
import unittest
import xml.etree.ElementTree

from bench.chart import chart
from bench.checks import Ledger
from bench.exchanges import Exchange
from bench.measuring import Round, Series
from bench.results import Footprint, Results
from bench.server import CoreFigures, StartFigures
from bench.table import report
from bench.targets import targets
from bench.workloads import WORKLOADS

KINDS = {workload.name: workload for workload in WORKLOADS}


def series(workload, peer, cpu, throughput, p99=1.0):
    rounds = [Round(5000, throughput * part, 0.5, p99, 2, cpu * 0.4, cpu * 0.6, 0) for part in (0.9, 1, 1.2)]
    return Series(KINDS[workload], types.SimpleNamespace(name=peer, title=peer, cores=[0]), 64, [1], None, rounds)


def results(*found, keys=1_000_000, **more):
    options = types.SimpleNamespace(connections=[64], keys=keys, rounds=3, seconds=5, workloads=[], server_cores=[0],
                                    load_cores=[1])
    machine = {"processor": "A & B <C>", "cores": 2, "kernel": "6.1"}
    return Results(options, machine, list(found), footprints=[
        Footprint("kvick", "kvick", "loaded", 390_000_000, 5), Footprint("kvick", "kvick", "at the end", 410_000_000, 5)], **more)


def verdict(all_targets, word):
    return [target.is_met for target in all_targets if word in target.name]


class TargetTests(unittest.TestCase):
    def test_reads_are_judged_by_cpu_time(self):
        enough = results(series("get", "kvick", 10, 1), series("get", "nginx", 7.6, 100), series("get", "webdis", 19, 1))
        self.assertEqual(verdict(targets(enough), "nginx"), [True])
        self.assertEqual(verdict(targets(enough), "Webdis"), [False])

    def test_durable_writes_are_judged_by_throughput_and_by_p99(self):
        for throughput, p99, is_met in ((160, 1, True), (140, 1, False), (160, 3, False)):
            found = results(series("put", "kvick", 10, throughput, p99), series("put", "webdis-aof", 1, 100, 2))
            self.assertEqual(verdict(targets(found), "PUT"), [is_met])

    def test_memory_counts_at_its_most_and_only_with_a_million_keys(self):
        self.assertEqual(verdict(targets(results()), "memory"), [False])
        self.assertEqual(verdict(targets(results(keys=1000)), "memory"), [])

    def test_pages_cores_and_starts(self):
        one, two = series("get", "kvick", 10, 100), series("get", "kvick", 10, 169)
        for is_shared, is_met in ((True, None), (False, False)):
            found = targets(results(series("list", "kvick", 10, 1), series("page", "kvick", 11.9, 1),
                                    starts={"kvick": StartFigures(0.9, 3.1, 5)}, cores=CoreFigures(one, two, is_shared)))
            self.assertEqual([target.is_met for target in found], [True, is_met, False, True, False])


class ReportTests(unittest.TestCase):
    found = results(series("get", "kvick", 10, 1000), series("get", "against", 12.5, 800), series("get", "nginx", 7, 2000),
                    read_back=3)

    def test_the_table_has_medians_and_their_spread(self):
        text = report(self.found)
        self.assertRegex(text, r"kvick +1,000 900 to 1,200 .* 10\.0 ")
        self.assertIn("throughput 1.250 (1.250 to 1.250), CPU time 0.800 (0.800 to 0.800)", text)
        self.assertRegex(text, r"MISSED +GET of random keys to nginx return 200: 0\.70 by CPU time")

    def test_the_chart_is_well_formed(self):
        root = xml.etree.ElementTree.fromstring(chart(self.found))
        bars = [bar for bar in root.iter("{http://www.w3.org/2000/svg}rect") if bar.get("class") == "kvick"]
        # 1000 of the 2400 that is the most.
        self.assertEqual([bar.get("width") for bar in bars], [f"{430 * 1000 / 2400:.1f}"])


class LedgerTests(unittest.TestCase):
    def test_what_was_surely_sent_is_known_and_the_rest_is_not(self):
        ledger = Ledger(None)
        ledger.values = {"a": b"old", "z": b"old", "other": b"old"}
        exchanges = [Exchange(b"", bool, {key: b"new"}) for key in "zabc"] + [Exchange(b"", bool, {"d": b"new"})] * 30
        ledger.note(exchanges, 13, 1, in_turn=True)
        self.assertEqual(ledger.values, {"a": b"new", "b": b"new", "other": b"old"})
        ledger.note(exchanges, 13, 1, in_turn=False)
        self.assertEqual(ledger.values, {"other": b"old"})

    def test_increments_are_between_the_answered_and_the_sent(self):
        ledger = Ledger(None)
        ledger.note([Exchange(b"", bool, increments=1)] * 2, 100, 64, in_turn=True)
        ledger.note_sent(Exchange(b"", bool, increments=1))
        self.assertEqual((ledger.increments_min, ledger.increments_max), (100, 165))


if __name__ == "__main__":
    unittest.main()
