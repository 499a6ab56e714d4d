//! The certificates of one server, made when it starts: an authority, server and client; and a second authority that nobody
//! here trusts, with a client of its own.

use std::fs;
use std::path::Path;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};

use crate::servers::Unavailable;

/// What a server calls itself.
const NAMES: [&str; 2] = ["localhost", "127.0.0.1"];

/// Writes all files into a directory.
pub(super) fn write(directory: &Path) -> Result<(), Unavailable> {
    let trusted = authority(directory, "ca")?;
    leaf(directory, "server", &NAMES, &trusted)?;
    leaf(directory, "client", &[], &trusted)?;
    let stranger = authority(directory, "wrong-ca")?;
    leaf(directory, "wrong-client", &[], &stranger)
}

fn authority(directory: &Path, name: &str) -> Result<Issuer<'static, KeyPair>, Unavailable> {
    let key = KeyPair::generate().map_err(wrong)?;
    let mut params = params(name, &[])?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let certificate = params.self_signed(&key).map_err(wrong)?;
    fs::write(directory.join(format!("{name}.pem")), certificate.pem())?;
    Ok(Issuer::new(params, key))
}

fn leaf(
    directory: &Path,
    name: &str,
    names: &[&str],
    issuer: &Issuer<'static, KeyPair>,
) -> Result<(), Unavailable> {
    let key = KeyPair::generate().map_err(wrong)?;
    let certificate = params(name, names)?
        .signed_by(&key, issuer)
        .map_err(wrong)?;
    fs::write(directory.join(format!("{name}.pem")), certificate.pem())?;
    fs::write(directory.join(format!("{name}.key")), key.serialize_pem())?;
    Ok(())
}

fn params(name: &str, names: &[&str]) -> Result<CertificateParams, Unavailable> {
    let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).map_err(wrong)?;
    // One name each: who has that of its issuer would pass for an authority.
    params
        .distinguished_name
        .push(DnType::CommonName, format!("cache-test {name}"));
    Ok(params)
}

#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn wrong(error: rcgen::Error) -> Unavailable {
    Unavailable::new(format!("no certificate can be made: {error}"))
}
