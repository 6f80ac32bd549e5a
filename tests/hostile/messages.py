"""Attacks by viewers that are in: every message of a client and every field of it."""

import random
import struct

import rfb
from rfb import CONTINUOUS_UPDATES, EXTENDED_DESKTOP_SIZE, EXTENDED_MOUSE, FENCE, QEMU_KEYS, RAW
from stage import until
from table import attack, either, ends, expect, goes_on
from wire import Ended

# SetPixelFormat.


BAD_FORMATS = {f"{bits}_bits": rfb.pixel_format(bits=bits) for bits in (0, 1, 7, 9, 15, 24, 31, 33, 64, 255)}
BAD_FORMATS |= {
    "colour_map_of_16_bits": rfb.pixel_format(bits=16, true=0),
    "colour_map_of_32_bits": rfb.pixel_format(true=0),
    "no_red": rfb.pixel_format(maxima=(0, 255, 255)),
    "no_colours": rfb.pixel_format(maxima=(0, 0, 0)),
    "shift_255": rfb.pixel_format(shifts=(255, 8, 0)),
    "shift_beyond_by_one": rfb.pixel_format(shifts=(25, 8, 0)),
    "maxima_beyond_8_bits": rfb.pixel_format(bits=8, maxima=(65535, 65535, 65535), shifts=(0, 0, 0)),
    "maxima_beyond_32_bits": rfb.pixel_format(maxima=(65535, 65535, 65535), shifts=(17, 8, 0)),
}


@attack("end the connection", cases=BAD_FORMATS)
def pixel_format_that_cannot_be(server, message):
    """Wants pixels that cannot be made."""
    ends(server, "PixelFormat", message)


ODD_FORMATS = {
    "depth_0": rfb.pixel_format(depth=0),
    "depth_255": rfb.pixel_format(depth=255),
    "flags_255": rfb.pixel_format(big=255, true=255),
    "colours_over_each_other": rfb.pixel_format(shifts=(0, 0, 0)),
    "maxima_of_1": rfb.pixel_format(bits=8, maxima=(1, 1, 1), shifts=(7, 0, 3)),
    "maxima_of_5": rfb.pixel_format(bits=8, maxima=(5, 5, 5), shifts=(5, 2, 0)),
    "maxima_of_65535": rfb.pixel_format(maxima=(65535, 65535, 65535), shifts=(16, 8, 0)),
    "colour_map": rfb.pixel_format(bits=8, true=0, maxima=(65535, 0, 9), shifts=(255, 255, 255)),
}


@attack("send pixels so", cases=ODD_FORMATS)
def odd_pixel_format(server, message):
    """Wants pixels of a kind that nobody else wants."""
    with server.client() as client:
        bytes_each = message[4] // 8
        client.send(message, rfb.update_request(width=64, height=64))
        kind = client.wire.read(1)[0]
        while kind == 1:
            client.wire.read(6 * struct.unpack(">xHH", client.wire.read(5))[1])
            kind = client.wire.read(1)[0]
        count = struct.unpack(">xH", client.wire.read(3))[0]
        for _ in range(count):
            _, _, width, height, encoding = struct.unpack(">HHHHi", client.wire.read(12))
            expect(encoding == RAW, f"encoding {encoding}")
            client.wire.read(width * height * bytes_each)


@attack("go on, or end the connection, each time")
def random_pixel_formats(server):
    """Wants pixels of 100 random kinds, and a picture in each."""
    dice = random.Random(1)
    for _ in range(100):
        either(server, b"\0\0\0\0" + dice.choice((b"\x08", b"\x10", b"\x20", b"\x18")) + dice.randbytes(15))


@attack("go on")
def pixel_format_storm(server):
    """Changes its mind about pixels 20,000 times."""
    both = rfb.pixel_format(bits=16, depth=16, maxima=(31, 63, 31), shifts=(11, 5, 0)) + rfb.pixel_format()
    goes_on(server, both * 10000)


@attack("go on, while it tells the colours, or end the connection of who does not read them")
def colour_map_storm(server):
    """Wants a colour map 50,000 times, and reads nothing until then."""
    either(server, rfb.pixel_format(bits=8, true=0) * 50000, rfb.pixel_format())


# SetEncodings.


@attack("go on")
def encodings_none(server):
    """Lists no encoding at all, 1,000 times."""
    goes_on(server, rfb.set_encodings() * 1000)


