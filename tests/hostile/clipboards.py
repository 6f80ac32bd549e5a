"""Attacks through the clipboard, classic and extended."""

import struct
import zlib

import rfb
from rfb import ASK, CAPS, CLIPBOARD, NOTIFY, PEEK, PROVIDE, RAW
from table import attack, ends, expect, goes_on
from wire import Ended

MIB = 1 << 20
TEXT = 1

# What the guest must never get by a paste, whatever the text is: it would end a bracketed paste, and go on as keys.
FORGED = "\x1b[201~forged\x1b]52;c;AAAA\x07\x9b201~\x00\x7f"

TOO_LONG = {
    "4_gib": rfb.cut_text(b"", 0xFFFFFFFF),
    "2_gib": rfb.cut_text(b"", 0x7FFFFFFF),
    "2_gib_and_1": rfb.cut_text(b"", 0x80000000),
    "16_mib_and_1": rfb.cut_text(b"", 16 * MIB + 1),
}


@attack("end the connection at the eighth byte", cases=TOO_LONG)
def cut_text_announced_too_long(server, message):
    """Announces a text of more than 16 MiB."""
    ends(server, "more than 16 MiB", message)


@attack("end the connection", cases={"16_mib_and_1": -16 * MIB - 1, "2_gib": -(1 << 31)})
def clipboard_announced_too_long(server, length):
    """Announces a message of the extended clipboard of more than 16 MiB."""
    ends(server, "more than 16 MiB", rfb.cut_text(b"", length), listed=(CLIPBOARD,))


@attack("end the connection", cases={str(length): length for length in (-1, -4, -100, -(1 << 31))})
def clipboard_that_was_not_listed(server, length):
    """Sends a message of the extended clipboard, and has not listed it."""
    ends(server, "more than 16 MiB", rfb.cut_text(b"", length))


