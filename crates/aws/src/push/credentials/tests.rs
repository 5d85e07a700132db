use std::sync::atomic::{AtomicU64, Ordering};
use std::time::UNIX_EPOCH;

use aws_config::Region;
use aws_credential_types::provider::future;
use tokio::sync::Semaphore;

use super::*;

const START: UnixMillis = UnixMillis(1_790_000_000_000);
const HOUR: Duration = Duration::from_secs(60 * 60);

/// Credentials that are numbered, each good for an hour after the one before. It may be made to
/// wait, or to fail.
#[derive(Debug)]
struct Numbered {
    asked: AtomicU64,
    known: AtomicU64,
    open: Semaphore,
}

impl Numbered {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            asked: AtomicU64::new(0),
            known: AtomicU64::new(u64::MAX),
            open: Semaphore::new(Semaphore::MAX_PERMITS),
        })
    }

    fn asked(&self) -> u64 {
        self.asked.load(Ordering::SeqCst)
    }

    async fn next(&self) -> Result<Credentials, CredentialsError> {
        let number = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
        let _open = self.open.acquire().await;
        if number > self.known.load(Ordering::SeqCst) {
            return Err(CredentialsError::provider_error("told to"));
        }
        let hours = u32::try_from(number).unwrap();
        let end = UNIX_EPOCH + Duration::from_millis(START.0) + HOUR * hours;
        let id = format!("AKID{number}");
        Ok(Credentials::new(id, "SECRET", None, Some(end), "test"))
    }
}

impl ProvideCredentials for Numbered {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.next())
    }
}

fn cached(provider: &Arc<Numbered>) -> CachedCredentials {
    let shared: Arc<dyn ProvideCredentials> = Arc::clone(provider) as _;
    of(Some(SharedCredentialsProvider::from(shared)))
}

fn of(provider: Option<SharedCredentialsProvider>) -> CachedCredentials {
    let mut config = SdkConfig::builder().region(Region::new("us-east-1"));
    config.set_credentials_provider(provider);
    let audience = Audience {
        region: "us-east-1".to_owned(),
        service: "execute-api",
    };
    CachedCredentials::new(&config.build(), audience)
}

fn after(duration: Duration) -> UnixMillis {
    START.plus(duration)
}

#[tokio::test]
async fn they_are_asked_for_once_until_a_minute_before_their_end() {
    let provider = Numbered::new();
    let cached = cached(&provider);
    let last = HOUR.checked_sub(REFRESH_BEFORE_END).unwrap();
    let ms = Duration::from_millis(1);

    for (now, asked) in [
        (Duration::ZERO, 1),
        (last.checked_sub(ms).unwrap(), 1),
        (last, 2),
        (last + ms, 2),
    ] {
        cached.key(after(now)).await.unwrap();
        assert_eq!(provider.asked(), asked, "{now:?}");
    }
}

#[tokio::test]
async fn many_at_once_ask_once() {
    let provider = Numbered::new();
    let cached = cached(&provider);
    let keys = futures_util::future::join_all((0..100).map(|_| cached.key(START))).await;
    assert!(keys.iter().all(Result::is_ok));
    assert_eq!(provider.asked(), 1);
}

#[tokio::test]
async fn a_refresh_before_the_end_holds_up_only_one() {
    let provider = Numbered::new();
    let cached = cached(&provider);
    let first = cached.key(START).await.unwrap();
    let soon = after(HOUR.checked_sub(REFRESH_BEFORE_END).unwrap());
    provider.open.forget_permits(Semaphore::MAX_PERMITS);

    let refreshing = cached.key(soon);
    let others = async {
        tokio::task::yield_now().await;
        let key = cached.key(soon).await.unwrap();
        assert!(Arc::ptr_eq(&key, &first));
        provider.open.add_permits(1);
    };
    let (refreshed, ()) = tokio::join!(refreshing, others);
    assert!(!Arc::ptr_eq(&refreshed.unwrap(), &first));
    assert_eq!(provider.asked(), 2);
}

#[tokio::test]
async fn a_refresh_that_fails_costs_nothing_before_the_end() {
    let provider = Numbered::new();
    let cached = cached(&provider);
    cached.key(START).await.unwrap();
    provider.known.store(1, Ordering::SeqCst);
    let soon = HOUR.checked_sub(REFRESH_BEFORE_END).unwrap();

    for (now, asked) in [
        (soon, 2),
        (soon + REFRESH_INTERVAL / 2, 2),
        (soon + REFRESH_INTERVAL, 3),
    ] {
        assert!(cached.key(after(now)).await.is_ok());
        assert_eq!(provider.asked(), asked, "{now:?}");
    }
    let ended = cached.key(after(HOUR)).await;
    assert!(matches!(ended, Err(NoCredentials::Refused(_))));
}

#[tokio::test]
async fn a_new_day_has_a_new_key_of_the_same_credentials() {
    let lasting = Credentials::new("AKID", "SECRET", None, None, "test");
    let cached = of(Some(SharedCredentialsProvider::new(lasting)));
    let today = cached.key(START).await.unwrap();
    let tomorrow = cached.key(after(24 * HOUR)).await.unwrap();
    assert!(today.is_of(Day::of(START)));
    assert!(tomorrow.is_of(Day::of(after(24 * HOUR))));
    assert!(!tomorrow.is_of(Day::of(START)));
}

#[tokio::test]
async fn what_was_refused_is_replaced_once_for_all() {
    let provider = Numbered::new();
    let cached = cached(&provider);
    let refused = cached.key(START).await.unwrap();
    assert!(
        cached.replace(&refused, START).await.is_none(),
        "just fetched"
    );
    assert_eq!(provider.asked(), 1);

    let later = after(REFRESH_INTERVAL);
    let replacing = (0..100).map(|_| cached.replace(&refused, later));
    let replaced = futures_util::future::join_all(replacing).await;
    assert!(replaced.iter().all(Option::is_some));
    assert_eq!(provider.asked(), 2);
}

#[tokio::test]
async fn the_same_credentials_again_replace_nothing() {
    let lasting = Credentials::new("AKID", "SECRET", None, None, "test");
    let cached = of(Some(SharedCredentialsProvider::new(lasting)));
    let refused = cached.key(START).await.unwrap();
    let later = after(REFRESH_INTERVAL);
    assert!(cached.replace(&refused, later).await.is_none());
}

#[tokio::test]
async fn without_a_provider_there_are_none() {
    let key = of(None).key(START).await;
    assert!(matches!(key, Err(NoCredentials::Unconfigured)));
}
