"""Attacks through the console extension (message 255, sub-type 2)."""

import random
import struct

import rfb
from rfb import CONSOLE, FENCE, RAW
from table import attack, either, ends, expect, goes_on
from wire import Ended

# Operations with fields, and a body that has just these.
WHOLE = {
    "subscribe": (rfb.SUBSCRIBE, struct.pack(">I", 1)),
    "switch": (rfb.SWITCH, struct.pack(">I", 1)),
    "take": (rfb.TAKE, b"\0"),
    "answer": (rfb.ANSWER, struct.pack(">IB", 1, 1)),
    "break": (rfb.BREAK, struct.pack(">I", 1)),
    "sysrq": (rfb.SYSRQ, struct.pack(">IB", 1, 0x68)),
    "search": (rfb.SEARCH, rfb.search()[8:]),
    "lines": (rfb.LINES, rfb.lines()[8:]),
}


@attack("end the connection")
def console_message_not_agreed_on(server):
    """Sends each operation, and has not listed the extension."""
    for operation, body in WHOLE.values():
        ends(server, "QEMU client message", rfb.console(operation, body))


@attack("end the connection", cases=WHOLE)
def console_message_that_ends_too_soon(server, case):
    """Sends an operation with every length that is too short for its fields."""
    operation, body = case
    for length in range(len(body)):
        ends(server, "ends within its fields", rfb.console(operation, body[:length]), listed=(CONSOLE,))


@attack(
    "end the connection at the eighth byte", cases={str(length): length for length in (65537, 1 << 24, 0x7FFFFFFF, 0xFFFFFFFF)}
)
def console_message_announced_too_long(server, length):
    """Announces a body of more than 64 KiB."""
    ends(server, "more than 64 KiB", rfb.console(rfb.SEARCH, b"", length), listed=(CONSOLE,))


@attack("ignore them, and go on", cases=WHOLE)
def console_message_with_bytes_behind_it(server, case):
    """Sends an operation with 60,000 bytes behind its fields."""
    operation, body = case
    goes_on(server, rfb.console(operation, body + bytes(60000)), listed=(CONSOLE,))


@attack("skip them, and go on")
def console_operations_that_are_not_there(server):
    """Sends 500 operations that there are not, some with 64 KiB."""
    dice = random.Random(4)
    known = {operation for operation, _ in WHOLE.values()} | {rfb.RELEASE}
    unknown = [operation for operation in (dice.randrange(65536) for _ in range(520)) if operation not in known]
    bodies = (b"", bytes(100), bytes(65536))
    goes_on(
        server,
        *(rfb.console(operation, bodies[at % 40 if at % 40 < 3 else 1]) for at, operation in enumerate(unknown)),
        listed=(CONSOLE,),
    )


def refusals(server, *messages):
    """The reasons of the refusals that a client gets for these."""
    with server.client() as client:
        # The extension is acknowledged with the first pixels.
        client.send(rfb.set_encodings(RAW, FENCE, CONSOLE), rfb.update_request(width=1, height=1))
        while client.message() != ("acknowledged", CONSOLE):
            pass
        found = []
        for message in messages:
            client.send(message)
            while (told := client.wait_for("console"))[1] != rfb.REFUSED:
                pass
            found.append(told[2][8:].decode())
        client.sync()
        return found


NOWHERE = [0, 0x7FFFFFFF, 0xFFFFFFFF]
REFUSED = {
    "switch_to_nowhere": [rfb.console(rfb.SWITCH, struct.pack(">I", where)) for where in NOWHERE],
    "break_nowhere": [rfb.console(rfb.BREAK, struct.pack(">I", where)) for where in NOWHERE],
    "sysrq_nowhere": [rfb.console(rfb.SYSRQ, struct.pack(">IB", where, 0x68)) for where in NOWHERE],
    "sysrq_of_no_key": [rfb.console(rfb.SYSRQ, struct.pack(">IB", 1, key)) for key in (0, 10, 27, 32, 127, 255)],
    "take_by_force": [rfb.console(rfb.TAKE, flag) for flag in (b"\1", b"\xff")],
    "search_nowhere": [rfb.search(where=where) for where in NOWHERE],
    "search_for_none": [rfb.search(most=0)],
    "search_for_too_many": [rfb.search(most=most) for most in (1001, 65535)],
    "lines_nowhere": [rfb.lines(where=where) for where in NOWHERE],
    "lines_none": [rfb.lines(count=0)],
    "lines_too_many": [rfb.lines(count=count) for count in (1001, 65535)],
}