@attack("go on, and look at the first 1,024")
def encodings_65535(server):
    """Lists 65,535 random encodings, and again and again the same one."""
    dice = random.Random(2)
    goes_on(server, b"\2\0\xff\xff" + dice.randbytes(65535 * 4), rfb.set_encodings(*[RAW] * 65535))


@attack("go on")
def encodings_all_that_are_named(server):
    """Lists every number from -1,100 to 1,100, in one list and in 2,200 lists."""
    every = [number for number in range(-1100, 1100)]
    # Pixels that are compressed are not what this client reads.
    goes_on(server, rfb.set_encodings(RAW, *every), *(rfb.set_encodings(number) for number in every))


@attack(
    "wait for the rest, and forget it when it is cut", cases={"close": "close", "half_close": "half_close", "reset": "reset"}
)
def encodings_announced_and_not_sent(server, end):
    """Announces 65,535 encodings and leaves after ten."""
    client = server.client()
    client.send(rfb.set_encodings(*[RAW] * 10, count=65535))
    getattr(client.wire, end)()
    client.wire.close()


@attack("go on while they are read, end the connection of who does not")
def encodings_that_are_answered(server):
    """Lists the extended clipboard 20,000 times: each list is answered with what the server's can do."""
    either(server, rfb.set_encodings(RAW, rfb.CLIPBOARD) * 20000)


# FramebufferUpdateRequest.

AREAS = {
    "all_ones": (65535, 65535, 65535, 65535),
    "nothing": (0, 0, 0, 0),
    "no_width": (0, 0, 0, 65535),
    "outside_right": (65535, 0, 1, 1),
    "outside_below": (0, 65535, 65535, 65535),
    "over_the_edge": (1, 1, 65535, 65535),
    "no_height": (10, 10, 10, 0),
}


@attack("go on, and clip it", cases=AREAS)
def area_that_is_not_there(server, area):
    """Asks for parts of the picture that there are not, incrementally, at once, and by a flag of 255."""
    goes_on(server, *(rfb.update_request(flag, *area) for flag in (0, 1, 255)))


@attack("answer some, and go on")
def request_storm(server):
    """Asks for the whole picture 20,000 times without waiting for it."""
    with server.client() as client:
        client.send(rfb.set_encodings(rfb.ZRLE, RAW, FENCE))
        client.send(rfb.update_request(width=16, height=16) * 20000)
        client.sync()


@attack("answer them one by one, and go on")
def incremental_storm(server):
    """Asks for changes 100,000 times and types a little meanwhile."""
    with server.client() as client:
        client.send(rfb.set_encodings(rfb.ZRLE, RAW, FENCE))
        for _ in range(100):
            client.send(rfb.update_request(1) * 1000, rfb.typed("x"))
        client.sync()


# KeyEvent.

ODD_KEYS = {
    "keysym_0": rfb.pressed(0),
    "keysym_all_ones": rfb.pressed(0xFFFFFFFF),
    "unicode_beyond_unicode": rfb.pressed(0x01FFFFFF),
    "unicode_surrogate": rfb.pressed(0x0100D800),
    "controls_as_unicode": b"".join(rfb.pressed(0x01000000 + code) for code in range(32)),
    "released_never_pressed": b"".join(rfb.key(keysym, 0) for keysym in range(0xFF00, 0x10000)),
    "down_255": struct.pack(">BBHI", 4, 255, 65535, 0x61) + rfb.key(0x61, 0),
    "vt_that_is_not_there": rfb.pressed(rfb.CONTROL, rfb.ALT, rfb.F1 + 11),
    "qemu_all_ones": struct.pack(">BBHII", 255, 0, 65535, 0xFFFFFFFF, 0xFFFFFFFF),
    "qemu_scancode_0": rfb.qemu_key(0x61, 0) + rfb.qemu_key(0x61, 0, 0),
    "qemu_scancodes": b"".join(rfb.qemu_key(0, 1 << bit) for bit in range(32)),
}


@attack("go on", cases=ODD_KEYS)
def odd_keys(server, message):
    """Presses keys that no keyboard has."""
    goes_on(server, message, listed=(QEMU_KEYS,))


@attack("go on, and drop what is too much")
def key_flood(server):
    """Types 50,000 keys as fast as it can."""
    goes_on(server, rfb.typed("k") * 50000)


@attack("hold no more than there is room for, and go on")
def keys_pressed_and_never_released(server):
    """Presses 10,000 different keys, releases none, and leaves."""
    goes_on(server, *(rfb.key(keysym) for keysym in range(0x100, 0x2810)))


