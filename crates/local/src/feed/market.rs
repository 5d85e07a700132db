//! The tokens and protocols of the sample stream. Prices and values are starting points of a
//! random walk, plausible and never up to date.

/// A token and where it is traded.
#[derive(Debug)]
pub(super) struct Token {
    pub(super) id: &'static str,
    pub(super) symbol: &'static str,
    /// US dollars.
    pub(super) price: f64,
    /// Tokens in circulation.
    pub(super) supply: f64,
    pub(super) decimals: u8,
    /// The usual move between two updates, as a fraction of the price.
    pub(super) volatility: f64,
    pub(super) chains: &'static [&'static str],
}

/// A protocol and where its value is locked, largest chain first.
#[derive(Debug)]
pub(super) struct Protocol {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    pub(super) category: &'static str,
    /// US dollars over all chains.
    pub(super) tvl: f64,
    pub(super) chains: &'static [&'static str],
    /// The token it gives out and lets vote.
    pub(super) token: Option<&'static str>,
}

const EVERY_EVM: &[&str] = &[
    "ethereum",
    "arbitrum",
    "base",
    "polygon",
    "optimism",
    "bsc",
    "avalanche",
];
const EVERYWHERE: &[&str] = &[
    "ethereum",
    "solana",
    "arbitrum",
    "base",
    "polygon",
    "optimism",
    "bsc",
    "avalanche",
];
const ROLLUPS: &[&str] = &["ethereum", "arbitrum", "base", "optimism", "polygon"];
const MAINNET: &[&str] = &["ethereum"];
const SOLANA: &[&str] = &["solana"];

const STABLE: f64 = 0.000_2;
const MAJOR: f64 = 0.002;
const MINOR: f64 = 0.005;
const WILD: f64 = 0.012;

/// Much traded first.
#[rustfmt::skip]
pub(super) const TOKENS: &[Token] = &[
    token("ethereum", "ETH", 2_750.0, 120.4e6, 18, MAJOR, ROLLUPS),
    token("bitcoin", "BTC", 68_000.0, 19.8e6, 8, MAJOR, &["bitcoin"]),
    token("tether", "USDT", 1.0, 119e9, 6, STABLE, EVERYWHERE),
    token("usd-coin", "USDC", 1.0, 36e9, 6, STABLE, EVERYWHERE),
    token("solana", "SOL", 172.0, 470e6, 9, MAJOR, SOLANA),
    token("binancecoin", "BNB", 590.0, 146e6, 18, MAJOR, &["bsc"]),
    token("wrapped-bitcoin", "WBTC", 67_900.0, 150e3, 8, MAJOR, EVERY_EVM),
    token("staked-ether", "STETH", 2_745.0, 9.8e6, 18, MAJOR, MAINNET),
    token("wrapped-steth", "WSTETH", 3_240.0, 3.4e6, 18, MAJOR, ROLLUPS),
    token("avalanche-2", "AVAX", 27.5, 407e6, 18, MINOR, &["avalanche"]),
    token("chainlink", "LINK", 11.8, 626e6, 18, MINOR, EVERY_EVM),
    token("uniswap", "UNI", 7.9, 600e6, 18, MINOR, ROLLUPS),
    token("aave", "AAVE", 148.0, 15e6, 18, MINOR, EVERY_EVM),
    token("matic-network", "MATIC", 0.38, 9.9e9, 18, MINOR, &["polygon", "ethereum"]),
    token("arbitrum", "ARB", 0.56, 3.8e9, 18, MINOR, &["arbitrum", "ethereum"]),
    token("optimism", "OP", 1.68, 1.25e9, 18, MINOR, &["optimism"]),
    token("dai", "DAI", 1.0, 5.3e9, 18, STABLE, EVERY_EVM),
    token("ethena-usde", "USDE", 1.0, 2.6e9, 18, STABLE, MAINNET),
    token("frax", "FRAX", 0.998, 645e6, 18, STABLE, ROLLUPS),
    token("lido-dao", "LDO", 1.12, 895e6, 18, MINOR, MAINNET),
    token("maker", "MKR", 1_240.0, 880e3, 18, MINOR, MAINNET),
    token("curve-dao-token", "CRV", 0.27, 1.2e9, 18, WILD, ROLLUPS),
    token("convex-finance", "CVX", 2.1, 98e6, 18, WILD, MAINNET),
    token("compound-governance-token", "COMP", 46.0, 8.7e6, 18, MINOR, MAINNET),
    token("rocket-pool", "RPL", 10.4, 20.9e6, 18, MINOR, ROLLUPS),
    token("havven", "SNX", 1.45, 329e6, 18, WILD, &["ethereum", "optimism"]),
    token("balancer", "BAL", 2.0, 59e6, 18, WILD, ROLLUPS),
    token("gmx", "GMX", 26.0, 9.7e6, 18, MINOR, &["arbitrum", "avalanche"]),
    token("pendle", "PENDLE", 4.6, 162e6, 18, WILD, ROLLUPS),
    token("pancakeswap-token", "CAKE", 1.85, 287e6, 18, MINOR, &["bsc", "ethereum", "base"]),
    token("joe", "JOE", 0.36, 384e6, 18, WILD, &["avalanche", "arbitrum"]),
    token("aerodrome-finance", "AERO", 1.25, 682e6, 18, WILD, &["base"]),
    token("velodrome-finance", "VELO", 0.11, 900e6, 18, WILD, &["optimism"]),
    token("jupiter-exchange-solana", "JUP", 0.82, 1.35e9, 6, WILD, SOLANA),
    token("raydium", "RAY", 2.7, 263e6, 6, WILD, SOLANA),
    token("jito-governance-token", "JTO", 2.2, 130e6, 9, WILD, SOLANA),
    token("bonk", "BONK", 0.000_021, 69e12, 5, WILD, SOLANA),
    token("dogwifcoin", "WIF", 2.35, 999e6, 6, WILD, SOLANA),
    token("shiba-inu", "SHIB", 0.000_017_5, 589e12, 18, WILD, MAINNET),
    token("pepe", "PEPE", 0.000_010_2, 420e12, 18, WILD, &["ethereum", "arbitrum"]),
];

