//! TLS over a [`Stream`], by rustls: versions 1.2 and 1.3, no RSA key exchange, no CBC, no renegotiation.
//!
//! rustls does no I/O, and nor does a [`TlsStream`] more than a [`Stream`] does: who owns it waits until it is ready, and
//! then moves what can be moved at once. What TLS itself has to say (a handshake, an alert) leaves with whatever is done next.

use std::io::{self, IoSlice, Read, Write};
use std::sync::{Arc, OnceLock};

use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::{
    CertificateError, ClientConfig, Connection, DigitallySignedStruct, RootCertStore, ServerConfig, ServerConnection,
    SignatureScheme,
};
use tokio::io::{Interest, Ready};

use super::Stream;
use super::certificate::Validity;

/// Bytes that are taken from the writer, encrypted or not, before the kernel has taken those before them.
pub const UNSENT_MAX: usize = 64 * 1024;
/// What is spoken within TLS, as clients may say it beforehand (RFC 7301). Browsers do.
const HTTP: &[u8] = b"http/1.1";
/// Reads from the socket that come to nothing (a handshake goes on, a record is not complete) before others have their turn.
const READS: usize = 16;

/// What is wrong with the files of a certificate; says what would be right.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum TlsError {
    /// There is none in the file.
    #[error("holds no certificate in PEM (-----BEGIN CERTIFICATE-----)")]
    NoCertificate,
    /// There is none in the file.
    #[error("holds no private key in PEM (-----BEGIN PRIVATE KEY-----)")]
    NoKey,
    /// Nobody is there to type its password.
    #[error("holds a private key that is encrypted: decrypt it with openssl pkey -in FILE -out NEWFILE")]
    EncryptedKey,
    /// It cannot be read, or used.
    #[error("cannot be used: {0}")]
    Unfit(String),
    /// Key and certificate are two pairs'.
    #[error("is not the key of the certificate")]
    OtherKey,
}

/// Which of the files something is wrong with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsFile {
    /// The certificate, and those that lead to its issuer.
    Certificate,
    /// Its key.
    Key,
    /// Those who may issue clients' certificates.
    ClientCa,
}

/// What is needed to be the server's end of TLS.
#[derive(Clone)]
pub struct Acceptor {
    config: Arc<ServerConfig>,
    validity: Option<Validity>,
    asks: bool,
}

impl Acceptor {
    /// From the contents of files in PEM. With a `client_ca`, whoever has no certificate of it is turned away.
    pub fn new(certificate: &[u8], key: &[u8], client_ca: Option<&[u8]>) -> Result<Self, (TlsFile, TlsError)> {
        let chain = certificates(certificate).map_err(|error| (TlsFile::Certificate, error))?;
        let validity = chain.first().and_then(|first| Validity::of(first));
        let key = private_key(key).map_err(|error| (TlsFile::Key, error))?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| (TlsFile::Certificate, TlsError::Unfit(error.to_string())))?;
        let builder = match client_ca {
            None => builder.with_no_client_auth(),
            Some(pem) => {
                let roots = roots(pem).map_err(|error| (TlsFile::ClientCa, error))?;
                let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
                let unfit = |error: rustls::server::VerifierBuilderError| TlsError::Unfit(error.to_string());
                builder.with_client_cert_verifier(verifier.map_err(|error| (TlsFile::ClientCa, unfit(error)))?)
            }
        };
        let mut config = builder.with_single_cert(chain, key).map_err(|error| match error {
            rustls::Error::InconsistentKeys(_) => (TlsFile::Key, TlsError::OtherKey),
            rustls::Error::InvalidCertificate(_) => (TlsFile::Certificate, TlsError::Unfit(error.to_string())),
            other => (TlsFile::Key, TlsError::Unfit(other.to_string())),
        })?;
        // Viewers stay for hours: sessions to come back to would only take memory.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        config.alpn_protocols = vec![HTTP.to_vec()];
        Ok(Self { config: Arc::new(config), validity, asks: client_ca.is_some() })
    }

    /// Whether clients must have a certificate.
    pub fn asks_for_certificates(&self) -> bool {
        self.asks
    }

    /// When the certificate is valid, as far as that can be read.
    pub fn validity(&self) -> Option<Validity> {
        self.validity
    }

    /// The server's end of a connection, before its first byte.
    pub fn session(&self) -> io::Result<Session> {
        let connection = ServerConnection::new(Arc::clone(&self.config)).map_err(io::Error::other)?;
        Ok(Session::new(connection.into()))
    }
}

