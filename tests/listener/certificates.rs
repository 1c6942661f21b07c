//! Self-signed certificates made on the spot: just enough DER (X.690) and X.509 (RFC 5280) for a handshake.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A certificate for `localhost` and its key, both in PEM.
pub struct Pair {
    pub certificate: String,
    pub key: String,
    pub der: Vec<u8>,
}

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const OBJECT_ID: u8 = 0x06;
const ECDSA_WITH_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
const EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 0x11];

fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![tag];
    match content.len() {
        short @ 0..=127 => bytes.push(u8::try_from(short).unwrap()),
        middle @ 128..=255 => bytes.extend([0x81, u8::try_from(middle).unwrap()]),
        long => {
            bytes.push(0x82);
            bytes.extend(u16::try_from(long).unwrap().to_be_bytes());
        }
    }
    bytes.extend(content);
    bytes
}

fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    der(SEQUENCE, &parts.concat())
}

fn name() -> Vec<u8> {
    let common_name = sequence(&[der(OBJECT_ID, COMMON_NAME), der(0x0c, b"localhost")]);
    sequence(&[der(SET, &common_name)])
}

impl Pair {
    /// A new pair; `serial` tells certificates apart.
    pub fn new(serial: u8) -> Self {
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &SystemRandom::new()).unwrap();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8.as_ref()).unwrap();
        let algorithm = sequence(&[der(OBJECT_ID, ECDSA_WITH_SHA256)]);
        let validity = sequence(&[der(0x17, b"200101000000Z"), der(0x18, b"21200101000000Z")]);
        let mut point = vec![0];
        point.extend(key.public_key().as_ref());
        let public_key =
            sequence(&[sequence(&[der(OBJECT_ID, EC_PUBLIC_KEY), der(OBJECT_ID, P256)]), der(0x03, &point)]);
        let alternative = sequence(&[der(0x82, b"localhost")]);
        let extension = sequence(&[der(OBJECT_ID, SUBJECT_ALT_NAME), der(0x04, &alternative)]);
        let to_sign = sequence(&[
            der(0xa0, &der(0x02, &[2])),
            der(0x02, &[serial]),
            algorithm.clone(),
            name(),
            validity,
            name(),
            public_key,
            der(0xa3, &sequence(&[extension])),
        ]);
        let mut signature = vec![0];
        signature.extend(key.sign(&SystemRandom::new(), &to_sign).unwrap().as_ref());
        let certificate = sequence(&[to_sign, algorithm, der(0x03, &signature)]);
        Self {
            certificate: pem("CERTIFICATE", &certificate),
            key: pem("PRIVATE KEY", pkcs8.as_ref()),
            der: certificate,
        }
    }
}

fn pem(kind: &str, bytes: &[u8]) -> String {
    let text = STANDARD.encode(bytes);
    let lines: Vec<&str> = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {kind}-----\n{}\n-----END {kind}-----\n", lines.join("\n"))
}
