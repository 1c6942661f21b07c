//! The certificates themselves: an authority bound to local names, and what it vouches for. Pure but for the
//! randomness of keys and serial numbers.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DistinguishedName, DnType, Error, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints, PKCS_ECDSA_P256_SHA256,
    PublicKeyData as _,
};
use sha2::{Digest as _, Sha256};

use crate::base::Timestamp;
use crate::base::bounds::{LOCAL_AUTHORITY_SECONDS, LOCAL_BACKDATED_SECONDS, LOCAL_CERTIFICATE_SECONDS};
use crate::base::local_host::{LOCAL_DOMAINS, LOCAL_NETWORKS};

/// The names that every certificate has beside the issuer's host.
pub(super) const OWN_NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// A key that people were asked to trust.
pub(super) struct Authority {
    key: KeyPair,
    expires_at: Timestamp,
}

impl Authority {
    pub(super) fn generate(now: Timestamp) -> Result<Self, Error> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        Ok(Self { key, expires_at: now.plus_seconds(LOCAL_AUTHORITY_SECONDS) })
    }

    /// The one that was made earlier; its name follows from its key.
    pub(super) fn of_key(key_pem: &str, expires_at: Timestamp) -> Result<Self, Error> {
        Ok(Self { key: KeyPair::from_pem(key_pem)?, expires_at })
    }

    pub(super) fn key_pem(&self) -> String {
        self.key.serialize_pem()
    }

    /// Its own certificate.
    pub(super) fn certificate_pem(&self, now: Timestamp) -> Result<String, Error> {
        let mut params = self.params();
        params.not_before = moment(now.plus_seconds(-LOCAL_BACKDATED_SECONDS)).into();
        params.not_after = moment(self.expires_at).into();
        Ok(params.self_signed(&self.key)?.pem())
    }

    fn params(&self) -> CertificateParams {
        let mut params = CertificateParams::default();
        // It vouches for servers itself and lets no other authority do so.
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        params.distinguished_name = name(&format!("Doorward local authority {}", self.digest()));
        params.name_constraints =
            Some(NameConstraints { permitted_subtrees: permitted(), excluded_subtrees: Vec::new() });
        params
    }

    /// Tells the authorities of several installations apart in a list of trusted ones.
    fn digest(&self) -> String {
        let [a, b, c, d, ..] = <[u8; 32]>::from(Sha256::digest(self.key.der_bytes()));
        format!("{:08x}", u32::from_be_bytes([a, b, c, d]))
    }

    /// A certificate for this machine and `host` with the key given.
    pub(super) fn vouch_for(&self, host: &str, key_pem: &str, now: Timestamp) -> Result<String, Error> {
        let mut names: Vec<String> = OWN_NAMES.map(str::to_owned).to_vec();
        let host = host.trim_matches(['[', ']']);
        if !OWN_NAMES.contains(&host) {
            names.insert(0, host.to_owned());
        }
        let mut params = CertificateParams::new(names)?;
        params.distinguished_name = name(host);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        params.not_before = moment(now.plus_seconds(-LOCAL_BACKDATED_SECONDS)).into();
        params.not_after = moment(self.expires_at.min(now.plus_seconds(LOCAL_CERTIFICATE_SECONDS))).into();
        let key = KeyPair::from_pem(key_pem)?;
        Ok(params.signed_by(&key, &Issuer::new(self.params(), &self.key))?.pem())
    }
}

/// A key for a certificate, in PEM.
pub(super) fn new_key() -> Result<String, Error> {
    Ok(KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?.serialize_pem())
}

fn name(common_name: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common_name);
    name
}

fn permitted() -> Vec<GeneralSubtree> {
    let domains = LOCAL_DOMAINS.iter().map(|domain| GeneralSubtree::DnsName((*domain).to_owned()));
    let subnet = |network: &ipnet::IpNet| CidrSubnet::from_addr_prefix(network.addr(), network.prefix_len());
    domains.chain(LOCAL_NETWORKS.iter().map(|network| GeneralSubtree::IpAddress(subnet(network)))).collect()
}

fn moment(at: Timestamp) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(u64::try_from(at.seconds()).unwrap_or_default())
}
