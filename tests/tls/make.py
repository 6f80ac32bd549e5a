#!/usr/bin/env python3
"""Makes the certificates of the tests anew, in this directory: an authority, a server's for localhost and 127.0.0.1, one
that has expired, and a client's. Their keys are no secrets and must never be used. Needs `pip install cryptography`."""
import datetime as dt
import ipaddress
import pathlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

HERE = pathlib.Path(__file__).parent
FROM, TO = dt.datetime(2024, 1, 1), dt.datetime(2124, 1, 1)


def name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def write(file, key, *chain):
    pem = serialization.Encoding.PEM
    plain = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (HERE / f"{file}.key").write_bytes(plain)
    (HERE / f"{file}.pem").write_bytes(b"".join(one.public_bytes(pem) for one in chain))


def certificate(subject, key, issuer, issuer_key, extensions, until=TO):
    builder = x509.CertificateBuilder(name(issuer), name(subject), key.public_key(), x509.random_serial_number(), FROM, until)
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return builder.sign(issuer_key, hashes.SHA256())


def leaf(usage, *names):
    yield x509.BasicConstraints(ca=False, path_length=None), True
    yield x509.ExtendedKeyUsage([usage]), False
    if names:
        yield x509.SubjectAlternativeName(names), False


CA = "vncterm test authority"
ca_key, server_key, old_key, client_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(4))
signs = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
ca = certificate(CA, ca_key, CA, ca_key, [(x509.BasicConstraints(ca=True, path_length=None), True), (signs, True)])
here = (x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
server, client = ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH
write("ca", ca_key, ca)
write("server", server_key, certificate("localhost", server_key, CA, ca_key, leaf(server, *here)))
write("expired", old_key, certificate("localhost", old_key, CA, ca_key, leaf(server, *here), dt.datetime(2025, 1, 1)))
write("client", client_key, certificate("operator", client_key, CA, ca_key, leaf(client)))
(HERE / "ca.key").unlink()
