//! TLS: which files say whom to trust and who we are, and the one place that installs a crypto provider.

use std::fs;
use std::path::PathBuf;
use std::sync::Once;

use cache_core::Result;
use redis::{ClientTlsConfig, TlsCertificates};
use serde::{Deserialize, Serialize};

use crate::error;

/// The settings of an encrypted connection. With none of the files, the server's certificate has to be signed by one of the
/// authorities of Mozilla's list, which is compiled in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct TlsConfig {
    /// A file of certificates (PEM) of the authorities to trust, in place of Mozilla's list. Default: not set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca: Option<PathBuf>,
    /// The file of our own certificate (PEM), for servers that ask for one; goes with `key`. Default: not set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<PathBuf>,
    /// The file of the private key (PEM) of `certificate`. Default: not set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<PathBuf>,
}

impl TlsConfig {
    pub(crate) fn check(&self) -> Result<()> {
        if self.certificate.is_some() != self.key.is_some() {
            return Err(error::invalid(
                "`certificate` and `key` of TLS; accepted: both or neither",
            ));
        }
        Ok(())
    }

    /// Reads the files.
    pub(crate) fn load(&self) -> Result<TlsCertificates> {
        install_provider();
        let client_tls = match (&self.certificate, &self.key) {
            (Some(certificate), Some(key)) => Some(ClientTlsConfig {
                client_cert: read(certificate, "certificate")?,
                client_key: read(key, "key")?,
            }),
            _ => None,
        };
        let root_cert = match &self.ca {
            Some(ca) => Some(read(ca, "ca")?),
            None => None,
        };
        Ok(TlsCertificates {
            client_tls,
            root_cert,
        })
    }
}

fn read(path: &PathBuf, field: &str) -> Result<Vec<u8>> {
    let bytes = fs::read(path).map_err(|cause| error::unreadable_file(field, cause))?;
    let is_pem = bytes.windows(11).any(|part| part == b"-----BEGIN ");
    if is_pem {
        Ok(bytes)
    } else {
        Err(error::no_pem(field))
    }
}

/// rustls comes without cryptography. Unless the application has installed a provider for its process, it is ring.
fn install_provider() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Refused where there is one already, which is then used.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}