/// Large ones first.
#[rustfmt::skip]
pub(super) const PROTOCOLS: &[Protocol] = &[
    protocol("lido", "Lido", "Liquid Staking", 26.4e9, &["ethereum", "solana"], Some("lido-dao")),
    protocol("aave-v3", "Aave V3", "Lending", 12.1e9, EVERY_EVM, Some("aave")),
    protocol("eigenlayer", "EigenLayer", "Restaking", 11.6e9, MAINNET, None),
    protocol("ether.fi", "ether.fi", "Liquid Restaking", 5.9e9, &["ethereum", "arbitrum"], None),
    protocol("makerdao", "MakerDAO", "CDP", 5.2e9, MAINNET, Some("maker")),
    protocol("uniswap-v3", "Uniswap V3", "Dexes", 3.7e9, EVERY_EVM, Some("uniswap")),
    protocol("rocket-pool", "Rocket Pool", "Liquid Staking", 3.4e9, MAINNET, Some("rocket-pool")),
    protocol("pendle", "Pendle", "Yield", 2.9e9, ROLLUPS, Some("pendle")),
    protocol("compound-v3", "Compound V3", "Lending", 2.1e9, ROLLUPS, Some("compound-governance-token")),
    protocol("uniswap-v2", "Uniswap V2", "Dexes", 1.8e9, EVERY_EVM, Some("uniswap")),
    protocol("curve-dex", "Curve DEX", "Dexes", 1.8e9, ROLLUPS, Some("curve-dao-token")),
    protocol("pancakeswap-amm", "PancakeSwap AMM", "Dexes", 1.7e9, &["bsc", "ethereum", "base"], Some("pancakeswap-token")),
    protocol("jito", "Jito", "Liquid Staking", 1.9e9, SOLANA, Some("jito-governance-token")),
    protocol("kamino-lend", "Kamino Lend", "Lending", 1.4e9, SOLANA, None),
    protocol("spark", "Spark", "Lending", 2.4e9, MAINNET, None),
    protocol("morpho-blue", "Morpho Blue", "Lending", 1.6e9, &["ethereum", "base"], None),
    protocol("convex-finance", "Convex Finance", "Yield", 1.1e9, MAINNET, Some("convex-finance")),
    protocol("raydium-amm", "Raydium AMM", "Dexes", 1.3e9, SOLANA, Some("raydium")),
    protocol("aerodrome-v1", "Aerodrome V1", "Dexes", 0.7e9, &["base"], Some("aerodrome-finance")),
    protocol("balancer-v2", "Balancer V2", "Dexes", 0.75e9, ROLLUPS, Some("balancer")),
    protocol("benqi-lending", "BENQI Lending", "Lending", 0.3e9, &["avalanche"], None),
    protocol("venus-core-pool", "Venus Core Pool", "Lending", 1.5e9, &["bsc", "ethereum", "arbitrum"], None),
    protocol("gmx-v2-perps", "GMX V2 Perps", "Derivatives", 0.46e9, &["arbitrum", "avalanche"], Some("gmx")),
    protocol("velodrome-v2", "Velodrome V2", "Dexes", 0.13e9, &["optimism"], Some("velodrome-finance")),
    protocol("quickswap-dex", "QuickSwap DEX", "Dexes", 0.11e9, &["polygon"], None),
    protocol("joe-v2.1", "Joe V2.1", "Dexes", 0.08e9, &["avalanche", "arbitrum"], Some("joe")),
];

const fn token(
    id: &'static str,
    symbol: &'static str,
    price: f64,
    supply: f64,
    decimals: u8,
    volatility: f64,
    chains: &'static [&'static str],
) -> Token {
    Token {
        id,
        symbol,
        price,
        supply,
        decimals,
        volatility,
        chains,
    }
}

const fn protocol(
    id: &'static str,
    name: &'static str,
    category: &'static str,
    tvl: f64,
    chains: &'static [&'static str],
    token: Option<&'static str>,
) -> Protocol {
    Protocol {
        id,
        name,
        category,
        tvl,
        chains,
        token,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn tables_are_as_large_as_promised_and_without_repeats() {
        let tokens: HashSet<_> = TOKENS.iter().map(|token| token.id).collect();
        let protocols: HashSet<_> = PROTOCOLS.iter().map(|protocol| protocol.id).collect();

        assert_eq!(
            (tokens.len(), protocols.len()),
            (TOKENS.len(), PROTOCOLS.len())
        );
        assert!(tokens.len() >= 40 && protocols.len() >= 25);
    }

    #[test]
    fn rows_are_complete() {
        for token in TOKENS {
            assert!(
                !token.chains.is_empty() && token.price > 0.0,
                "{}",
                token.id
            );
        }
        for protocol in PROTOCOLS {
            assert!(
                !protocol.chains.is_empty() && protocol.tvl > 0.0,
                "{}",
                protocol.id
            );
            assert!(
                protocol
                    .token
                    .is_none_or(|id| TOKENS.iter().any(|token| token.id == id)),
                "{} names an unknown token",
                protocol.id
            );
        }
    }
}
