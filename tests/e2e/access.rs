//! Who may do what: every verb and every route, for every kind of caller, and what exactly each is
//! answered. The functions are called one by one, so that nothing ends a session before it is used.

use std::time::Duration;

use futures_util::FutureExt;
use llama_ws_core::ports::{ApiKey, KeyRecords};
use llama_ws_core::{
    AuthMode, KeyId, KeyLimits, Permissions, Policy, Principal, SecretKey, UserId,
};
use llama_ws_tests::{World, start_time};
use serde_json::{Value, json};

const PERMISSIONS: [&str; 4] = [
    "websocket:connect",
    "websocket:subscribe",
    "broadcast",
    "stats",
];

/// How long the keys live that expire.
const LIFE: Duration = Duration::from_secs(600);

/// Longest that a request waits for the authentication sent before it.
const WAIT: Duration = Duration::from_secs(2);

/// A reply by its type, an error by its code. `lacks it` is a key of alice with every permission
/// but the one in `needs`, `has it` one with no other, besides the one to connect. `late` is a
/// connection that never showed a credential, once its request has waited for one. Those on the
/// right came with a key that allowed everything; the service has not closed them yet. `closed`:
/// the error was posted, and the connection ended.
const VERBS: &str = r#"
request                                            | needs               | late                       | lacks it                      | has it                   | expired            | revoked                  | revoked, reaped
{"type":"ping"}                                    |                     | pong                       | pong                          | pong                     | pong               | pong                     | pong
{"type":"authenticate","apiKey":"alice"}           |                     | authenticated              | authenticated                 | authenticated            | INVALID_CREDENTIAL | authenticated            | INVALID_CREDENTIAL
{"type":"authenticate","apiKey":"bob"}             |                     | authenticated              | INVALID_CREDENTIAL            | INVALID_CREDENTIAL       | INVALID_CREDENTIAL | INVALID_CREDENTIAL       | INVALID_CREDENTIAL
{"type":"authenticate","apiKey":"unknown"}         |                     | INVALID_CREDENTIAL, closed | INVALID_CREDENTIAL            | INVALID_CREDENTIAL       | INVALID_CREDENTIAL | INVALID_CREDENTIAL       | INVALID_CREDENTIAL
{"type":"authenticate","apiKey":"was-revoked"}     |                     | INVALID_CREDENTIAL, closed | INVALID_CREDENTIAL            | INVALID_CREDENTIAL       | INVALID_CREDENTIAL | INVALID_CREDENTIAL       | INVALID_CREDENTIAL
{"type":"authenticate","apiKey":"has-expired"}     |                     | INVALID_CREDENTIAL, closed | INVALID_CREDENTIAL            | INVALID_CREDENTIAL       | INVALID_CREDENTIAL | INVALID_CREDENTIAL       | INVALID_CREDENTIAL
{"type":"authenticate","apiKey":"may-not-connect"} |                     | FORBIDDEN, closed          | FORBIDDEN                     | FORBIDDEN                | FORBIDDEN          | FORBIDDEN                | FORBIDDEN
{"type":"subscribe","channel":"tvl"}               | websocket:subscribe | UNAUTHENTICATED            | subscription_result FORBIDDEN | subscription_result      | UNAUTHENTICATED    | subscription_result      | UNAUTHENTICATED
{"action":"subscribe","channel":"tvl"}             | websocket:subscribe | UNAUTHENTICATED            | FORBIDDEN                     | subscription_confirmed   | UNAUTHENTICATED    | subscription_confirmed   | UNAUTHENTICATED
{"type":"subscribe","channel":"tvl","since":"1-0"} | websocket:subscribe | UNAUTHENTICATED            | subscription_result FORBIDDEN | subscription_result      | UNAUTHENTICATED    | subscription_result      | UNAUTHENTICATED
{"type":"unsubscribe"}                             |                     | UNAUTHENTICATED            | unsubscription_result         | unsubscription_result    | UNAUTHENTICATED    | unsubscription_result    | UNAUTHENTICATED
{"action":"unsubscribe"}                           |                     | UNAUTHENTICATED            | unsubscription_confirmed      | unsubscription_confirmed | UNAUTHENTICATED    | unsubscription_confirmed | UNAUTHENTICATED
{"type":"subscriptions"}                           |                     | UNAUTHENTICATED            | subscriptions                 | subscriptions            | UNAUTHENTICATED    | subscriptions            | UNAUTHENTICATED
{"type":"filters","filters":{}}                    | websocket:subscribe | UNAUTHENTICATED            | NOT_SUBSCRIBED                | filters_updated          | UNAUTHENTICATED    | filters_updated          | UNAUTHENTICATED
{"type":"stats"}                                   | stats               | UNAUTHENTICATED            | FORBIDDEN                     | subscription_stats       | UNAUTHENTICATED    | subscription_stats       | UNAUTHENTICATED
{"type":"resume","since":"1-0"}                    |                     | UNAUTHENTICATED            | resume_started                | resume_started           | UNAUTHENTICATED    | resume_started           | UNAUTHENTICATED
{"type":"broadcast","all":true}                    |                     | UNKNOWN_TYPE               | UNKNOWN_TYPE                  | UNKNOWN_TYPE             | UNKNOWN_TYPE       | UNKNOWN_TYPE             | UNKNOWN_TYPE
{}                                                 |                     | UNKNOWN_TYPE               | UNKNOWN_TYPE                  | UNKNOWN_TYPE             | UNKNOWN_TYPE       | UNKNOWN_TYPE             | UNKNOWN_TYPE
"#;