impl std::fmt::Debug for Acceptor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Acceptor").field("validity", &self.validity).field("asks", &self.asks).finish_non_exhaustive()
    }
}

impl PartialEq for Acceptor {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.config, &other.config)
    }
}

impl Eq for Acceptor {}

/// Whether there is a certificate in a file, for those who want to know before they read its key.
///
/// # Errors
/// There is none, or what is there is not fit.
pub fn check_certificate(pem: &[u8]) -> Result<(), TlsError> {
    certificates(pem).map(|_| ())
}

/// What is needed to be the client's end of TLS: whom we trust to vouch for servers.
#[derive(Clone, Debug)]
pub struct Trust(Arc<ClientConfig>);

impl PartialEq for Trust {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Trust {}

impl Trust {
    /// From the contents of a file in PEM: the issuers that are trusted, and no others.
    pub fn new(issuers: &[u8]) -> Result<Self, TlsError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let builder = builder.map_err(|error| TlsError::Unfit(error.to_string()))?;
        let mut config = builder.with_root_certificates(roots(issuers)?).with_no_client_auth();
        config.resumption = Resumption::disabled();
        Ok(Self(Arc::new(config)))
    }

    /// For a server of this name, which its certificate must have: a host's, or an address.
    ///
    /// # Errors
    /// It is no such name.
    pub fn for_server(&self, name: &str) -> io::Result<Dialling> {
        let name = ServerName::try_from(name.to_owned()).map_err(io::Error::other)?;
        Ok(Dialling { trust: self.clone(), name })
    }
}

impl Trust {
    /// In one certificate, whoever has issued it and whatever its names and dates are; without one, in none. What the server
    /// shows is kept, also if it is turned away for it, which is before anything is said to it.
    pub fn pinned(to: Option<Fingerprint>) -> (Self, Arc<OnceLock<Fingerprint>>) {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let seen = Arc::new(OnceLock::new());
        let pin = Pin { to, seen: Arc::clone(&seen), provider: Arc::clone(&provider) };
        let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let builder = builder.expect("the provider's own versions are the default ones");
        let mut config = builder.dangerous().with_custom_certificate_verifier(Arc::new(pin)).with_no_client_auth();
        config.resumption = Resumption::disabled();
        (Self(Arc::new(config)), seen)
    }
}

/// The SHA-256 of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    fn of(certificate: &CertificateDer<'_>) -> Self {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(ring::digest::digest(&ring::digest::SHA256, certificate).as_ref());
        Self(bytes)
    }

    /// From what its `Display` writes.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix("sha256:").filter(|digits| digits.is_ascii())?;
        let (pairs, rest) = digits.as_bytes().as_chunks::<2>();
        let mut bytes = [0; 32];
        if pairs.len() != bytes.len() || !rest.is_empty() {
            return None;
        }
        for (byte, pair) in bytes.iter_mut().zip(pairs) {
            // `from_str_radix` alone would take "+f".
            let pair = std::str::from_utf8(pair).ok().filter(|pair| pair.bytes().all(|b| b.is_ascii_hexdigit()))?;
            *byte = u8::from_str_radix(pair, 16).ok()?;
        }
        Some(Self(bytes))
    }
}

