//! TLS by rustls, with the roots that the client was configured to trust.

use std::io::{self, Read, Write};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{CertificateError, ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use rustls_platform_verifier::Verifier;

use super::call::{Call, current};
use crate::api::config::Trust;
use crate::api::transport::Cause;
use crate::{Code, Error};
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, Either, LazyBuffers, NextTimeout, Transport, TransportAdapter,
};

/// What the client trusts, as rustls wants it.
pub(super) fn configuration(trust: &Trust) -> Result<Arc<ClientConfig>, Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let refused = |_| Error::about(Code::InvalidConfiguration, "TLS could not be set up");
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider));
    let builder = builder.with_safe_default_protocol_versions().map_err(refused)?;
    let extra = match &trust.extra_ca_file {
        Some(path) => certificates(path, "extra_ca_file")?,
        None => Vec::new(),
    };
    let builder = if trust.system {
        // The platform's verifier is the trust store that the machine's administrator looks after.
        let verifier = Verifier::new_with_extra_roots(extra, provider).map_err(refused)?;
        builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier))
    } else {
        let mut roots = RootCertStore::empty();
        match &trust.ca_file {
            Some(path) => {
                roots.add_parsable_certificates(certificates(path, "ca_file")?);
            }
            None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        }
        roots.add_parsable_certificates(extra);
        builder.with_root_certificates(roots)
    };
    Ok(Arc::new(builder.with_no_client_auth()))
}

fn certificates(path: &str, option: &str) -> Result<Vec<CertificateDer<'static>>, Error> {
    let wrong = |what: &str| Error::about(Code::InvalidConfiguration, format!("{option}: {what}"));
    let text = std::fs::read(path).map_err(|error| wrong(&format!("the file cannot be read ({})", error.kind())))?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        _ => Err(wrong("the file holds no certificates in PEM form")),
    }
}

pub(super) struct TlsConnector(pub(super) Arc<ClientConfig>);

impl<In: Transport> Connector<In> for TlsConnector {
    type Out = Either<In, Tls>;

    fn connect(&self, details: &ConnectionDetails, chained: Option<In>) -> Result<Option<Self::Out>, ureq::Error> {
        let Some(chained) = chained else { return Ok(None) };
        if !details.needs_tls() {
            return Ok(Some(Either::A(chained)));
        }
        let call = current()?;
        let host = details.uri.host().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let failed = |error: io::Error| refused(&call, &error);
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other).map_err(failed)?;
        let connection = ClientConnection::new(Arc::clone(&self.0), name).map_err(io::Error::other);
        let mut connection = connection.map_err(failed)?;
        let mut socket = TransportAdapter::new(chained.boxed(), details.current_time.clone());
        connection.complete_io(&mut socket).map_err(failed)?;
        let config = details.config;
        let buffers = LazyBuffers::new(config.input_buffer_size(), config.output_buffer_size());
        Ok(Some(Either::B(Tls { buffers, stream: StreamOwned::new(connection, socket) })))
    }
}

/// Says which of the usual things is wrong with a certificate.
fn refused(call: &Call, error: &io::Error) -> io::Error {
    let of_tls = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    let text = match of_tls {
        Some(rustls::Error::InvalidCertificate(certificate)) => match certificate {
            CertificateError::UnknownIssuer => "the certificate was issued by an authority that is not trusted",
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                "the certificate is for another host name"
            }
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => "the certificate has expired",
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                "the certificate is not valid yet"
            }
            CertificateError::Revoked => "the certificate was revoked",
            _ => "the certificate is not valid",
        },
        Some(_) => "the handshake failed",
        None => "the connection broke during the handshake",
    };
    call.fail(Cause::Tls, Some(text.to_owned()))
}

pub(super) struct Tls {
    buffers: LazyBuffers,
    stream: StreamOwned<ClientConnection, TransportAdapter>,
}

impl Transport for Tls {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        self.stream.sock.set_timeout(timeout);
        self.stream.write_all(self.buffers.output().get(..amount).unwrap_or_default())?;
        self.stream.flush()?;
        Ok(())
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        self.stream.sock.set_timeout(timeout);
        let count = self.stream.read(self.buffers.input_append_buf())?;
        self.buffers.input_appended(count);
        Ok(count > 0)
    }

    fn is_open(&mut self) -> bool {
        self.stream.sock.get_mut().is_open()
    }

    fn is_tls(&self) -> bool {
        true
    }
}

impl std::fmt::Debug for TlsConnector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TlsConnector")
    }
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tls")
    }
}
