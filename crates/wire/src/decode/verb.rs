//! Which verb, in which dialect, with which fields.

use super::object::Object;
use super::{authenticate, channels, filters, invalid_message, offset, options, value};
use crate::{
    Dialect, ErrorBody, ErrorCode, Resume, Subscribe, Unsubscribe, UpdateFilters, Verb, echo,
};

/// The verb and its fields. `action` wins over `type`; both must be texts.
pub(super) fn read(object: &Object<'_>) -> Result<(Dialect, Verb), ErrorBody> {
    let action = name(object, "action")?;
    let kind = name(object, "type")?;
    let (dialect, name) = match (action, kind) {
        (Some(action), _) => (Dialect::Action, action),
        (None, Some(kind)) => (Dialect::Type, kind),
        (None, None) => {
            return Err(ErrorBody::new(
                ErrorCode::UnknownType,
                "a message needs a `type` or an `action`",
            ));
        }
    };
    Ok((dialect, fields(object, &name)?))
}

fn name(object: &Object<'_>, key: &str) -> Result<Option<String>, ErrorBody> {
    let Some(raw) = object.get(key) else {
        return Ok(None);
    };
    value::string(raw)
        .map(Some)
        .ok_or_else(|| invalid_message(key, format!("`{key}` must be a string")))
}

fn fields(object: &Object<'_>, name: &str) -> Result<Verb, ErrorBody> {
    match name {
        "authenticate" => authenticate::read(object).map(Verb::Authenticate),
        "ping" => Ok(Verb::Ping),
        "subscribe" => subscribe(object).map(Verb::Subscribe),
        "unsubscribe" => unsubscribe(object).map(Verb::Unsubscribe),
        "subscriptions" | "get_subscriptions" => Ok(Verb::Subscriptions),
        "filters" | "update_filters" => update_filters(object).map(Verb::Filters),
        "stats" | "subscription_stats" => Ok(Verb::Stats),
        "resume" => resume(object).map(Verb::Resume),
        unknown => Err(ErrorBody::new(
            ErrorCode::UnknownType,
            format!("`{}` is not a request", echo(unknown)),
        )),
    }
}

/// The fields of `subscribe`, over WebSocket or HTTP.
pub(super) fn subscribe(object: &Object<'_>) -> Result<Subscribe, ErrorBody> {
    Ok(Subscribe {
        channels: channels::required(object)?,
        filters: filters::optional(object)?,
        options: options::read(object)?,
        since: offset::optional(object)?,
    })
}

/// The fields of `unsubscribe`, over WebSocket or HTTP.
pub(super) fn unsubscribe(object: &Object<'_>) -> Result<Unsubscribe, ErrorBody> {
    Ok(Unsubscribe {
        channels: channels::optional(object)?,
    })
}

/// The fields of `filters`, over WebSocket or HTTP.
pub(super) fn update_filters(object: &Object<'_>) -> Result<UpdateFilters, ErrorBody> {
    Ok(UpdateFilters {
        filters: filters::required(object)?,
        channels: channels::optional(object)?,
    })
}

fn resume(object: &Object<'_>) -> Result<Resume, ErrorBody> {
    Ok(Resume {
        since: offset::required(object)?,
    })
}
