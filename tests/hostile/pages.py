"""Attacks by browsers, and by what says that it is one: HTTP, and the files that it gets."""

import socket
import time

from stage import until
from table import attack, expect
from wire import Ended, Failed, read_answer, request

SECRET = b"not to be read"
HOST = "Host: a\r\n"

HEADS = {
    "8_kib": (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 8192 + b"\r\n\r\n", 431),
    "no_end": (b"GET /" + b"x" * 70000, 431),
    "header_without_end": (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 70000, 431),
    "65_lines": (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 64 + b"\r\n", 431),
    "a_thousand_lines": (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X:\r\n" * 1000 + b"\r\n", 431),
    "no_colon": (b"GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n", 400),
    "no_name": (b"GET / HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n", 400),
    "blank_before_colon": (b"GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400),
    "folded": (b"GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n z\r\n\r\n", 400),
    "line_feeds_alone": (b"GET / HTTP/1.1\nHost: a\n\n", 400),
    "carriage_return_within": (b"GET / HTTP/1.1\r\nHost: a\r\nX: y\rZ: z\r\n\r\n", 400),
    "nul": (b"GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n", 400),
    "not_ascii": (b"GET / HTTP/1.1\r\nHost: \xc3\xa4\r\n\r\n", 400),
    "two_hosts": (b"GET / HTTP/1.1\r\nHost: a\r\nhost: b\r\n\r\n", 400),
    "no_host": (b"GET / HTTP/1.1\r\n\r\n", 400),
    "no_version": (b"GET /\r\nHost: a\r\n\r\n", 400),
    "version_0.9": (b"GET / HTTP/0.9\r\nHost: a\r\n\r\n", 505),
    "version_2": (b"PRI * HTTP/2.0\r\n\r\n", 505),
    "version_9.9": (b"GET / HTTP/9.9\r\nHost: a\r\n\r\n", 505),
    "two_blanks": (b"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "tabs": (b"GET\t/\tHTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "whole_address": (b"GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "star": (b"GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "connect": (b"CONNECT evil.example:25 HTTP/1.1\r\nHost: a\r\n\r\n", 405),
    "body_by_length": (b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", 413),
    "length_that_is_no_number": (b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -0\r\n\r\n", 413),
    "body_in_chunks": (b"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 413),
    "chunks_in_disguise": (b"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: x\r\n\r\n", 413),
}
HEADS |= {
    method.lower(): (f"{method} / HTTP/1.1\r\n{HOST}\r\n".encode(), 405)
    for method in ("POST", "PUT", "DELETE", "TRACE", "OPTIONS", "PATCH", "X")
}


@attack("refuse it with a status, and end the connection", cases=HEADS)
def bad_head(server, case):
    """Asks in a way that two programs could understand differently, or at too great length."""
    data, wanted = case
    with server.browser() as wire:
        wire.try_send(data)
        status, head, _ = read_answer(wire)
        expect(status == wanted, f"answered with {status}, not with {wanted}")
        expect("Connection: close" in head, "goes on after what it did not understand")


SMUGGLED = {
    "length_and_chunks": "Content-Length: {length}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks_and_length": "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
    "two_lengths": "Content-Length: 0\r\nContent-Length: {length}\r\n\r\n",
    "length_list": "Content-Length: 0, {length}\r\n\r\n",
    "length_with_sign": "Content-Length: +{length}\r\n\r\n",
    "length_in_hexadecimal": "Content-Length: 0x30\r\n\r\n",
    "chunks_with_a_tab": "Transfer-Encoding:\tchunked\r\n\r\n",
    "chunks_in_capitals": "TRANSFER-ENCODING: CHUNKED\r\n\r\n",
    "chunks_folded": "Transfer-Encoding:\r\n chunked\r\n\r\n",
}


@attack("answer the first with a refusal, the second not at all", cases=SMUGGLED)
def smuggled_request(server, fields):
    """Hides a second request in what a proxy before the server might take for the body of the first."""
    hidden = request("/?smuggled", host="b")
    data = f"GET / HTTP/1.1\r\n{HOST}{fields.format(length=len(hidden))}".encode() + hidden
    with server.browser() as wire:
        wire.send(data)
        status, _, _ = read_answer(wire)
        expect(status in (400, 413), f"answered with {status}")
        expect(wire.ended() == b"", "the second was answered")


PATHS = {
    "up": "/../secret",
    "up_and_up": "/../../../../../../etc/passwd",
    "up_from_below": "/below/../../secret",
    "encoded_dots": "/%2e%2e/secret",
    "encoded_slash": "/..%2fsecret",
    "encoded_twice": "/%252e%252e/secret",
    "backslash": "/..\\secret",
    "encoded_backslash": "/..%5csecret",
    "dot": "/./page.html",
    "two_slashes": "//etc/passwd",
    "nul": "/page.html%00.png",
    "overlong_dots": "/%c0%ae%c0%ae/secret",
    "overlong_slash": "/..%c0%afsecret",
    "half_a_code": "/%2",
    "no_code": "/%zz/page.html",
    "unicode_dots": "/%ef%bc%8e%ef%bc%8e/secret",
    "semicolon": "/..;/secret",
    "tilde": "/~root/.profile",
    "proc": "/proc/self/environ",
    "hidden": "/.hidden",
    "hidden_below": "/below/.hidden",
    "link_outside": "/outside",
    "link_to_directory": "/outwards/passwd",
    "directory": "/below",
    "directory_with_slash": "/below/",
    "pipe": "/pipe",
    "too_large": "/large",
    "8000_characters": "/" + "x" * 8000,
    "2000_directories": "/x" * 2000,
    "query": "/?/../../secret",
}


@attack("send nothing that lies elsewhere, and say that there is nothing", "root", cases=PATHS)
def path_that_leads_out(server, path):
    """Asks for what is not in the directory that is served, or is not to be sent."""
    with server.browser() as wire:
        wire.send(request(path))
        status, _, body = read_answer(wire)
        expect(SECRET not in body and b"root:" not in body, "it is sent")
        expect(status == 200 if "?" in path else status in (301, 400, 403, 404, 431), f"answered with {status}")


@attack("say that there is nothing", cases=PATHS)
def path_of_the_page_that_leads_out(server, path):
    """Asks the built-in page for the same: it has its own files only."""
    with server.browser() as wire:
        wire.send(request(path))
        status, _, body = read_answer(wire)
        expect(b"root:" not in body, "it is sent")
        expect(status == 200 if "?" in path else status in (400, 404, 431), f"answered with {status}")


@attack("repeat none of it in the answer")
def path_with_line_ends(server):
    """Puts encoded line ends and tags into a path, which the answer might repeat."""
    with server.browser() as wire:
        for path in ("/%0d%0aSet-Cookie:%20a=b", "/<script>alert(1)</script>", "/%3Cscript%3E"):
            wire.send(request(path))
            status, head, body = read_answer(wire)
            expect(status == 404 and "Set-Cookie" not in head and b"script" not in body, f"answered with {status}, {head}")


@attack("answer a hundred, and end the connection")
def pipelined_requests(server):
    """Sends 300 requests without waiting for an answer."""
    with server.browser() as wire:
        wire.try_send(request("/nothing") * 300)
        answered = wire.ended().count(b"HTTP/1.1 404 ")
        expect(answered == 100, f"{answered} are answered")


@attack("answer with 408 after five seconds", slow=True, cases={"a_byte_a_second": True, "nothing_more": False})
def slow_request(server, trickles):
    """Sends a request as slowly as it can, or half of one."""
    with server.browser() as wire:
        wire.send(b"GET / HTTP/1.1\r\nX: ")
        try:
            for _ in range(15 if trickles else 0):
                wire.send(b"x")
                time.sleep(1)
        except Ended as ended:
            wire.ahead = ended.said
        expect(wire.ended().startswith(b"HTTP/1.1 408 "), "not refused")


@attack("end the connection after five seconds", slow=True)
def kept_alive_for_nothing(server):
    """Asks once, and then keeps the connection without asking again."""
    with server.browser() as wire:
        wire.send(request("/nothing"))
        read_answer(wire)
        expect(wire.ended() == b"", "something is said")


@attack("give it up, and read no more of the file", "root", slow=True)
def answer_that_is_not_read(server):
    """Asks 20 times for a file of 12 MiB and reads nothing of it."""
    before = server.memory()
    wires = [server.browser(receive_buffer=4096) for _ in range(20)]
    try:
        for wire in wires:
            wire.send(request("/file"))
        time.sleep(1)
        expect(server.memory() - before < 64 << 20, "the files are kept in memory")
        # Each is given up ten seconds after it took the last byte.
        until("all of them to be given up", lambda: server.descriptors() <= server.before[2])
        for wire in wires:
            expect(len(wire.ended()) < 12 << 20, "all of the file has been sent")
    finally:
        for wire in wires:
            wire.close()


@attack("send the rest to nobody", "root")
def answer_that_is_cut(server):
    """Asks for a large file and ends with RST, 50 times."""
    for _ in range(50):
        with server.browser(receive_buffer=4096) as wire:
            wire.send(request("/file"))
            wire.recv(100)
            wire.reset()


@attack(
    "answer it as HTTP, or as RFB, and hang on none", cases={"r": b"R", "rf": b"RF", "g": b"G", "null": b"\0", "tls": b"\x16"}
)
def undecided(server, said):
    """Says one or two bytes that could become anything, and leaves."""
    with server.browser() as wire:
        wire.send(said)
        wire.socket.shutdown(socket.SHUT_WR)
        try:
            wire.ended()
        except Failed as error:
            raise Failed("it waits for more from who has said that there is no more") from error