@attack("release them when it leaves", alone=True)
def modifiers_left_behind(server):
    """Holds all modifiers and crashes; then another types, and the guest gets what that one typed."""
    client = server.client()
    client.send(rfb.set_encodings(RAW, FENCE), *(rfb.key(keysym) for keysym in range(0xFFE1, 0xFFEF)))
    client.sync()
    client.wire.reset()
    goes_on(server, rfb.typed("after-the-crash"))
    until("what was typed after the crash", lambda: b"after-the-crash" in server.typed())


# PointerEvent.

POINTERS = {
    "outside": rfb.pointer(65535, 65535),
    "outside_with_buttons": rfb.pointer(65535, 65535, 255) + rfb.pointer(65535, 65535, 0),
    "all_buttons": b"".join(rfb.pointer(at, at, mask) for at, mask in enumerate(range(256))),
    "wheel": (rfb.pointer(5, 5, 8) + rfb.pointer(5, 5) + rfb.pointer(5, 5, 16) + rfb.pointer(5, 5)) * 2000,
    "button_held": rfb.pointer(1, 1, 1),
    "marking_for_ever": b"".join(rfb.pointer(at % 600, at % 300, 1) for at in range(20000)),
}


@attack("clip it, and go on", cases=POINTERS)
def odd_pointer(server, message):
    """Points and clicks where there is nothing, with buttons that there are not."""
    goes_on(server, message, rfb.pointer(0, 0))


@attack("take the byte that was agreed on, and go on")
def nine_buttons(server):
    """Presses all nine buttons, as the extension has them, everywhere."""
    goes_on(server, *(rfb.pointer(at, at, 255) + b"\xff" for at in range(1000)), rfb.pointer(0, 0), listed=(EXTENDED_MOUSE,))


@attack("take the latest, and go on")
def pointer_flood(server):
    """Moves the pointer 100,000 times as fast as it can."""
    goes_on(server, b"".join(rfb.pointer(at % 640, at % 384) for at in range(100000)))


# Fences and continuous updates.

BAD_FENCES = {
    "65_bytes": (rfb.fence(payload=bytes(65)), "more than 64 bytes", (FENCE,)),
    "255_bytes_announced": (rfb.fence(length=255), "more than 64 bytes", (FENCE,)),
    "not_agreed_on": (rfb.fence(payload=b"x"), "not agreed on", ()),
    "answer_not_agreed_on": (rfb.fence(0, b"x"), "not agreed on", ()),
}


@attack("end the connection", cases=BAD_FENCES)
def fence_that_may_not_be(server, case):
    """Sends a fence that is too long, or that nobody agreed on."""
    message, why, listed = case
    ends(server, why, message, listed=listed)


ODD_FENCES = {
    "all_flags": rfb.fence(0xFFFFFFFF, bytes(64)) + rfb.update_request(1),
    "answers_to_nothing": rfb.fence(0, b"never asked") * 10000,
    "sync_next_and_no_next": rfb.fence(rfb.FENCE_REQUEST | rfb.SYNC_NEXT, b"next") * 100,
    "unknown_flags": b"".join(rfb.fence(rfb.FENCE_REQUEST | 1 << bit) for bit in range(31)),
}


@attack("go on", cases=ODD_FENCES)
def odd_fence(server, message):
    """Sends fences that mean nothing."""
    goes_on(server, message)


@attack("end the connection when the answers take more than 64 KiB")
def fences_whose_answers_are_not_read(server):
    """Sends fences for as long as it can, and reads none of the answers."""
    with server.client(wire=server.wire(receive_buffer=4096)) as client:
        client.send(rfb.set_encodings(RAW, FENCE))
        try:
            for _ in range(10000):
                client.send(rfb.fence(payload=bytes(64)) * 1000)
        except Ended:
            client.wire.ended("does not read the answers")
            return
        expect(False, "the server keeps 700 MB of answers")


@attack("end the connection")
def continuous_updates_not_agreed_on(server):
    """Switches updates without requests on, and has not listed them."""
    ends(server, "not agreed on", rfb.continuous(1))


