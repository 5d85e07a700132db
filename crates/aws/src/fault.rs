//! What may be said in a log about a call that failed.

use std::error::Error;

use aws_sdk_lambda::config::http::HttpResponse;
use aws_sdk_lambda::error::SdkError;

/// The HTTP status of the answer, if there was one. Decisions are made by it and not by the
/// modelled error: a 410 may come with an empty body or one that is not JSON, which the SDK
/// cannot read.
pub(crate) fn status<E>(error: &SdkError<E, HttpResponse>) -> Option<u16> {
    error.raw_response().map(|answer| answer.status().as_u16())
}

/// Why there was no answer, or that there was one. Never text from an answer: it may repeat
/// what was sent.
pub(crate) fn reason<E>(error: &SdkError<E, HttpResponse>) -> String {
    match error {
        SdkError::DispatchFailure(failure) => failure.as_connector_error().map_or_else(
            || "dispatch failure".to_owned(),
            |connector| chain(connector),
        ),
        SdkError::ConstructionFailure(_) => "the request could not be built".to_owned(),
        SdkError::TimeoutError(_) => "timed out".to_owned(),
        SdkError::ResponseError(_) => "unreadable answer".to_owned(),
        _ => "an error answer".to_owned(),
    }
}

/// An error and what it came from.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