/// The connection is alice's. The columns up to `revoked` are callers: `bob` may do everything, and
/// who knows the connection's id may nothing by it. The last three are connections, and alice's
/// best key: of a session without the permission, of one that is over, of nobody yet.
const ROUTES: &str = r#"
request                                                        | needs               | no key              | unknown                | lacks it                     | bob                      | has it                       | expired                | revoked                | session lacks it             | session over           | of nobody
POST /subscribe {"connectionId":"one=","channels":["tvl"]}     | websocket:subscribe | 401 UNAUTHENTICATED | 401 INVALID_CREDENTIAL | 403 FORBIDDEN                | 404 CONNECTION_NOT_FOUND | 200 subscription_confirmed   | 401 INVALID_CREDENTIAL | 401 INVALID_CREDENTIAL | 403 FORBIDDEN                | 401 UNAUTHENTICATED    | 404 CONNECTION_NOT_FOUND
POST /unsubscribe {"connectionId":"one="}                      |                     | 401 UNAUTHENTICATED | 401 INVALID_CREDENTIAL | 200 unsubscription_confirmed | 404 CONNECTION_NOT_FOUND | 200 unsubscription_confirmed | 401 INVALID_CREDENTIAL | 401 INVALID_CREDENTIAL | 200 unsubscription_confirmed | 401 UNAUTHENTICATED    | 404 CONNECTION_NOT_FOUND
POST /filters {"connectionId":"one=","filters":{"minValue":1}} |                     | 401 UNAUTHENTICATED | 401 INVALID_CREDENTIAL | 200 filters_updated          | 404 CONNECTION_NOT_FOUND | 200 filters_updated          | 401 INVALID_CREDENTIAL | 401 INVALID_CREDENTIAL | 404 NOT_SUBSCRIBED           | 401 UNAUTHENTICATED    | 404 CONNECTION_NOT_FOUND
GET /subscriptions?connectionId=one=                           |                     | 401 UNAUTHENTICATED | 401 INVALID_CREDENTIAL | 200 subscriptions            | 404 CONNECTION_NOT_FOUND | 200 subscriptions            | 401 INVALID_CREDENTIAL | 401 INVALID_CREDENTIAL | 200 subscriptions            | 401 UNAUTHENTICATED    | 404 CONNECTION_NOT_FOUND
GET /subscriptions                                             |                     | 401 UNAUTHENTICATED | 401 INVALID_CREDENTIAL | 200 subscriptions of 1       | 200 subscriptions of 0   | 200 subscriptions of 1       | 401 INVALID_CREDENTIAL | 401 INVALID_CREDENTIAL | 200 subscriptions of 1       | 200 subscriptions of 1 | 200 subscriptions of 0
GET /subscription-stats                                        | stats               | 401 UNAUTHENTICATED | 401 INVALID_CREDENTIAL | 403 FORBIDDEN                | 200 subscription_stats   | 200 subscription_stats       | 401 INVALID_CREDENTIAL | 401 INVALID_CREDENTIAL | 200 subscription_stats       | 200 subscription_stats | 200 subscription_stats
GET /stats                                                     | stats               | 401 UNAUTHENTICATED | 401 INVALID_CREDENTIAL | 403 FORBIDDEN                | 200                      | 200                          | 401 INVALID_CREDENTIAL | 401 INVALID_CREDENTIAL | 200                          | 200                    | 200
POST /broadcast {"all":true,"message":{"type":"x","data":{}}}  | broadcast           | 401 UNAUTHENTICATED | 401 INVALID_CREDENTIAL | 403 FORBIDDEN                | 202                      | 202                          | 401 INVALID_CREDENTIAL | 401 INVALID_CREDENTIAL | 202                          | 202                    | 202
GET /health                                                    |                     | 200                 | 200                    | 200                          | 200                      | 200                          | 200                    | 200                    | 200                          | 200                    | 200
"#;

