//! The grammar of channels, name by name.

use llama_ws_core::MAX_ID_CHARS;
use llama_ws_tests::Stage;
use serde_json::json;

/// Names the contract has.
fn channels() -> Vec<String> {
    let longest = "x".repeat(MAX_ID_CHARS);
    let mut names: Vec<String> = [
        "prices",
        "tvl",
        "tvl_changes",
        "protocols",
        "alerts",
        "volumes",
        "liquidations",
        "governance",
        "emissions",
        "general",
        "token:a",
        "token:A.b_c-9",
        "token:ethereum:0xAbC",
        "token:coingecko:a:b",
        "protocol:uniswap-v3",
        "protocol:chain",
        "chain:Ethereum",
        "chain:prices",
        "chain:Ethereum:prices",
        "chain:Ethereum:tvl",
        "chain:tvl:tvl",
        "uniswap-v3:ethereum",
        "prices:ethereum",
        "Events:prices",
    ]
    .map(str::to_owned)
    .to_vec();
    names.extend([
        format!("token:{longest}"),
        format!("protocol:{longest}"),
        format!("chain:{longest}:tvl"),
        format!("{longest}:{longest}"),
    ]);
    names
}

/// And names it does not have.
fn no_channels() -> Vec<String> {
    let too_long = "x".repeat(MAX_ID_CHARS + 1);
    let mut names: Vec<String> = [
        "price",
        "Prices",
        "prices ",
        " prices",
        "all",
        "events",
        "token:",
        "token:a b",
        "token:é",
        "token:a/b",
        "token:a*",
        "protocol:",
        "protocol:a:b",
        "chain:",
        "chain:ethereum:volumes",
        "chain:ethereum:prices:x",
        "chain::prices",
        "a:b:c",
        ":ethereum",
        "aave:",
        ":",
        "Token:a:b",
        "events:events:prices",
    ]
    .map(str::to_owned)
    .to_vec();
    names.extend([
        format!("token:{too_long}"),
        format!("protocol:{too_long}"),
        format!("chain:{too_long}"),
        format!("{too_long}:ethereum"),
        format!("aave:{too_long}"),
    ]);
    names
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_name_of_the_contract_is_a_channel_with_and_without_prefix() {
    let stage = Stage::roomy().await;
    for name in channels() {
        let mut client = stage.client().await;
        client.join(&[&name, &format!("events:{name}")]).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_other_name_is_refused_with_and_without_prefix() {
    let stage = Stage::roomy().await;
    let mut client = stage.client().await;
    for name in no_channels() {
        for name in [name.clone(), format!("events:{name}")] {
            let request = json!({"type": "subscribe", "channels": [name]});
            let result = client.ask(&request).await["results"][0].take();
            assert_eq!(result["channel"], name);
            assert_eq!(result["error"]["code"], "INVALID_CHANNEL", "{name}");
        }
    }
}

/// Both spellings and every case of a chain or an address are one channel.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn spellings_of_a_channel_are_told_from_other_channels() {
    let same = [
        ("prices", "events:prices"),
        ("tvl", "events:tvl_changes"),
        ("token:0xAB", "events:token:0Xab"),
        ("token:Ethereum:0xAB", "token:ethereum:0xab"),
        ("protocol:0xAB", "protocol:0xab"),
        ("chain:Ethereum", "chain:ethereum"),
        ("chain:ETHEREUM:tvl", "events:chain:ethereum:tvl"),
        ("aave-v3:Base", "events:aave-v3:base"),
    ];
    let different = [
        ("token:Eth", "token:eth"),
        ("protocol:Aave", "protocol:aave"),
        ("Aave:base", "aave:base"),
        ("token:a", "protocol:a"),
        ("chain:a", "chain:a:tvl"),
    ];
    let stage = Stage::roomy().await;
    for (pairs, count) in [(same.as_slice(), 1), (different.as_slice(), 2)] {
        for (one, other) in pairs {
            let mut client = stage.client().await;
            client.join(&[one, other]).await;
            let reply = client.ask(&json!({"type": "subscriptions"})).await;
            let channels = reply["subscription"]["channels"].as_array().unwrap().len();
            assert_eq!(channels, count, "{one} and {other}");
        }
    }
}
