//! Where a caller may put its credential, in the contract's order.

use http::HeaderMap;
use llama_ws_core::Credential;

/// The first credential that is not blank: query `apiKey`, `api_key`, `token`, then headers
/// `x-api-key`, `Authorization: Bearer …`. `query` looks a parameter up by name.
pub(crate) fn credential<'a>(
    query: impl Fn(&str) -> Option<&'a str>,
    headers: &HeaderMap,
) -> Option<Credential> {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let key = |text: &str| Credential::ApiKey(text.to_owned());
    let token = |text: &str| Credential::Token(text.to_owned());

    given(query("apiKey"))
        .or_else(|| given(query("api_key")))
        .map(key)
        .or_else(|| given(query("token")).map(token))
        .or_else(|| given(header("x-api-key")).map(key))
        .or_else(|| given(header("authorization").and_then(bearer)).map(key_or_token))
}

fn given(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

/// What follows `Bearer`, in any case.
fn bearer(header: &str) -> Option<&str> {
    let (scheme, rest) = header.trim().split_once(char::is_whitespace)?;
    scheme.eq_ignore_ascii_case("bearer").then_some(rest)
}

/// A JWT has three parts joined by dots; no API key has a dot.
fn key_or_token(text: &str) -> Credential {
    match text.split('.').count() {
        3 => Credential::Token(text.to_owned()),
        _ => Credential::ApiKey(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn found(
        query: &[(&str, &'static str)],
        headers: &[(&'static str, &str)],
    ) -> Option<Credential> {
        let query: HashMap<&str, &'static str> = query.iter().copied().collect();
        let headers = headers.iter().map(|(name, value)| {
            (
                http::HeaderName::from_static(name),
                http::HeaderValue::from_str(value).unwrap(),
            )
        });
        credential(|name| query.get(name).copied(), &headers.collect())
    }

    fn key(text: &str) -> Option<Credential> {
        Some(Credential::ApiKey(text.to_owned()))
    }

    fn token(text: &str) -> Option<Credential> {
        Some(Credential::Token(text.to_owned()))
    }

    #[test]
    fn the_first_that_is_not_blank_wins() {
        let headers = [("x-api-key", "e"), ("authorization", "Bearer f")];

        assert_eq!(
            found(
                &[("apiKey", "a"), ("api_key", "b"), ("token", "c")],
                &headers
            ),
            key("a")
        );
        assert_eq!(
            found(
                &[("apiKey", " "), ("api_key", "b"), ("token", "c")],
                &headers
            ),
            key("b")
        );
        assert_eq!(
            found(&[("apiKey", ""), ("token", "c")], &headers),
            token("c")
        );
        assert_eq!(found(&[], &headers), key("e"));
        assert_eq!(found(&[], &headers[1..]), key("f"));
        assert_eq!(found(&[], &[]), None);
    }

    #[test]
    fn a_bearer_is_read_in_any_case_and_may_be_a_key_or_a_token() {
        assert_eq!(found(&[], &[("authorization", "bEARER  k ")]), key("k"));
        assert_eq!(
            found(&[], &[("authorization", "Bearer a.b.c")]),
            token("a.b.c")
        );
        assert_eq!(found(&[], &[("authorization", "Basic k")]), None);
        assert_eq!(found(&[], &[("authorization", "k")]), None);
    }
}