/// The handshake's status by what is shown, in both modes.
const HANDSHAKES: &str = "
credential      | deferred | required
                | 200      | 401
unknown         | 401      | 401
has-expired     | 401      | 401
was-revoked     | 401      | 401
may-not-connect | 403      | 403
alice           | 200      | 200
";

type Cells<'a> = Vec<&'a str>;

/// The columns' names, and the rows.
fn read(table: &str) -> (Cells<'_>, Vec<Cells<'_>>) {
    let mut rows = table
        .trim_matches('\n')
        .lines()
        .map(|line| line.split('|').map(str::trim).collect::<Cells>());
    let names = rows.next().expect("a heading");
    let rows: Vec<_> = rows.collect();
    assert!(rows.iter().all(|row| row.len() == names.len()));
    (names, rows)
}

fn grant(world: &World, key: &str, user: &str, permissions: &[&str], lives: Option<Duration>) {
    let principal = Principal {
        user_id: UserId::new(user),
        key_id: Some(KeyId::new(format!("id-of-{key}"))),
        key_hash: None,
        permissions: Permissions::new(permissions.iter().copied()),
        expires_at: lives.map(|lives| start_time().plus(lives)),
        limits: KeyLimits::default(),
    };
    let record = ApiKey {
        principal,
        enabled: true,
        created_at: None,
    };
    world.keys().insert(key, record);
}

fn revoke(world: &World, key: &str) {
    let hash = SecretKey::presented(key).hash();
    let revoked = world.keys().revoke(&hash);
    assert_eq!(revoked.now_or_never(), Some(Ok(true)));
}

