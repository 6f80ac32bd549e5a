"""RFB as a client speaks it (RFC 6143 and docs/protocol.md): messages as bytes, and a client that can read the answers."""

import struct
import zlib

import des
from wire import Failed

VERSION = b"RFB 003.008\n"
NONE, VNC_AUTH, VENCRYPT = 1, 2, 19
PLAIN, X509_NONE, X509_VNC, X509_PLAIN = 256, 260, 261, 262

# Encodings.
RAW, ZLIB, TIGHT, ZRLE = 0, 6, 7, 16
DESKTOP_SIZE, CURSOR, QEMU_KEYS, LED, NAME, EXTENDED_DESKTOP_SIZE = -223, -239, -258, -261, -307, -308
XVP, FENCE, CONTINUOUS_UPDATES, EXTENDED_MOUSE, CLIPBOARD, CONSOLE = -309, -312, -313, -316, -1063131698, 1448362801
X_CURSOR, ALPHA_CURSOR, VMWARE_LED = -240, -314, 1464686184

# Keysyms.
RETURN, INSERT, SHIFT, CONTROL, ALT, F1 = 0xFF0D, 0xFF63, 0xFFE1, 0xFFE3, 0xFFE9, 0xFFBE

# Operations of the console extension.
SUBSCRIBE, SWITCH, TAKE, RELEASE, ANSWER, BREAK, SYSRQ, SEARCH, LINES = 1, 16, 32, 33, 34, 48, 49, 64, 65
REFUSED = 0

# Flags of a fence, and of the extended clipboard.
FENCE_REQUEST, SYNC_NEXT = 1 << 31, 4
CAPS, ASK, PEEK, NOTIFY, PROVIDE = (1 << bit for bit in (24, 25, 26, 27, 28))


def pixel_format(bits=32, depth=24, big=0, true=1, maxima=(255, 255, 255), shifts=(16, 8, 0)):
    return struct.pack(">BxxxBBBBHHHBBBxxx", 0, bits, depth, big, true, *maxima, *shifts)


def set_encodings(*encodings, count=None):
    return struct.pack(f">BxH{len(encodings)}i", 2, len(encodings) if count is None else count, *encodings)


def update_request(incremental=0, x=0, y=0, width=65535, height=65535):
    return struct.pack(">BBHHHH", 3, incremental, x, y, width, height)


def key(keysym, down=1):
    return struct.pack(">BBxxI", 4, down, keysym)


def pressed(*keysyms):
    """Keys pressed in this order, and released in the other."""
    return b"".join(map(key, keysyms)) + b"".join(key(keysym, 0) for keysym in reversed(keysyms))


def typed(text):
    return b"".join(pressed(ord(char)) for char in text)


def pointer(x, y, buttons=0):
    return struct.pack(">BBHH", 5, buttons, x, y)


def cut_text(text, length=None):
    return struct.pack(">BxxxI", 6, (len(text) if length is None else length) & 0xFFFFFFFF) + text


def clipboard(flags, body=b""):
    return cut_text(struct.pack(">I", flags) + body, -4 - len(body))


def provided(text, declared=None, level=6):
    return zlib.compress(struct.pack(">I", len(text) if declared is None else declared) + text, level)


def continuous(enable, x=0, y=0, width=65535, height=65535):
    return struct.pack(">BBHHHH", 150, enable, x, y, width, height)


def fence(flags=FENCE_REQUEST, payload=b"", length=None):
    return struct.pack(">BxxxIB", 248, flags, len(payload) if length is None else length) + payload


def desktop_size(width, height, screens=1, announced=None):
    head = struct.pack(">BxHHBx", 251, width, height, screens if announced is None else announced)
    return head + b"".join(struct.pack(">IHHHHI", n, 0, 0, width, height, 0) for n in range(screens))


def qemu_key(keysym, keycode, down=1):
    return struct.pack(">BBHII", 255, 0, down, keysym, keycode)


