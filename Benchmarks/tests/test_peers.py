import contextlib
import io
import unittest
from unittest import mock

from bench import peers
from bench.exchanges import Answer
from bench.peers import Etcd, installed


class PeerTests(unittest.TestCase):
    def test_a_peer_that_is_not_installed_is_left_out_with_its_package(self):
        said = io.StringIO()
        with mock.patch.object(peers, "is_installed", lambda program: program != "webdis"), contextlib.redirect_stderr(said):
            found = installed(["nginx", "webdis"])
        self.assertEqual([peer.name for peer in found], ["nginx"])
        self.assertIn("apt-get install webdis redis-server", said.getvalue())

    def test_an_answer_without_the_key_is_wrong(self):
        etcd = Etcd.__new__(Etcd)
        for body in (b'{"header":{}}', b"{}", b"no JSON", b'{"kvs":[{"value":"b3RoZXI="}]}'):
            self.assertFalse(etcd.get("key1").is_right(Answer(200, {}, body)))


if __name__ == "__main__":
    unittest.main()
