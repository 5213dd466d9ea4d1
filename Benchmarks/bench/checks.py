"""What must be stored: told from the requests that were sent, and compared with what a server gives back."""

from __future__ import annotations

import random

from .exchanges import COUNTER_COUNT, VISITS, Connection, WrongAnswer, counter_name

SAMPLE = 500
COUNTERS = [*(counter_name(number) for number in range(COUNTER_COUNT)), VISITS]


class Ledger:
    """The values and the counters that one server has acknowledged."""

    def __init__(self, peer):
        self.peer = peer
        self.values = {}
        self.increments_min = 0
        self.increments_max = 0

    def note(self, exchanges, answered, in_flight, in_turn):
        """Notes a run over these exchanges, of which so many were answered and up to so many more sent.

        Where they were sent in turn, from the first on and again, it is known which: all but the first, which wrk makes once
        to look at it, and the last. Those may have been done or not, and what they set is no longer known.
        """
        for exchange in exchanges:
            for key in exchange.sets:
                self.values.pop(key, None)
        # A slow answer may belong to a request well before the last.
        certain = max(answered - 10 * in_flight, 1) if in_turn else 1
        for exchange in exchanges[1:certain]:
            self.values.update(exchange.sets)
        if exchanges[0].increments:
            self.increments_min += answered
            self.increments_max += answered + in_flight

    def note_sent(self, exchange):
        """Notes an exchange that may have been done, or not."""
        for key in exchange.sets:
            self.values.pop(key, None)
        self.increments_max += exchange.increments

    def note_answered(self, exchange):
        """Notes that an exchange which was sent was answered."""
        self.values.update(exchange.sets)
        self.increments_min += exchange.increments

    def check(self, sample=SAMPLE):
        """Reads back a sample of the values, and all counters; returns how many values were compared."""
        keys = random.sample(list(self.values), min(sample, len(self.values)))
        with Connection(self.peer.port) as connection:
            for key in keys:
                found = self.peer.stored(connection, key)
                if found != self.values[key]:
                    raise WrongAnswer(f"{self.peer.title} acknowledged {self.values[key]!r} for {key} and has {found!r}")
            if self.increments_max:
                counted = self.peer.counted(connection, COUNTERS)
                if not self.increments_min <= counted <= self.increments_max:
                    raise WrongAnswer(f"{self.peer.title} counts {counted}, of {self.increments_min} increments that it "
                                      f"answered and {self.increments_max} that it may have got")
        return len(keys)