def power(code, version=1):
    return bytes([250, 0, version, code])


def console(operation, body=b"", length=None):
    return struct.pack(">BBHI", 255, 2, operation, len(body) if length is None else length) + body


def string(text):
    return struct.pack(">H", len(text)) + text


def search(request=1, where=1, before=2**64 - 1, case=0, most=10, text=b"a"):
    return console(SEARCH, struct.pack(">IIQBH", request, where, before, case, most) + string(text))


def lines(request=1, where=1, first=0, count=10):
    return console(LINES, struct.pack(">IIQH", request, where, first, count))


class Client:
    """A client that has come in, over any wire."""

    def __init__(self, wire, password=None, version=VERSION, shared=1, subtype=None, authority=None):
        come_in(wire, password, version, subtype, authority)
        self._begin(wire, shared)

    @classmethod
    def let_in(cls, wire):
        """One that was let in some other way: ClientInit comes next."""
        client = cls.__new__(cls)
        client._begin(wire, 1)
        return client

    def _begin(self, wire, shared):
        self.wire, self.fences = wire, 0
        wire.send(bytes([shared]))
        self.width, self.height = struct.unpack(">HH", wire.read(4))
        wire.read(16)
        self.name = wire.read(struct.unpack(">I", wire.read(4))[0])
        # What came, by kind; pixels are in `picture` if somebody wants them.
        self.seen = []
        self.picture = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.wire.close()

    def send(self, *messages):
        self.wire.send(b"".join(messages))

    def sync(self):
        """Waits until the server has handled all that it was sent. Needs the fence to be listed."""
        self.fences += 1
        payload = b"sync%d" % self.fences
        self.send(fence(FENCE_REQUEST | 1, payload))
        while (kind := self.message())[0] != "fence" or kind[2] != payload:
            pass

    def goes_on(self):
        """Whatever it was sent, the server goes on: it answers a list of encodings and a fence."""
        self.send(set_encodings(RAW, FENCE))
        self.sync()

    def wait_for(self, kind):
        """The next message of this kind, or rectangle of this encoding."""
        while (message := self.message())[0] != kind:
            pass
        return message

    def message(self):
        """Reads a message from the server: its kind, and what it says. An update's first rectangle that is not of pixels
        is the kind of it."""
        number = self.wire.read(1)[0]
        if number == 0:
            found = [self._rectangle() for _ in range(struct.unpack(">xH", self.wire.read(3))[0])]
            found = next((one for one in found if one[0] != "pixels"), ("pixels",))
        elif number == 1:
            found = ("colours", self.wire.read(6 * struct.unpack(">xHH", self.wire.read(5))[1]))
        elif number == 2:
            found = ("bell",)
        elif number == 3:
            found = self._cut_text(struct.unpack(">xxxi", self.wire.read(7))[0])
        elif number == 150:
            found = ("end of continuous updates",)
        elif number == 250:
            found = ("power", self.wire.read(3)[2])
        elif number == 248:
            flags, length = struct.unpack(">xxxIB", self.wire.read(8))
            found = ("fence", flags, self.wire.read(length))
        elif number == 255:
            subtype, operation, length = struct.unpack(">BHI", self.wire.read(7))
            found = ("console", operation, self.wire.read(length))
        else:
            raise Failed(f"the server sent message {number}")
        self.seen = [*self.seen[-99:], found]
        return found

    def _cut_text(self, length):
        if length >= 0:
            return ("cut text", self.wire.read(length))
        return ("clipboard", *struct.unpack(">I", self.wire.read(4)), self.wire.read(-length - 4))

    def _rectangle(self):
        x, y, width, height, encoding = struct.unpack(">HHHHi", self.wire.read(12))
        if encoding == RAW:
            self._paint(x, y, width, height, self.wire.read(4 * width * height))
            return ("pixels",)
        if encoding == EXTENDED_DESKTOP_SIZE:
            screens = self.wire.read(4)[0]
            return ("size", x, y, width, height, self.wire.read(16 * screens))
        if encoding == NAME:
            return ("name", self.wire.read(struct.unpack(">I", self.wire.read(4))[0]))
        if encoding in (ZLIB, ZRLE):
            return ("zipped", self.wire.read(struct.unpack(">I", self.wire.read(4))[0]))
        sizes = {
            CURSOR: 4 * width * height + (width + 7) // 8 * height,
            ALPHA_CURSOR: 4 + 4 * width * height,
            X_CURSOR: 6 + 2 * ((width + 7) // 8) * height if width * height else 0,
            LED: 1,
            VMWARE_LED: 4,
        }
        if encoding in sizes:
            return ("news", encoding, self.wire.read(sizes[encoding]))
        if encoding in (DESKTOP_SIZE, QEMU_KEYS, EXTENDED_MOUSE, CONSOLE):
            return ("acknowledged", encoding)
        raise Failed(f"the server sent encoding {encoding}")

    def _paint(self, x, y, width, height, pixels):
        if self.picture is None:
            return
        for row in range(height):
            at = ((y + row) * self.width + x) * 4
            self.picture[at : at + width * 4] = pixels[row * width * 4 : (row + 1) * width * 4]


def come_in(wire, password, version, subtype, authority):
    """The handshake up to ClientInit."""
    greet(wire, version)
    if version == b"RFB 003.003\n":
        kind = struct.unpack(">I", wire.read(4))[0]
    else:
        kind = VENCRYPT if subtype else VNC_AUTH if password else NONE
        choose(wire, kind)
    if subtype:
        begin_tls(wire, subtype, authority)
    if kind == VNC_AUTH or subtype == X509_VNC:
        wire.send(des.answer(password, wire.read(16)))
    if subtype == X509_PLAIN:
        wire.send(plain(*password))
    if subtype or kind == VNC_AUTH or version == VERSION:
        result(wire)


def plain(user, password, lengths=None):
    """The credentials of VeNCrypt's Plain; `lengths` are what they say of themselves."""
    return struct.pack(">II", *(lengths or (len(user), len(password)))) + user + password


def greet(wire, version=VERSION):
    """Says a version, and hears the server's. Who speaks first is not waited for, in case it is a browser."""
    wire.send(version)
    said = wire.read(12)
    wire.trace.spoke = True
    if said != VERSION:
        raise Failed(f"the server's version is {said!r}")


def offered(wire):
    """The security types that are offered, from 3.7 on."""
    return list(wire.read(wire.read(1)[0]))


def choose(wire, kind):
    types = offered(wire)
    if kind not in types:
        raise Failed(f"of the security types only {types} are offered")
    wire.send(bytes([kind]))


def vencrypt(wire, version=b"\0\2"):
    """Goes as far as the list of VeNCrypt's sub-types, which is returned."""
    greet(wire)
    choose(wire, VENCRYPT)
    wire.read(2)
    wire.send(version)
    if wire.read(1) != b"\0":
        raise Failed("version 0.2 of VeNCrypt is refused")
    count = wire.read(1)[0]
    return list(struct.unpack(f">{count}I", wire.read(4 * count)))


def begin_tls(wire, subtype, authority):
    """From the version of VeNCrypt into TLS."""
    wire.read(2)
    wire.send(b"\0\2")
    count = wire.read(2)[1]
    if subtype not in struct.unpack(f">{count}I", wire.read(4 * count)):
        raise Failed(f"sub-type {subtype} is not offered")
    wire.send(struct.pack(">I", subtype))
    if wire.read(1) != b"\1":
        raise Failed("TLS is refused")
    wire.start_tls(authority)


def result(wire):
    """A result that lets the client in."""
    code = struct.unpack(">I", wire.read(4))[0]
    if code != 0:
        raise Failed(f"not let in: {reason(wire)}")


def reason(wire):
    return wire.read(struct.unpack(">I", wire.read(4))[0]).decode()
