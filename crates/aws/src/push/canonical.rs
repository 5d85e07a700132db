//! What SigV4 signs of a request: its canonical form, and how paths are escaped for it.
//! Source: AWS "Create a signed AWS API request", as the SDK's `aws-sigv4` does it.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use sha2::{Digest, Sha256};

/// What the SDK escapes in a path (`aws-smithy-http`, `urlencode.rs`).
const PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b':')
    .add(b',')
    .add(b'?')
    .add(b'#')
    .add(b'[')
    .add(b']')
    .add(b'{')
    .add(b'}')
    .add(b'|')
    .add(b'@')
    .add(b'!')
    .add(b'$')
    .add(b'&')
    .add(b'\'')
    .add(b'(')
    .add(b')')
    .add(b'*')
    .add(b'+')
    .add(b';')
    .add(b'=')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'"')
    .add(b'^')
    .add(b'`')
    .add(b'\\');

/// What it escapes in one segment.
const SEGMENT: &AsciiSet = &PATH.add(b'/');

/// A request in the parts that are signed. The path is as it is sent.
pub(super) struct Canonical<'a> {
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    /// Names in lower case, in their order; values without blanks around them.
    pub(super) headers: &'a [(&'a str, &'a str)],
    pub(super) payload: &'a [u8],
}

impl Canonical<'_> {
    /// The names of the headers, as they are listed.
    pub(super) fn signed_headers(&self) -> String {
        let mut names = String::with_capacity(80);
        for (name, _) in self.headers {
            if !names.is_empty() {
                names.push(';');
            }
            names.push_str(name);
        }
        names
    }

    /// The text whose hash is signed. There is no query in it: no path of ours has one.
    pub(super) fn text(&self, signed_headers: &str) -> String {
        let mut text = String::with_capacity(512);
        text.push_str(self.method);
        text.push('\n');
        text.extend(utf8_percent_encode(&normalised(self.path), PATH));
        text.push_str("\n\n");
        for (name, value) in self.headers {
            text.push_str(name);
            text.push(':');
            text.push_str(value);
            text.push('\n');
        }
        text.push('\n');
        text.push_str(signed_headers);
        text.push('\n');
        push_hex(&mut text, &Sha256::digest(self.payload));
        text
    }
}

/// One segment of a path as it is sent.
pub(super) fn segment(text: &str) -> impl Iterator<Item = &str> {
    utf8_percent_encode(text, SEGMENT)
}

/// Without empty and dotted segments (RFC 3986, 5.2.4). The SDK signs this and sends the other.
fn normalised(path: &str) -> Cow<'_, str> {
    if !path.contains("//") && !path.contains("/.") {
        return Cow::Borrowed(path);
    }
    let mut segments = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            other => segments.push(other),
        }
    }
    let closing = ["/", "/.", "/.."].iter().any(|end| path.ends_with(end));
    let slash = if closing && !segments.is_empty() {
        "/"
    } else {
        ""
    };
    Cow::Owned(format!("/{}{slash}", segments.join("/")))
}

/// Appends bytes as lower-case hexadecimal digits.
pub(super) fn push_hex(text: &mut String, bytes: &[u8]) {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    text.extend(digits.map(|digit| char::from(if digit < 10 { b'0' } else { b'a' - 10 } + digit)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lose_what_leads_nowhere() {
        let cases = [
            ("/", "/"),
            ("/prod/@connections/a", "/prod/@connections/a"),
            ("/a.b/c", "/a.b/c"),
            ("//a///b", "/a/b"),
            ("/./a/../b/.", "/b/"),
            ("/../a", "/a"),
            ("/a/..", "/"),
        ];
        for (path, expected) in cases {
            assert_eq!(normalised(path), expected, "{path}");
        }
    }

    #[test]
    fn a_segment_escapes_what_the_sdk_escapes() {
        let escaped: String = segment("aZ0-_.~=@/%é").collect();
        assert_eq!(escaped, "aZ0-_.~%3D%40%2F%25%C3%A9");
    }
}
