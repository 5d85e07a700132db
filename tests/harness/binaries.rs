//! The project's own binaries, built when first asked for.

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Mutex, OnceLock};

/// Where the binary `name` of `package` is, after cargo has made sure that it is up to date.
pub fn binary(package: &str, arguments: &[&str], name: &str) -> PathBuf {
    static BUILT: OnceLock<Mutex<HashMap<String, ()>>> = OnceLock::new();
    let mut built = BUILT
        .get_or_init(Mutex::default)
        .lock()
        .expect("no build has panicked");
    built
        .entry(package.to_owned())
        .or_insert_with(|| build(package, arguments));
    drop(built);
    // target/debug/deps/e2e-… -> target/debug
    let test = std::env::current_exe().expect("this test is a file");
    let folder = test.ancestors().nth(2).expect("cargo's layout");
    folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

fn build(package: &str, arguments: &[&str]) {
    let status = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--locked", "--bins", "-p", package])
        .args(arguments)
        .status()
        .expect("cargo runs");
    assert!(status.success(), "cargo could not build {package}");
}
