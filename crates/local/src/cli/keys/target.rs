//! Where the keys are: behind a local service, or in a table.

use clap::Args;

use crate::cli::{DEFAULT_URL, Exit};
use crate::client::{HttpClient, HttpUrl};
use crate::keys::{Answer, Command};

/// Where the keys are.
#[derive(Debug, Clone, Args)]
pub(super) struct TargetArgs {
    /// The local service whose keys they are
    #[arg(long, global = true, default_value = DEFAULT_URL)]
    url: HttpUrl,

    /// The keys of a table instead: `aws`, or the URL of a DynamoDB (a build with the feature `real`)
    #[arg(long, global = true, value_name = "WHERE", conflicts_with = "url")]
    dynamodb: Option<String>,

    /// The table's name
    #[arg(
        long,
        global = true,
        env = "API_KEYS_TABLE",
        value_name = "NAME",
        default_value = "llama-ws-api-keys"
    )]
    table: String,
}

/// Who carries out commands.
pub(super) enum Target {
    /// A service, by its local route.
    Service(Box<(HttpClient, HttpUrl)>),
    /// A table.
    #[cfg(feature = "real")]
    Table(llama_ws_aws::DynamoKeys),
}

impl Target {
    pub(super) async fn of(args: TargetArgs) -> Result<Self, Exit> {
        match args.dynamodb {
            Some(place) => table(&place, args.table).await,
            None => {
                let url = args
                    .url
                    .join("/keys")
                    .map_err(|error| Exit::failed(&error))?;
                Ok(Self::Service(Box::new((HttpClient::new(), url))))
            }
        }
    }

    pub(super) async fn run(&self, command: Command) -> Result<Answer, Exit> {
        match self {
            Self::Service(service) => {
                let (client, url) = service.as_ref();
                ask(client, url, &command).await
            }
            #[cfg(feature = "real")]
            Self::Table(keys) => {
                use llama_ws_core::ports::Clock;
                let now = llama_ws_functions::SystemClock.now();
                let answer = crate::keys::administer(keys, command, now).await;
                answer.map_err(|fault| Exit::failed(&fault))
            }
        }
    }
}

#[cfg(feature = "real")]
async fn table(place: &str, table: String) -> Result<Target, Exit> {
    let sdk = match place {
        "aws" => llama_ws_aws::sdk_config().await,
        endpoint => llama_ws_aws::local_sdk_config(endpoint).await,
    };
    Ok(Target::Table(llama_ws_aws::DynamoKeys::new(&sdk, table)))
}

#[cfg(not(feature = "real"))]
#[expect(
    clippy::unused_async,
    reason = "the same signature as with the feature"
)]
async fn table(_: &str, _: String) -> Result<Target, Exit> {
    Err(Exit::Failed(
        "this build knows no real stores: cargo build -p llama-ws-local --features real".to_owned(),
    ))
}

async fn ask(client: &HttpClient, url: &HttpUrl, command: &Command) -> Result<Answer, Exit> {
    let body = serde_json::to_vec(command).map_err(|error| Exit::failed(&error))?;
    let reply = client.post(url, body.into()).await;
    let reply = reply.map_err(|error| Exit::failed(&error))?;
    if !reply.status.is_success() {
        let answer: serde_json::Value = serde_json::from_slice(&reply.body).unwrap_or_default();
        let text = answer.get("message").and_then(|text| text.as_str());
        let status = reply.status.as_str();
        return Err(Exit::Failed(format!("{url}: {}", text.unwrap_or(status))));
    }
    serde_json::from_slice(&reply.body)
        .map_err(|_| Exit::Failed(format!("{url} answered something else (is it a llama-ws?)")))
}
