"""A small front that speaks TLS, before a server on loopback that doesn't; its authority is made anew each time."""

from __future__ import annotations

import asyncio
import shutil
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import certifi
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

# No name: to look one up costs each client its own time.
HOST = "127.0.0.1"


class Authority:
    """Vouches for this host, for a day; what it has lies in a folder."""

    def __init__(self, folder: Path) -> None:
        self.file, self.context = _certificates(folder)
        self._folder = folder

    def trusted(self) -> Path:
        """A folder for PYTHONPATH, with a certifi that trusts this authority besides all others.

        orangeday trusts what certifi brings, whatever its environment says, and no option changes that. So for once it
        is given a copy of certifi with one certificate more: it reads the whole bundle, as it does in earnest.
        """
        modules = self._folder / "modules"
        copy = shutil.copytree(Path(certifi.__file__).parent, modules / "certifi")
        with (copy / "cacert.pem").open("a", encoding="ascii") as bundle:
            bundle.write(self.file.read_text("ascii"))
        return modules


@contextmanager
def front(url: str, authority: Authority) -> Iterator[str]:
    """Carries what comes by TLS to the server at `url`; gives its own host and port. It ends with the block."""
    behind = urlsplit(url).port

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        their_reader, their_writer = await asyncio.open_connection(HOST, behind)
        await asyncio.gather(_pump(reader, their_writer), _pump(their_reader, writer))

    async def end() -> None:
        server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        begun = asyncio.start_server(carry, HOST, 0, ssl=authority.context)
        server = asyncio.run_coroutine_threadsafe(begun, loop).result(10)
        try:
            yield f"{HOST}:{server.sockets[0].getsockname()[1]}"
        finally:
            asyncio.run_coroutine_threadsafe(end(), loop).result(10)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One direction, to its end."""
    with suppress(ConnectionError, ssl.SSLError):  # who goes without a word is gone all the same
        while some := await reader.read(65536):
            writer.write(some)
            await writer.drain()
    writer.close()


def _certificates(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """An authority of our own, and one certificate by it, for this host and this day."""
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "The bench's own authority")])
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key())
    ca = (
        _builder(ca_name, ca_name, ca_key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_only("key_cert_sign"), critical=True)
        .sign(ca_key, hashes.SHA256())
    )
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    certificate = (
        _builder(name, ca_name, key)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_only("digital_signature"), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address(HOST))]), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(issuer, critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    authority, chain, secret = folder / "authority.pem", folder / "certificate.pem", folder / "key.pem"
    authority.write_bytes(ca.public_bytes(pem))
    chain.write_bytes(certificate.public_bytes(pem))
    secret.touch(0o600)
    secret.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, secret)
    return authority, context


def _builder(name: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _only(use: str) -> x509.KeyUsage:
    uses = dict.fromkeys(
        (
            "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
            "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
        ),
        False,
    )  # fmt: skip
    return x509.KeyUsage(**uses | {use: True})