impl std::fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("sha256:")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Takes one certificate and no other.
#[derive(Debug)]
struct Pin {
    to: Option<Fingerprint>,
    seen: Arc<OnceLock<Fingerprint>>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Pin {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let shown = Fingerprint::of(certificate);
        // Whoever asks hears of the first.
        let _ = self.seen.set(shown);
        match self.to {
            Some(to) if to == shown => Ok(ServerCertVerified::assertion()),
            _ => Err(rustls::Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure)),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// A server that is dialled, and whom we trust to vouch for it.
#[derive(Clone, Debug)]
pub struct Dialling {
    trust: Trust,
    name: ServerName<'static>,
}

impl Dialling {
    /// The client's end of a connection, before its first byte.
    pub fn session(&self) -> io::Result<Session> {
        let connection = rustls::ClientConnection::new(Arc::clone(&self.trust.0), self.name.clone());
        Ok(Session::new(connection.map_err(io::Error::other)?.into()))
    }
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let chain = chain.map_err(|error| TlsError::Unfit(error.to_string()))?;
    if chain.is_empty() { Err(TlsError::NoCertificate) } else { Ok(chain) }
}

fn private_key(pem: &[u8]) -> Result<PrivateKeyDer<'static>, TlsError> {
    use rustls::pki_types::pem::Error;
    let encrypted = |label: &[u8]| pem.windows(label.len()).any(|part| part == label);
    match PrivateKeyDer::from_pem_slice(pem) {
        Ok(key) => Ok(key),
        Err(_) if encrypted(b"BEGIN ENCRYPTED PRIVATE KEY") || encrypted(b"Proc-Type: 4,ENCRYPTED") => {
            Err(TlsError::EncryptedKey)
        }
        Err(Error::NoItemsFound) => Err(TlsError::NoKey),
        Err(error) => Err(TlsError::Unfit(error.to_string())),
    }
}

fn roots(pem: &[u8]) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(pem)? {
        roots.add(certificate).map_err(|error| TlsError::Unfit(error.to_string()))?;
    }
    Ok(roots)
}

/// What the other end did wrong. Two attempts that fail alike read alike: no time stands in it.
fn in_words(error: &rustls::Error) -> String {
    let rustls::Error::InvalidCertificate(certificate) = error else { return error.to_string() };
    let fault = match certificate {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "has expired",
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => "is not valid yet",
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => "is of another name",
        CertificateError::UnknownIssuer => "is of an authority that is not trusted here",
        _ => return error.to_string(),
    };
    format!("its certificate {fault}")
}

/// One end of TLS, without the stream that carries it.
#[derive(Debug)]
pub struct Session {
    connection: Box<Connection>,
    came: Vec<u8>,
}

impl Session {
    /// Either end.
    pub fn new(mut connection: Connection) -> Self {
        connection.set_buffer_limit(Some(UNSENT_MAX));
        Self { connection: Box::new(connection), came: Vec::new() }
    }

    /// The other end's first bytes were read already: these.
    #[must_use]
    pub fn after(self, came: Vec<u8>) -> Self {
        Self { came, ..self }
    }
}

/// TLS over another stream.
#[derive(Debug)]
pub struct TlsStream {
    below: Box<Stream>,
    /// What of the other end's first bytes is still to be read.
    came: Vec<u8>,
    session: Box<Connection>,
    /// Bytes that are decrypted and not read yet.
    decrypted: usize,
}

impl TlsStream {
    /// Begins; what the stream still held in clear is lost.
    pub(super) fn new(below: Stream, Session { connection, came }: Session) -> Self {
        Self { below: Box::new(below), came, session: connection, decrypted: 0 }
    }

