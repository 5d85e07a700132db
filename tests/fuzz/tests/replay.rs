//! Every file of the corpus, and the same mutations of each on every run.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test fails by a panic"
)]

use std::fs;
use std::path::Path;

use llama_ws_fuzz::TARGETS;

/// Mutations of each file.
const MUTATIONS: u64 = 60;

#[test]
fn the_corpus_and_its_mutations_break_nothing() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for (name, check) in TARGETS {
        let mut files: Vec<_> = fs::read_dir(corpus.join(name))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        files.sort();
        assert!(files.len() >= 5, "{name} has no corpus");
        for file in files {
            let seed = fs::read(&file).unwrap();
            check(&seed);
            for n in 1..=MUTATIONS {
                check(&mutated(&seed, n));
            }
        }
    }
}

/// Up to four changes: a bit turned, a byte of JSON put in, a piece cut out or repeated.
fn mutated(seed: &[u8], n: u64) -> Vec<u8> {
    const JSON: &[u8] = b"{}[]\",:\\-0.e9tfnu \0\xff";
    let mut state = n.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut below = |end: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 33).unwrap() % end.max(1)
    };
    let mut bytes = seed.to_vec();
    for _ in 0..=below(4) {
        let at = below(bytes.len());
        let end = (at + below(16)).min(bytes.len());
        match below(4) {
            0 if at < bytes.len() => bytes[at] ^= 1 << below(8),
            1 => drop(bytes.drain(at..end)),
            2 => {
                let piece = bytes[at..end].to_vec();
                drop(bytes.splice(at..at, piece));
            }
            _ => bytes.insert(at, JSON[below(JSON.len())]),
        }
    }
    bytes
}
