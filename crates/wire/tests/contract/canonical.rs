//! Decoded requests and errors as the JSON of the vectors.

use llama_ws_wire::{
    Broadcast, BroadcastTarget, Credential, Dialect, ErrorBody, Options, Refusal, Request,
    Subscribe, Unsubscribe, UpdateFilters, Verb,
};
use serde_json::{Map, Value, json};

pub(crate) fn request(request: &Request) -> Value {
    let mut fields = match &request.verb {
        Verb::Authenticate(Credential::ApiKey(key)) => json!({ "apiKey": key }),
        Verb::Authenticate(Credential::Token(token)) => json!({ "token": token }),
        Verb::Subscribe(fields) => subscribe(fields),
        Verb::Unsubscribe(fields) => unsubscribe(fields),
        Verb::Filters(fields) => update_filters(fields),
        Verb::Resume(resume) => json!({ "since": resume.since }),
        Verb::Ping | Verb::Subscriptions | Verb::Stats => json!({}),
    };
    fields["verb"] = request.verb.name().into();
    fields["dialect"] = match request.dialect {
        Dialect::Type => "type".into(),
        Dialect::Action => "action".into(),
    };
    if let Some(id) = &request.id {
        fields["id"] = json!(id);
    }
    fields
}

pub(crate) fn subscribe(fields: &Subscribe) -> Value {
    let options = (fields.options != Options::default()).then_some(&fields.options);
    without_nulls(json!({
        "channels": fields.channels,
        "filters": fields.filters,
        "options": options,
        "since": fields.since,
    }))
}

pub(crate) fn unsubscribe(fields: &Unsubscribe) -> Value {
    without_nulls(json!({ "channels": fields.channels }))
}

pub(crate) fn update_filters(fields: &UpdateFilters) -> Value {
    without_nulls(json!({ "filters": fields.filters, "channels": fields.channels }))
}

pub(crate) fn broadcast(broadcast: &Broadcast) -> Value {
    let message = broadcast.message.get();
    match &broadcast.target {
        BroadcastTarget::All => json!({ "all": true, "message": message }),
        BroadcastTarget::Channel(channel) => json!({ "channel": channel, "message": message }),
    }
}

pub(crate) fn refusal(refusal: &Refusal) -> Value {
    let mut fields = error(&refusal.error);
    if let Some(id) = &refusal.id {
        fields["id"] = json!(id);
    }
    fields
}

pub(crate) fn error(error: &ErrorBody) -> Value {
    without_nulls(json!({ "code": error.code, "details": error.details }))
}

fn without_nulls(fields: Value) -> Value {
    let Value::Object(fields) = fields else {
        return fields;
    };
    let given: Map<_, _> = fields
        .into_iter()
        .filter(|(_, value)| !value.is_null())
        .collect();
    Value::Object(given)
}