@attack("refuse it with a reason, and go on", cases=REFUSED)
def console_request_that_cannot_be(server, messages):
    """Asks for what is not there, or may not be asked for."""
    for reason in refusals(server, *messages):
        expect(reason, "there is no reason")


ODD = {
    "all_topics": [rfb.console(rfb.SUBSCRIBE, b"\xff\xff\xff\xff")],
    "answer_to_nobody": [rfb.console(rfb.ANSWER, struct.pack(">IB", 0xFFFFFFFF, 255)), rfb.console(rfb.RELEASE)],
    "search_for_nothing": [rfb.search(text=b"")],
    "search_not_utf8": [rfb.search(text=b"\xff\xfe\xc0\x80\xed\xa0\x80")],
    "search_for_controls": [rfb.search(text=bytes(range(32)) + b"\x7f")],
    "search_of_65000_bytes": [rfb.search(text=b"x" * 65000)],
    "search_before_the_first": [rfb.search(before=0)],
    "search_like_a_pattern": [rfb.search(text=b"(a+)+$[^" * 10)],
    "lines_at_the_end_of_numbers": [rfb.lines(first=2**64 - 1, count=1000), rfb.lines(first=2**64 - 500, count=1000)],
    "lines_far_from_any": [rfb.lines(first=2**40, count=1000)],
}


@attack("answer or refuse it, and go on", cases=ODD)
def odd_console_request(server, messages):
    """Asks with the strangest numbers and texts that fit into the fields."""
    goes_on(server, rfb.update_request(width=1, height=1), *messages, listed=(CONSOLE,))


@attack("end the connection")
def console_string_longer_than_its_body(server):
    """Announces a text that is longer than the body it is in."""
    body = rfb.search(text=b"")[8:-2] + b"\xff\xffshort"
    ends(server, "ends within its fields", rfb.console(rfb.SEARCH, body), listed=(CONSOLE,))


@attack("go on, and tell what is the latest")
def console_subscriptions_by_the_thousand(server):
    """Subscribes to everything and to nothing, 2,000 times in turn."""
    both = rfb.console(rfb.SUBSCRIBE, struct.pack(">I", 7)) + rfb.console(rfb.SUBSCRIBE, bytes(4))
    goes_on(server, rfb.update_request(width=1, height=1), both * 2000, listed=(CONSOLE,))


@attack("go on, with one picture at the end")
def console_switches_by_the_thousand(server):
    """Looks at another console and back, 1,500 times, with a picture wanted each time."""
    consoles = []
    with server.client() as client:
        client.send(rfb.set_encodings(rfb.ZRLE, RAW, FENCE, CONSOLE), rfb.update_request(width=1, height=1))
        client.send(rfb.console(rfb.SUBSCRIBE, struct.pack(">I", 1)))
        while len(consoles) < 2:
            told = client.wait_for("console")
            if told[1] == 16:
                consoles.append(told[2][:4])
        there_and_back = b"".join(rfb.console(rfb.SWITCH, where) + rfb.update_request() for where in reversed(consoles))
        client.send(there_and_back * 1500)
        client.sync()


@attack(
    "refuse what is too much, and go on or send it away when it does not read the refusals",
    cases={
        "search": rfb.search(text=b"x" * 128),
        "lines": rfb.lines(count=1000),
        "break": rfb.console(rfb.BREAK, struct.pack(">I", 1)),
        "nowhere": rfb.console(rfb.SWITCH, bytes(4)),
    },
)
def console_requests_by_the_thousand(server, message):
    """Asks 10,000 times without waiting for an answer."""
    either(server, rfb.update_request(width=1, height=1), message * 10000, listed=(CONSOLE,))


@attack("end the connection when 256 notices wait")
def console_refusals_that_are_not_read(server):
    """Asks for what is refused for as long as it can, and reads nothing."""
    with server.client(wire=server.wire(receive_buffer=4096)) as client:
        client.send(rfb.set_encodings(RAW, CONSOLE), rfb.update_request(width=1, height=1))
        try:
            for _ in range(3000):
                client.send(rfb.console(rfb.SWITCH, bytes(4)) * 1000)
        except Ended:
            client.wire.ended("does not read the answers")
            return
        expect(False, "the server keeps three million refusals")
