//! TLS with rustls on ring, whatever else the process uses.

use fred::types::config::Config;

use crate::InvalidConfig;

#[cfg(not(feature = "tls"))]
pub(crate) fn is_used(_: &Config) -> bool {
    false
}

/// Whether a client with this configuration speaks TLS.
#[cfg(feature = "tls")]
pub(crate) fn is_used(config: &Config) -> bool {
    config.tls.is_some()
}

#[cfg(not(feature = "tls"))]
pub(crate) fn use_tls(_: &mut Config, _: Option<&str>) -> Result<(), InvalidConfig> {
    Err(InvalidConfig::TlsNotBuilt)
}

/// Trusts these authorities (PEM), or the system's. A certificate must also be for the name by
/// which its server was asked for: in a cluster, the one that the cluster tells.
#[cfg(feature = "tls")]
pub(crate) fn use_tls(config: &mut Config, authorities: Option<&str>) -> Result<(), InvalidConfig> {
    use std::sync::Arc;

    use fred::rustls::ClientConfig;
    use fred::rustls::crypto::ring::default_provider;
    use fred::types::config::TlsConnector;

    let client = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| InvalidConfig::Client(error.to_string()))?
        .with_root_certificates(trusted(authorities)?)
        .with_no_client_auth();
    config.tls = Some(TlsConnector::from(client).into());
    Ok(())
}

#[cfg(feature = "tls")]
fn trusted(authorities: Option<&str>) -> Result<fred::rustls::RootCertStore, InvalidConfig> {
    use fred::rustls::RootCertStore;
    use fred::rustls::pki_types::CertificateDer;
    use fred::rustls::pki_types::pem::PemObject as _;
    use fred::rustls_native_certs::load_native_certs;

    let (certificates, source) = match authorities {
        Some(pem) => {
            let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
            (read.unwrap_or_default(), "the given ones")
        }
        // One of the system's that cannot be read must not cost the others.
        None => (load_native_certs().certs, "the system"),
    };
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(certificates);
    if roots.is_empty() {
        return Err(InvalidConfig::NoAuthority(source));
    }
    Ok(roots)
}
