//! What a token says, and whether it may say so now. The signature has been checked before.

use std::time::Duration;

use llama_ws_core::{KeyLimits, MAX_USER_ID_BYTES, Permissions, Principal, UnixMillis, UserId};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

/// What a token without `permissions` allows.
const DEFAULT_PERMISSIONS: [&str; 2] = ["websocket:connect", "websocket:subscribe"];

/// The last second of the year 9999: an `exp` after it is a mistake, and would not fit every store.
const LATEST_SECONDS: u64 = 253_402_300_799;

/// What tokens must say to be for us.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Expected {
    /// Who must have issued them, if it matters.
    pub issuer: Option<String>,
    /// For whom they must be, if it matters.
    pub audience: Option<String>,
    /// How far the issuer's clock may be from ours.
    pub leeway: Duration,
}

/// The claims that matter. A claim that stands twice, or has another type, spoils the token.
#[derive(Deserialize)]
pub(crate) struct Claims {
    sub: String,
    exp: NumericDate,
    #[serde(default, deserialize_with = "some")]
    nbf: Option<NumericDate>,
    #[serde(default, deserialize_with = "some")]
    iss: Option<String>,
    #[serde(default, deserialize_with = "some")]
    aud: Option<Audience>,
    #[serde(default, deserialize_with = "some")]
    permissions: Option<Vec<String>>,
}

/// Seconds since the epoch, perhaps with a fraction (RFC 7519, 2).
struct NumericDate(UnixMillis);

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

impl Claims {
    /// Whose token it is, if it is for us and `now` is its time.
    ///
    /// The principal ends with `exp`. A token that only the leeway still admits ends with the
    /// leeway: otherwise its session would be over before it began.
    pub(crate) fn principal(self, expected: &Expected, now: UnixMillis) -> Option<Principal> {
        let end = self.exp.0;
        let latest = end.plus(expected.leeway);
        let is_over = now >= latest;
        let is_early = self
            .nbf
            .is_some_and(|begin| now.plus(expected.leeway) < begin.0);
        let is_ours = expected
            .issuer
            .as_ref()
            .is_none_or(|issuer| self.iss.as_ref() == Some(issuer))
            && expected
                .audience
                .as_ref()
                .is_none_or(|audience| self.aud.is_some_and(|aud| aud.names(audience)));
        let is_user = (1..=MAX_USER_ID_BYTES).contains(&self.sub.len());
        if is_over || is_early || !is_ours || !is_user {
            return None;
        }
        Some(Principal {
            user_id: UserId::new(self.sub),
            key_id: None,
            key_hash: None,
            permissions: match self.permissions {
                Some(granted) => Permissions::new(granted),
                None => Permissions::new(DEFAULT_PERMISSIONS),
            },
            expires_at: Some(if now < end { end } else { latest }),
            limits: KeyLimits::default(),
        })
    }
}

impl Audience {
    fn names(&self, wanted: &str) -> bool {
        match self {
            Self::One(audience) => audience == wanted,
            Self::Many(audiences) => audiences.iter().any(|audience| audience == wanted),
        }
    }
}

impl<'de> Deserialize<'de> for NumericDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let seconds = f64::deserialize(deserializer)?;
        let since_epoch = Duration::try_from_secs_f64(seconds)
            .ok()
            .filter(|since_epoch| since_epoch.as_secs() <= LATEST_SECONDS)
            .ok_or_else(|| D::Error::custom("not a date"))?;
        Ok(Self(UnixMillis(0).plus(since_epoch)))
    }
}

/// A claim that is there must have its type: `null` is not the same as nothing.
fn some<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}
