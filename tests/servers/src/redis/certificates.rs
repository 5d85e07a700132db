//! An authority of a test's own, and a server's certificate by it.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair,
};

/// PEM texts.
#[derive(Debug, Clone)]
pub struct Certificates {
    /// The authority's certificate.
    pub authority: String,
    /// The server's certificate, for the name `localhost` only.
    pub certificate: String,
    /// The server's key.
    pub key: String,
}

impl Certificates {
    /// New ones, which nobody else trusts.
    ///
    /// # Panics
    /// Never, as far as is known.
    #[must_use]
    pub fn generate() -> Self {
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("keys are made");
        let authority = CertifiedIssuer::self_signed(authority, key).expect("it signs itself");

        let names = vec!["localhost".to_owned()];
        let mut server = CertificateParams::new(names).expect("it is a name");
        server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let key = KeyPair::generate().expect("keys are made");
        let certificate = server.signed_by(&key, &authority).expect("it is signed");
        Self {
            authority: authority.pem(),
            certificate: certificate.pem(),
            key: key.serialize_pem(),
        }
    }
}