@attack("go on")
def continuous_updates_on_and_off(server):
    """Switches updates without requests on and off 10,000 times, reading, for areas that there are not."""
    with server.client() as client:
        client.send(rfb.set_encodings(rfb.ZRLE, RAW, FENCE, CONTINUOUS_UPDATES))
        for _ in range(100):
            client.send(*[rfb.continuous(255, 65535, 65535), rfb.continuous(1, 0, 0, 1, 1), rfb.continuous(0)] * 100)
            client.sync()


# SetDesktopSize.

SIZES = {
    "0x0": (0, 0),
    "1x1": (1, 1),
    "159x47": (159, 47),
    "65535x65535": (65535, 65535),
    "4097x100": (4097, 100),
    "65535x1": (65535, 1),
}


@attack("ignore it")
def desktop_size_at_once(server):
    """Wants other sizes straight after ClientInit, and has listed nothing."""
    with server.client() as client:
        for size in SIZES.values():
            client.send(rfb.desktop_size(*size))
        client.send(rfb.desktop_size(640, 400, screens=255), rfb.desktop_size(1, 1, screens=0))
        client.goes_on()


@attack("refuse it with status 3", cases=SIZES)
def desktop_size_that_cannot_be(server, size):
    """Wants a size that is too small or too large."""
    with server.client() as client:
        client.send(rfb.set_encodings(RAW, FENCE, EXTENDED_DESKTOP_SIZE), rfb.update_request())
        client.send(rfb.desktop_size(*size), rfb.update_request(1))
        while client.wait_for("size")[1:3] != (1, 3):
            client.send(rfb.update_request(1))
        client.goes_on()


@attack("look at two a second, answer 64 of the others, and go on", server="sizes")
def desktop_size_storm(server):
    """Wants 20,000 other sizes, with 0, 1 and 255 screens, as fast as it can."""
    sizes = [
        rfb.desktop_size(200 + n % 1800, 100 + n % 900, screens=(0, 1, 255)[n % 3 if n % 50 == 0 else 1]) for n in range(20000)
    ]
    with server.client() as client:
        client.send(rfb.set_encodings(rfb.ZRLE, RAW, FENCE, EXTENDED_DESKTOP_SIZE), rfb.update_request())
        client.send(*sizes)
        client.sync()


@attack("have the size asked for, and give its memory back", server="sizes", alone=True)
def desktop_size_of_4096(server):
    """Wants the largest picture there may be, looks at it, and wants a small one again."""
    with server.client() as client:
        client.send(rfb.set_encodings(rfb.ZRLE, RAW, FENCE, EXTENDED_DESKTOP_SIZE), rfb.update_request())
        client.wait_for("size")
        for size in ((4096, 4096), (640, 384)):
            client.send(rfb.desktop_size(*size), rfb.update_request(1))
            while (told := client.wait_for("size"))[3:5] != size:
                client.send(rfb.update_request(1))
                expect(told[2] in (0, 2), f"refused with {told[2]}")
            client.send(rfb.update_request())
            client.wait_for("zipped")


# What is not offered.


@attack("end the connection")
def message_that_is_not_offered(server):
    """Sends each message that there is not, or that was not offered, file transfer among them."""
    for number in set(range(256)) - {0, 2, 3, 4, 5, 6, 150, 248, 250, 251, 255}:
        ends(server, "client message", bytes([number, 0, 1, 2]))


@attack("end the connection", cases={str(subtype): subtype for subtype in (1, 2, 3, 128, 255)})
def qemu_message_that_is_not_offered(server, subtype):
    """Sends QEMU's messages for sound, and others that were not agreed on."""
    ends(server, "QEMU client message", bytes([255, subtype, 0, 0, 0, 0, 0, 0]))


@attack("go on, or end the connection, each time")
def random_messages(server):
    """Sends 200 random messages, most of which begin as real ones do."""
    dice = random.Random(3)
    listed = (FENCE, CONTINUOUS_UPDATES, EXTENDED_DESKTOP_SIZE, EXTENDED_MOUSE, rfb.CLIPBOARD, rfb.CONSOLE)
    for _ in range(200):
        with server.client() as client:
            client.send(rfb.set_encodings(RAW, *listed))
            client.wire.try_send(
                dice.choice((b"\0", b"\2", b"\3", b"\4", b"\5", b"\6", b"\x96", b"\xf8", b"\xfb", b"\xff"))
                + dice.randbytes(dice.randrange(1, 400))
            )
            if dice.random() < 0.5:
                client.wire.reset()
            else:
                try:
                    client.wire.half_close()
                except OSError:
                    # The server has ended it already.
                    pass
                client.wire.ended()
