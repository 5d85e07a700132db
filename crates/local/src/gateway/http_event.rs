//! The HTTP API's event, payload format version 2.0, field for field.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::HeaderValue;
use http::header::{CONTENT_TYPE, COOKIE, USER_AGENT};
use http::request::Parts;
use llama_ws_core::UnixMillis;
use serde::Serialize;

use super::calendar;
use super::event::{Single, to_bytes};
use super::id;
use super::options::Options;
use super::query;

/// The account that runs nothing: AWS's documentation uses it too.
const ACCOUNT_ID: &str = "123456789012";

/// Content types whose bodies reach a function as text; everything else comes as base64.
const TEXT_TYPES: [&str; 3] = [
    "application/json",
    "application/javascript",
    "application/xml",
];

/// Where and when a request came in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arrival {
    /// Who sent it.
    pub(super) peer: SocketAddr,
    /// The port it came to.
    pub(super) port: u16,
    /// When.
    pub(super) at: UnixMillis,
}

/// The event of one request. `route_key` is the route it matched.
pub(super) fn build(
    options: &Options,
    route_key: &str,
    request: (&Parts, &Bytes),
    arrival: Arrival,
) -> Bytes {
    let (parts, body) = request;
    let (body, is_base64_encoded) = body_text(parts, body);
    let query = query_parameters(parts);
    to_bytes(&Event {
        version: "2.0",
        route_key,
        raw_path: parts.uri.path(),
        raw_query_string: parts.uri.query().unwrap_or_default(),
        cookies: cookies(parts),
        headers: headers(parts, arrival),
        query_string_parameters: (!query.is_empty()).then_some(query),
        request_context: Context::new(options, route_key, parts, arrival),
        body,
        is_base64_encoded,
    })
}

fn body_text(parts: &Parts, body: &Bytes) -> (Option<String>, bool) {
    if body.is_empty() {
        return (None, false);
    }
    if is_text(parts)
        && let Ok(text) = std::str::from_utf8(body)
    {
        return (Some(text.to_owned()), false);
    }
    (Some(STANDARD.encode(body)), true)
}

fn is_text(parts: &Parts) -> bool {
    let Some(content_type) = parts.headers.get(CONTENT_TYPE) else {
        return true;
    };
    let content_type = String::from_utf8_lossy(content_type.as_bytes()).to_ascii_lowercase();
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    kind.starts_with("text/") || TEXT_TYPES.contains(&kind)
}

fn cookies(parts: &Parts) -> Option<Vec<String>> {
    let lines = parts.headers.get_all(COOKIE).iter();
    let cookies: Vec<_> = lines
        .map(|line| String::from_utf8_lossy(line.as_bytes()).into_owned())
        .flat_map(|line| {
            let cookies = line.split(';').map(|cookie| cookie.trim().to_owned());
            cookies.collect::<Vec<_>>()
        })
        .filter(|cookie| !cookie.is_empty())
        .collect();
    (!cookies.is_empty()).then_some(cookies)
}

/// Lower-case names, values of one name joined by commas, cookies elsewhere.
fn headers(parts: &Parts, arrival: Arrival) -> Single {
    let mut headers = Single::new();
    for (name, value) in parts.headers.iter().filter(|(name, _)| *name != COOKIE) {
        append(
            &mut headers,
            name.as_str(),
            &String::from_utf8_lossy(value.as_bytes()),
        );
    }
    let peer = source_ip(arrival).to_string();
    let forwarded_for = match headers.remove("x-forwarded-for") {
        Some(claimed) => format!("{claimed}, {peer}"),
        None => peer,
    };
    let added = [
        ("x-amzn-trace-id", id::trace(arrival.at.as_secs())),
        ("x-forwarded-for", forwarded_for),
        ("x-forwarded-port", arrival.port.to_string()),
        ("x-forwarded-proto", "http".to_owned()),
    ];
    headers.extend(added.map(|(name, value)| (name.to_owned(), value)));
    headers
}

fn query_parameters(parts: &Parts) -> Single {
    let mut parameters = Single::new();
    for (name, value) in query::pairs(parts.uri.query().unwrap_or_default()) {
        append(&mut parameters, &name, &value);
    }
    parameters
}

fn append(values: &mut BTreeMap<String, String>, name: &str, value: &str) {
    match values.get_mut(name) {
        Some(before) => {
            before.push(',');
            before.push_str(value);
        }
        None => {
            values.insert(name.to_owned(), value.to_owned());
        }
    }
}

fn source_ip(arrival: Arrival) -> IpAddr {
    arrival.peer.ip().to_canonical()
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Event<'a> {
    version: &'static str,
    route_key: &'a str,
    raw_path: &'a str,
    raw_query_string: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cookies: Option<Vec<String>>,
    headers: Single,
    #[serde(skip_serializing_if = "Option::is_none")]
    query_string_parameters: Option<Single>,
    request_context: Context<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    is_base64_encoded: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Context<'a> {
    account_id: &'static str,
    api_id: &'a str,
    domain_name: &'a str,
    domain_prefix: &'a str,
    http: Http<'a>,
    request_id: String,
    route_key: &'a str,
    stage: &'static str,
    time: String,
    time_epoch: UnixMillis,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Http<'a> {
    method: &'a str,
    path: &'a str,
    protocol: &'static str,
    source_ip: String,
    user_agent: String,
}

impl<'a> Context<'a> {
    fn new(options: &'a Options, route_key: &'a str, parts: &'a Parts, arrival: Arrival) -> Self {
        let user_agent = parts.headers.get(USER_AGENT).map(HeaderValue::as_bytes);
        let user_agent = String::from_utf8_lossy(user_agent.unwrap_or_default()).into_owned();
        let domain_name = options.domain_name.as_str();
        Self {
            account_id: ACCOUNT_ID,
            api_id: &options.api_id,
            domain_name,
            domain_prefix: domain_name.split('.').next().unwrap_or_default(),
            http: Http {
                method: parts.method.as_str(),
                path: parts.uri.path(),
                protocol: "HTTP/1.1",
                source_ip: source_ip(arrival).to_string(),
                user_agent,
            },
            request_id: id::random(),
            route_key,
            stage: "$default",
            time: calendar::request_time(arrival.at),
            time_epoch: arrival.at,
        }
    }
}