    /// See [`Stream::shake_hands`].
    pub(super) async fn shake_hands(&mut self) -> io::Result<()> {
        while self.session.is_handshaking() {
            self.ready(Interest::READABLE).await?;
            match self.take() {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Whether the other end has said that it will speak HTTP.
    pub(super) fn speaks_http(&self) -> bool {
        self.session.alpn_protocol() == Some(HTTP)
    }

    /// See [`Stream::ready`].
    pub(super) async fn ready(&mut self, interest: Interest) -> io::Result<Ready> {
        loop {
            if !self.came.is_empty() {
                self.take()?;
            }
            if interest.is_readable() && self.decrypted > 0 {
                return Ok(Ready::READABLE);
            }
            let wants_write = self.session.wants_write();
            // Before the handshake is over hardly anything is taken from the writer, and it is reading that goes on.
            let shakes = self.session.is_handshaking();
            let reads = interest.is_readable() || shakes;
            let writes = wants_write || !shakes && interest.is_writable();
            let wanted = match (reads, writes) {
                (true, true) => Interest::READABLE | Interest::WRITABLE,
                (false, true) => Interest::WRITABLE,
                (_, false) => Interest::READABLE,
            };
            let ready = Box::pin(self.below.ready(wanted)).await?;
            if wants_write && ready.is_writable() {
                self.flush()?;
            }
            let may_read = interest.is_readable() && ready.is_readable();
            let may_write = interest.is_writable() && ready.is_writable() && !self.session.wants_write();
            if may_read || may_write || ready.is_error() {
                return Ok(ready);
            }
            if shakes && ready.is_readable() {
                match self.take() {
                    Ok(0) => return Ok(ready),
                    Ok(_) => {}
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    Err(error) => return Err(error),
                }
            }
        }
    }

    /// See [`Stream::try_read`].
    pub(super) fn try_read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        for _ in 0..READS {
            match self.session.reader().read(into) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                // An end without a farewell is an end: nothing of ours depends on it.
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(0),
                Ok(length) => {
                    self.decrypted = self.decrypted.saturating_sub(length);
                    return Ok(length);
                }
                Err(error) => return Err(error),
            }
            self.take()?;
        }
        Err(io::ErrorKind::WouldBlock.into())
    }

    /// Takes what has come, and answers what TLS itself was asked; how many bytes there were, 0 at the end.
    fn take(&mut self) -> io::Result<usize> {
        let length = match self.came.is_empty() {
            true => self.session.read_tls(&mut Below(&mut self.below))?,
            false => {
                let mut came = self.came.as_slice();
                let length = self.session.read_tls(&mut came)?;
                self.came = came.to_vec();
                length
            }
        };
        match self.session.process_new_packets() {
            Ok(state) => self.decrypted = state.plaintext_bytes_to_read(),
            Err(error) => {
                // Why, for the other end; whether it hears it or not.
                let _ = self.flush();
                return Err(io::Error::new(io::ErrorKind::InvalidData, in_words(&error)));
            }
        }
        self.flush()?;
        Ok(length)
    }

    /// See [`Stream::try_write_vectored`].
    pub(super) fn try_write_vectored(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        self.flush()?;
        if self.session.wants_write() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let length = self.session.writer().write_vectored(parts)?;
        self.flush()?;
        if length == 0 { Err(io::ErrorKind::WouldBlock.into()) } else { Ok(length) }
    }

    /// See [`Stream::end_writing`]; with a farewell before it, if the kernel takes that.
    pub(super) fn end_writing(&mut self) -> io::Result<()> {
        self.session.send_close_notify();
        self.flush()?;
        self.below.end_writing()
    }

    /// Writes what TLS has to say, as far as the kernel takes it.
    fn flush(&mut self) -> io::Result<()> {
        while self.session.wants_write() {
            match self.session.write_tls(&mut Below(&mut self.below)) {
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// The stream below, as rustls takes it.
struct Below<'a>(&'a mut Stream);

impl Read for Below<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.try_read(into)
    }
}

impl Write for Below<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.try_write_vectored(&[IoSlice::new(bytes)])
    }

    fn write_vectored(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        self.0.try_write_vectored(parts)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
#[path = "tls_tests.rs"]
mod tests;
