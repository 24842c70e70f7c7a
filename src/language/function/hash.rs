//! Digests of text.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256, Sha512};

use super::Body::Plain;

super::table! { "Hashes":
"sha256" "string" "The SHA-256 digest of the text in hexadecimal digits."
    r#"sha256("web")"# => r#""4b5e57f6eb2f42b9039b3d1e13929295f231749c510cbe341cd68036d9af97e2""#
    Plain(|a| Ok(hex(&Sha256::digest(a.text(0)?.as_bytes())).into()));
"sha512" "string" "The SHA-512 digest of the text in hexadecimal digits."
    r#"substr(sha512("web"), 0, 16)"# => r#""cbead8fe640f4d4a""#
    Plain(|a| Ok(hex(&Sha512::digest(a.text(0)?.as_bytes())).into()));
"base64sha256" "string" "The SHA-256 digest of the text in Base64."
    r#"base64sha256("web")"# => r#""S15X9usvQrkDmz0eE5KSlfIxdJxRDL40HNaANtmvl+I=""#
    Plain(|a| Ok(STANDARD.encode(Sha256::digest(a.text(0)?.as_bytes())).into()));
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        let _infallible = write!(out, "{byte:02x}");
        out
    })
}