@attack("skip it, and go on")
def cut_text_of_16_mib(server):
    """Sends a text of 16 MiB, which is not kept, and pastes it."""
    goes_on(server, rfb.cut_text(b"never-pasted" * (16 * MIB // 12) + b"...."), rfb.pressed(rfb.SHIFT, rfb.INSERT))
    expect(b"never-pasted" not in server.typed(), "the guest got a text that is too long")


@attack("go on")
def cut_texts_by_the_thousand(server):
    """Sends nothing, 5,000 times, and then 64 texts of 256 KiB."""
    goes_on(server, rfb.cut_text(b"") * 5000, *[rfb.cut_text(b"x" * 262144)] * 64)


@attack("take the control characters out", cases={"classic": False, "extended": True})
def paste_that_ends_itself(server, extended):
    """Pastes a text that would end the paste and go on as keys, if it came to the guest as it is."""
    text = ("begin" + FORGED + "end").encode()
    message = rfb.clipboard(PROVIDE | TEXT, rfb.provided(text + b"\0")) if extended else rfb.cut_text(text)
    goes_on(server, message, rfb.pressed(rfb.SHIFT, rfb.INSERT), listed=(CLIPBOARD,))
    typed = server.typed()
    expect(b"\x1b[201~forged" not in typed and b"\x1b]52" not in typed, "the guest got control characters by a paste")


@attack("type them one after the other, or drop them when it leaves; go on")
def paste_storm(server):
    """Pastes 256 KiB, 200 times over, and leaves."""
    goes_on(server, rfb.cut_text(b"pasted " * 37449), rfb.pressed(rfb.SHIFT, rfb.INSERT) * 200)


BAD_CAPS = {
    "no_flags": rfb.cut_text(b"\0", -1),
    "three_bytes_of_flags": rfb.cut_text(b"\0\0\0", -3),
    "no_size": rfb.clipboard(CAPS | TEXT),
    "sizes_for_two": rfb.clipboard(CAPS | TEXT, bytes(8)),
    "half_a_size": rfb.clipboard(CAPS | TEXT, bytes(3)),
    "all_formats_and_one_size": rfb.clipboard(CAPS | 0xFFFF, bytes(4)),
}


@attack("end the connection", cases=BAD_CAPS)
def clipboard_capabilities_that_are_malformed(server, message):
    """Says what its clipboard can do, with more or fewer sizes than formats."""
    ends(server, "Malformed", message, listed=(CLIPBOARD,))


ODD = {
    "all_formats": rfb.clipboard(CAPS | 0xFFFF, bytes(64)),
    "no_formats": rfb.clipboard(CAPS),
    "all_flags": rfb.clipboard(0xFEFFFFFF, bytes(100)),
    "several_actions": rfb.clipboard(ASK | PEEK | NOTIFY | PROVIDE | TEXT),
    "other_formats": b"".join(
        rfb.clipboard(action | 0xFFFE, zlib.compress(bytes(100))) for action in (ASK, PEEK, NOTIFY, PROVIDE)
    ),
    "sizes_all_ones": rfb.clipboard(CAPS | TEXT | ASK | PEEK | NOTIFY | PROVIDE, b"\xff\xff\xff\xff"),
    "no_text": rfb.clipboard(PROVIDE | TEXT),
    "no_stream": rfb.clipboard(PROVIDE | TEXT, b"this is not deflated"),
    "half_a_stream": rfb.clipboard(PROVIDE | TEXT, rfb.provided(b"x" * 5000)[:20]),
    "bytes_behind_the_stream": rfb.clipboard(PROVIDE | TEXT, rfb.provided(b"text\0") + bytes(5000)),
    "two_streams": rfb.clipboard(PROVIDE | TEXT, rfb.provided(b"text\0") * 2),
    "declared_0": rfb.clipboard(PROVIDE | TEXT, rfb.provided(b"text", 0)),
    "declared_less": rfb.clipboard(PROVIDE | TEXT, rfb.provided(b"x" * 5000, 5)),
    "declared_more": rfb.clipboard(PROVIDE | TEXT, rfb.provided(b"text", 500000)),
    "declared_all_ones": rfb.clipboard(PROVIDE | TEXT, rfb.provided(b"text", 0xFFFFFFFF)),
    "no_length_in_the_stream": rfb.clipboard(PROVIDE | TEXT, zlib.compress(b"\0\0")),
    "not_utf8": rfb.clipboard(PROVIDE | TEXT, rfb.provided(b"\xff\xfe\xc0\x80\xed\xa0\x80")),
    "with_a_dictionary": rfb.clipboard(PROVIDE | TEXT, b"\x78\xbb" + bytes(100)),
    "distance_too_far": rfb.clipboard(PROVIDE | TEXT, b"\x78\x9c\x63\x00\x02\x00\xff\xff" + bytes(20)),
}


@attack("pass it over, and go on", cases=ODD)
def odd_clipboard(server, message):
    """Sends a message of the extended clipboard that is well-formed and means nothing, or whose stream is broken."""
    goes_on(server, message, rfb.pressed(rfb.SHIFT, rfb.INSERT), listed=(CLIPBOARD,))


def bomb(length, declared, end=True):
    """A text of that many bytes, deflated."""
    deflate = zlib.compressobj(9)
    out = deflate.compress(struct.pack(">I", declared))
    piece = bytes(MIB)
    for _ in range(length // MIB):
        out += deflate.compress(piece)
    return out + deflate.flush(zlib.Z_FINISH if end else zlib.Z_SYNC_FLUSH)


BOMBS = {
    "declared_as_large": (200 * MIB, 200 * MIB),
    "declared_as_what_is_allowed": (200 * MIB, MIB),
    "declared_as_nothing": (200 * MIB, 0),
    "declared_as_all_ones": (200 * MIB, 0xFFFFFFFF),
    "without_an_end": (200 * MIB, MIB),
    "larger_than_what_is_kept": (400 * MIB, MIB),
}


@attack("inflate no more than 1 MiB of it, and go on", cases=BOMBS)
def clipboard_bomb(server, case):
    """Sends a few kilobytes that inflate to hundreds of megabytes, ten times."""
    length, declared = case
    message = rfb.clipboard(PROVIDE | TEXT, bomb(length, declared, end=length != 200 * MIB or declared != MIB))
    before = server.memory()
    goes_on(server, *[message] * 10, rfb.pressed(rfb.SHIFT, rfb.INSERT), listed=(CLIPBOARD,))
    expect(server.memory() - before < 150 * MIB, "it was inflated")


@attack("look at four a second, and go on")
def clipboard_texts_by_the_thousand(server):
    """Provides 5,000 texts that nobody asked for."""
    goes_on(server, rfb.clipboard(PROVIDE | TEXT, rfb.provided(b"unasked" * 100 + b"\0")) * 5000, listed=(CLIPBOARD,))


@attack("answer some, and go on", cases={"ask": ASK, "peek": PEEK, "notify": NOTIFY})
def clipboard_questions_by_the_thousand(server, action):
    """Asks for the server's text, or for what it has, or tells of one, 20,000 times."""
    seen = goes_on(server, rfb.clipboard(action | TEXT) * 20000, listed=(CLIPBOARD,))
    expect(len(seen) < 100, "each is answered")


@attack("wait for the rest, and forget it when it is cut")
def cut_text_that_is_cut(server):
    """Leaves in the middle of a text: one that is kept, one that is skipped, one of the extended clipboard."""
    for head in (rfb.cut_text(b"x" * 1000, 262144), rfb.cut_text(b"x" * 1000, 16 * MIB), rfb.cut_text(bytes(1000), -200000)):
        for end in ("close", "half_close", "reset"):
            client = server.client()
            client.send(rfb.set_encodings(RAW, CLIPBOARD), head)
            getattr(client.wire, end)()
            if end == "half_close":
                client.wire.ended("Left")
            client.wire.close()


@attack("go on, or end the connection of who reads nothing")
def clipboard_that_is_not_read(server):
    """Asks for texts for as long as it can, and reads nothing."""
    with server.client(wire=server.wire(receive_buffer=4096)) as client:
        client.send(rfb.set_encodings(RAW, CLIPBOARD))
        try:
            client.send(rfb.cut_text(b"a text") + rfb.clipboard(ASK | TEXT) * 200000)
        except Ended:
            pass
