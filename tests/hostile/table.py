"""The table of attacks, and what most of them have in common."""

import rfb
from wire import Ended, Failed

ATTACKS = []


class Attack:
    """One attack: what it does, and what the server must do."""

    def __init__(self, name, run, server, does, must, alone, slow):
        self.name, self.run, self.server, self.does, self.must = name, run, server, does, must
        # Run when no other attack on the same server is, for it changes what they would meet.
        self.alone = alone
        # Begun first, for it waits for the server to lose patience.
        self.slow = slow


def attack(must, server="plain", cases=None, alone=False, slow=False):
    """Enters a function in the table, once for each of its cases. Its first sentence says what it does."""

    def enter(function):
        does = " ".join((function.__doc__ or "").split())
        for case, given in (cases or {None: None}).items():
            name = function.__name__ if case is None else f"{function.__name__}.{case}"
            run = function if case is None else lambda target, given=given: function(target, given)
            ATTACKS.append(Attack(name, run, server, does, must, alone, slow))
        return function

    return enter


def ends(server, why, *messages, listed=()):
    """A client that has listed these encodings and sends this is sent away, for this reason."""
    with server.client() as client:
        client.send(rfb.set_encodings(rfb.RAW, *listed))
        client.wire.try_send(b"".join(messages))
        client.wire.ended(why)


def goes_on(server, *messages, listed=()):
    """A client that has listed these encodings and sends this is served on; what it was told, the latest of it."""
    with server.client() as client:
        client.send(rfb.set_encodings(rfb.RAW, rfb.FENCE, *listed), *messages)
        client.goes_on()
        return client.seen


def either(server, *messages, listed=()):
    """A client that sends this is served on, or sent away: one of both, and nothing hangs."""
    try:
        goes_on(server, *messages, listed=listed)
    except Ended:
        pass


def expect(holds, what):
    if not holds:
        raise Failed(what)
