//! Connection, request and message ids in AWS's shape: 16 characters ending in `=`.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;

/// A fresh random id such as `eHrdFcnvvHcCE-w=`: 11 random bytes, URL-safe base64.
pub(super) fn random() -> String {
    let bytes: [u8; 11] = rand::random();
    URL_SAFE.encode(bytes)
}

/// A fresh `X-Amzn-Trace-Id` value.
pub(super) fn trace(epoch_secs: u64) -> String {
    let unique: u128 = rand::random();
    format!(
        "Root=1-{:08x}-{:024x}",
        epoch_secs & 0xffff_ffff,
        unique >> 32
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_the_shape_aws_gives_them() {
        let id = random();

        assert_eq!(id.len(), 16);
        assert!(id.ends_with('=') && !id.ends_with("=="), "{id}");
        assert_ne!(id, random());
    }

    #[test]
    fn trace_ids_have_fixed_length() {
        assert_eq!(
            trace(1_742_085_982).len(),
            "Root=1-67d61f5e-000000000000000000000000".len()
        );
    }
}