/// A world with every kind of key, where the life of those that expire is not over yet. `lacks-it`
/// and `has-it` may connect besides.
fn world(auth_mode: AuthMode, needs: &str) -> World {
    let world = World::new(Policy {
        auth_mode,
        ..Policy::default()
    });
    let (without, only): (Vec<_>, Vec<_>) = match needs {
        "" => (Vec::new(), PERMISSIONS.to_vec()),
        needs => PERMISSIONS.iter().partition(|name| **name != needs),
    };
    let with_connect = |some: &[&'static str]| [some, &["websocket:connect"]].concat();
    grant(&world, "lacks-it", "alice", &with_connect(&without), None);
    grant(&world, "has-it", "alice", &with_connect(&only), None);
    grant(&world, "only-lacks-it", "alice", &without, None);
    grant(&world, "only-has-it", "alice", &only, None);
    grant(&world, "may-not-connect", "alice", &PERMISSIONS[1..], None);
    for (key, user) in [("alice", "alice"), ("bob", "bob"), ("was-revoked", "alice")] {
        grant(&world, key, user, &["*"], None);
    }
    grant(&world, "has-expired", "alice", &["*"], Some(LIFE));
    grant(&world, "expires", "alice", &["*"], Some(LIFE));
    grant(&world, "is-revoked", "alice", &["*"], None);
    revoke(&world, "was-revoked");
    world
}

/// The connection `one=` of the column, subscribed where its key allows it.
fn connect(world: &World, column: &str) {
    let key = match column {
        "late" | "of nobody" => None,
        "lacks it" | "session lacks it" => Some("lacks-it"),
        "has it" => Some("has-it"),
        "open" => Some("alice"),
        "expired" | "session over" => Some("expires"),
        "revoked" | "revoked, reaped" => Some("is-revoked"),
        other => panic!("no column is called {other}"),
    };
    if key != Some("expires") {
        world.clock.advance(LIFE);
    }
    assert_eq!(world.connect("one=", key), 200, "{column}");
    if key.is_some() {
        world.say("one=", &json!({"type": "subscribe", "channel": "prices"}));
    }
    match column {
        "expired" | "session over" => world.clock.advance(LIFE),
        "revoked" => revoke(world, "is-revoked"),
        "revoked, reaped" => {
            revoke(world, "is-revoked");
            assert_eq!(world.reap().expect("the stores answer")["expired"], 1);
        }
        _ => {}
    }
}

/// What a frame or a body is, in a word.
fn kind(answer: &Value) -> String {
    let name = match answer["code"].as_str() {
        Some(code) => code,
        None => answer["type"].as_str().unwrap_or_default(),
    };
    if let Some(page) = answer["connections"].as_array() {
        return format!("{name} of {}", page.len());
    }
    match answer["results"][0]["error"]["code"].as_str() {
        Some(code) => format!("{name} {code}"),
        None => name.to_owned(),
    }
}

fn spoken(world: &World, request: &Value) -> String {
    match world.tell_after("one=", request, WAIT) {
        Some(reply) => kind(&reply),
        None => {
            let frames = world.frames("one=");
            assert_eq!((frames.len(), world.push.closed().len()), (1, 1));
            format!("{}, closed", kind(&frames[0]))
        }
    }
}

fn asked(world: &World, request: &str, key: Option<&str>) -> String {
    let (route, body) = match request.split_once(" {") {
        Some((route, body)) => (route, format!("{{{body}")),
        None => (request, String::new()),
    };
    let (status, answer) = world.request(route, key, &body);
    let kind = match route {
        "GET /stats" | "POST /broadcast" | "GET /health" if status < 300 => String::new(),
        _ => kind(&answer),
    };
    format!("{status} {kind}").trim().to_owned()
}

#[test]
fn every_verb_answers_every_kind_of_connection_as_the_table_says() {
    let (names, rows) = read(VERBS);
    for row in rows {
        let request: Value = serde_json::from_str(row[0]).unwrap();
        for (column, expected) in names.iter().zip(&row).skip(2) {
            let world = world(AuthMode::Deferred, row[1]);
            connect(&world, column);
            let before = world.stored("one=");
            let answer = spoken(&world, &request);

            assert_eq!(answer, *expected, "{request} for {column}");
            if !answer.contains(char::is_lowercase) {
                assert_eq!(world.stored("one="), before, "{request} for {column}");
            }
        }
    }
}

#[test]
fn every_route_answers_every_caller_as_the_table_says() {
    let (names, rows) = read(ROUTES);
    for row in rows {
        for (column, expected) in names.iter().zip(&row).skip(2) {
            let world = world(AuthMode::Deferred, row[1]);
            let (key, connection) = match *column {
                "no key" => (None, "open"),
                "unknown" => (Some("unknown"), "open"),
                "lacks it" => (Some("only-lacks-it"), "open"),
                "bob" => (Some("bob"), "open"),
                "has it" => (Some("only-has-it"), "open"),
                "expired" => (Some("has-expired"), "open"),
                "revoked" => (Some("was-revoked"), "open"),
                session => (Some("alice"), session),
            };
            connect(&world, connection);
            let before = world.stored("one=");
            let answer = asked(&world, row[0], key);

            assert_eq!(answer, *expected, "{} for {column}", row[0]);
            if answer.starts_with('4') {
                assert_eq!(world.stored("one="), before, "{} for {column}", row[0]);
            }
        }
    }
}

#[test]
fn every_handshake_answers_as_the_table_says() {
    let (_, rows) = read(HANDSHAKES);
    for row in rows {
        let key = Some(row[0]).filter(|key| !key.is_empty());
        for (mode, expected) in [AuthMode::Deferred, AuthMode::Required]
            .iter()
            .zip(&row[1..])
        {
            let world = world(*mode, "");
            world.clock.advance(LIFE);
            let status = world.connect("one=", key).to_string();

            assert_eq!(status, *expected, "{key:?} {mode:?}");
            assert_eq!(world.stored("one=").is_some(), status == "200", "{key:?}");
        }
    }
}

/// No verb and no route is left out.
#[test]
fn the_tables_are_complete() {
    let (_, rows) = read(VERBS);
    let mut verbs: Vec<_> = rows
        .iter()
        .filter_map(|row| Some(llama_ws_wire::decode(row[0]).ok()?.verb.name()))
        .collect();
    verbs.sort_unstable();
    verbs.dedup();
    let contract = [
        "authenticate",
        "filters",
        "ping",
        "resume",
        "stats",
        "subscribe",
        "subscriptions",
        "unsubscribe",
    ];
    assert_eq!(verbs, contract);

    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../serverless.yml");
    let deployment = std::fs::read_to_string(path).unwrap();
    let mut deployed: Vec<_> = deployment
        .lines()
        .filter_map(|line| line.trim().strip_prefix("- httpApi: "))
        .collect();
    let (_, rows) = read(ROUTES);
    let mut routes: Vec<_> = rows
        .iter()
        .map(|row| {
            row[0]
                .split([' ', '?'])
                .take(2)
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect();
    deployed.sort_unstable();
    routes.sort_unstable();
    routes.dedup();
    assert_eq!(routes, deployed);
}
