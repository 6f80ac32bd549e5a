#!/usr/bin/env python3
"""The main job, from outside: a PTY's console in a VNC viewer, there and back.

smoke.py PROGRAM. Needs Python 3 and nothing else; fails with a traceback that says what was not so.
"""

import os
import pty
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import termios

TIMEOUT = 20  # seconds; nothing here takes one


class Viewer:
    """As little of a VNC client (RFC 6143, version 3.8, Raw) as the test needs."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), TIMEOUT)
        assert self.read(12) == b"RFB 003.008\n"
        self.socket.sendall(b"RFB 003.008\n")
        types = self.read(self.read(1)[0])
        assert 1 in types, f"no security type None in {types!r}"
        self.socket.sendall(b"\x01")
        assert self.read(4) == bytes(4), "the server refused"
        self.socket.sendall(b"\x01")
        self.width, self.height = struct.unpack(">HH", self.read(4))
        self.read(16)
        self.name = self.read(struct.unpack(">I", self.read(4))[0]).decode()
        self.socket.sendall(struct.pack(">BxHi", 2, 1, 0))
        self.picture = bytearray(self.width * self.height * 4)

    def read(self, length):
        data = b""
        while len(data) < length:
            piece = self.socket.recv(length - len(data))
            assert piece, "the server closed the connection"
            data += piece
        return data

    def update(self, incremental):
        """Asks for an update and paints it."""
        self.socket.sendall(struct.pack(">BBHHHH", 3, incremental, 0, 0, self.width, self.height))
        while (kind := self.read(1)[0]) != 0:
            assert kind == 2, f"message {kind}"  # a bell may come between
        for _ in range(struct.unpack(">xH", self.read(3))[0]):
            x, y, width, height, encoding = struct.unpack(">HHHHi", self.read(12))
            assert encoding == 0, f"encoding {encoding} was not asked for"
            pixels = self.read(width * height * 4)
            for row in range(height):
                at = ((y + row) * self.width + x) * 4
                self.picture[at : at + width * 4] = pixels[row * width * 4 : (row + 1) * width * 4]

    def press(self, keysym):
        for down in (1, 0):
            self.socket.sendall(struct.pack(">BBxxI", 4, down, keysym))


def read_until(fd, wanted):
    data = b""
    while wanted not in data:
        assert select.select([fd], [], [], TIMEOUT)[0], f"only {data!r} came, not {wanted!r}"
        data += os.read(fd, 4096)
    return data


def main(program):
    master, slave = pty.openpty()
    path = os.ttyname(slave)
    settings = termios.tcgetattr(slave)
    server = subprocess.Popen(
        [program, "--pty", f"smoke={path}", "--listen", "127.0.0.1::0"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
    )
    try:
        greeting = read_until(server.stdout.fileno(), b"\n").decode()
        port = int(re.search(r":(\d+)\s*$", greeting.splitlines()[0]).group(1))
        viewer = Viewer(port)
        assert viewer.name.startswith("smoke"), viewer.name
        viewer.update(incremental=0)
        before = bytes(viewer.picture)
        os.write(master, b"hello from the guest")
        viewer.update(incremental=1)
        assert bytes(viewer.picture) != before, "the guest wrote, and the picture is as it was"
        late = Viewer(port)
        late.update(incremental=0)
        # What is still on its way to the first viewer comes with the next update, if anything is.
        for _ in range(20):
            if late.picture == viewer.picture:
                break
            os.write(master, b"\x1b[0m.")
            viewer.update(incremental=1)
            late.update(incremental=0)
        assert late.picture == viewer.picture, "a viewer that came later sees something else"
        for keysym in b"ls":
            viewer.press(keysym)
        viewer.press(0xFF0D)
        read_until(master, b"ls\r")
        os.write(master, b"\x1b[6n")
        assert re.search(rb"\x1b\[\d+;\d+R", read_until(master, b"R")), "no cursor report"
        server.send_signal(signal.SIGTERM)
        assert server.wait(TIMEOUT) == 0, "asked to stop, it ended with another status than 0"
        assert termios.tcgetattr(slave) == settings, "the terminal's settings were not restored"
    finally:
        server.kill()
    print(f"smoke: {viewer.width}x{viewer.height} on port {port}, typed, answered, stopped")


if __name__ == "__main__":
    main(sys.argv[1])
