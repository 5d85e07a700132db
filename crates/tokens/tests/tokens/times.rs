//! When a token is good: to the millisecond, by the clock that is handed in.

use super::*;

#[tokio::test]
async fn a_token_ends_with_exp_and_may_be_shown_a_leeway_longer() {
    let issuer = an_issuer();
    let tokens = by_public_key(&issuer, expected());
    let token = issuer.token(&json!({"sub": "alice", "exp": NOW}));
    let end = at(NOW);
    let latest = end.plus(LEEWAY);
    let ms = Duration::from_millis(1);

    for (now, ends) in [
        (UnixMillis(0), Some(end)),
        (end.minus(ms), Some(end)),
        (end, Some(latest)),
        (end.plus(ms), Some(latest)),
        (latest.minus(ms), Some(latest)),
        (latest, None),
        (latest.plus(ms), None),
        (UnixMillis(u64::MAX), None),
    ] {
        let principal = judged(&tokens, &token, now).await;
        assert_eq!(principal.and_then(|one| one.expires_at), ends, "{now}");
    }
}

#[tokio::test]
async fn without_a_leeway_the_clocks_must_agree() {
    let issuer = an_issuer();
    let tokens = by_public_key(&issuer, Expected::default());
    let token = issuer.token(&json!({"sub": "alice", "nbf": NOW, "exp": NOW + 1}));

    for (now, good) in [
        (at(NOW).minus(Duration::from_millis(1)), false),
        (at(NOW), true),
        (at(NOW).plus(Duration::from_millis(999)), true),
        (at(NOW + 1), false),
    ] {
        assert_eq!(judged(&tokens, &token, now).await.is_some(), good, "{now}");
    }
}

#[tokio::test]
async fn a_token_is_not_good_before_nbf_but_for_the_leeway() {
    let issuer = an_issuer();
    let tokens = by_public_key(&issuer, expected());

    for (ahead, good) in [(29, true), (30, true), (31, false), (3_600, false)] {
        let token = issuer.token(&with("nbf", json!(NOW + ahead)));
        let judged = judged(&tokens, &token, at(NOW)).await;
        assert_eq!(judged.is_some(), good, "{ahead} s ahead");
    }
    let fraction = issuer.token(&with("nbf", json!(NOW as f64 + 30.5)));
    assert_eq!(judged(&tokens, &fraction, at(NOW)).await, None);
    let past = issuer.token(&with("nbf", json!(0)));
    assert!(judged(&tokens, &past, at(NOW)).await.is_some());
}

#[tokio::test]
async fn a_date_is_a_number_of_seconds_that_a_calendar_has() {
    let issuer = an_issuer();
    let tokens = by_public_key(&issuer, expected());
    let latest = 253_402_300_799_u64;
    let table = [
        (json!(NOW + 600), true),
        (json!(NOW as f64 + 600.5), true),
        (json!(latest), true),
        (json!(latest + 1), false),
        (json!(u64::MAX), false),
        (json!(1e300), false),
        (json!(0), false),
        (json!(-1), false),
        (json!(-1e300), false),
        (json!((NOW + 600).to_string()), false),
        (json!(""), false),
        (Value::Null, false),
        (json!(true), false),
        (json!([NOW + 600]), false),
        (json!({}), false),
    ];
    for (date, good) in table {
        let token = issuer.token(&json!({"sub": "alice", "exp": date}));
        let judged = judged(&tokens, &token, at(NOW)).await;
        assert_eq!(judged.is_some(), good, "{date}");
    }
    for claims in [
        r#"{"sub":"alice"}"#.to_owned(),
        r#"{"sub":"alice","exp":1e999}"#.to_owned(),
        r#"{"sub":"alice","exp":NaN}"#.to_owned(),
        format!(r#"{{"sub":"alice","exp":1,"exp":{}}}"#, NOW + 600),
    ] {
        let token = issuer.token_of(r#"{"alg":"EdDSA"}"#, &claims);
        assert_eq!(judged(&tokens, &token, at(NOW)).await, None, "{claims}");
    }
    for wrong in [json!("0"), Value::Null, json!(-1)] {
        let token = issuer.token(&with("nbf", wrong.clone()));
        assert_eq!(judged(&tokens, &token, at(NOW)).await, None, "nbf {wrong}");
    }
}

#[tokio::test]
async fn a_token_that_was_good_is_not_good_again_after_its_end() {
    let issuer = an_issuer();
    let tokens = by_public_key(&issuer, expected());
    let token = issuer.token(&claims());

    assert!(judged(&tokens, &token, at(NOW)).await.is_some());
    for later in [630, 631, 86_400] {
        assert_eq!(judged(&tokens, &token, at(NOW + later)).await, None);
    }
}
