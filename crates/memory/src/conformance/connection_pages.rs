//! Pages of the table of connections. A table whose indexes lag shows these checks its lag: they
//! are for one that does not.

use std::time::Duration;

use llama_ws_core::ports::{ConnectionStore, Page, Unavailable};
use llama_ws_core::{ConnectionDocument, ConnectionId, UserId};

use super::{Checked, Subject, TestTime};

pub async fn the_pages_of_a_user_are_its_connections_in_order<S: ConnectionStore, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let (user, stranger) = (on.new_user(), on.new_user());
    let mut wanted = Vec::new();
    for _ in 0..7 {
        let document = on.new_document_of(&user);
        on.store.create(&document).await?;
        on.store.create(&on.new_document_of(&stranger)).await?;
        on.store.create(&on.new_document()).await?;
        wanted.push(document.connection_id);
    }

    for limit in [1, 3, 6, 7, 8] {
        assert_eq!(ids_of_user(on, &user, limit).await?, wanted, "by {limit}");
    }
    assert_eq!(ids_of_user(on, &on.new_user(), 10).await?, []);
    Ok(())
}

pub async fn a_page_of_a_user_shows_the_newest_documents<S: ConnectionStore, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let user = on.new_user();
    let document = on.new_document();
    on.store.create(&document).await?;

    let authenticated = ConnectionDocument {
        principal: on.new_document_of(&user).principal,
        ..document.next()
    };
    on.store.update(&authenticated).await?;

    let page = on.store.of_user(&user, None, 10).await?;
    assert_eq!(page.documents, [authenticated]);
    Ok(())
}

pub async fn a_scan_returns_every_connection_once<S: ConnectionStore, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let mut created = Vec::new();
    for _ in 0..7 {
        let document = on.new_document();
        on.store.create(&document).await?;
        created.push(document.connection_id);
    }

    for limit in [1, 6, 7, 8] {
        let mut scanned = scanned_ids(on, limit).await?;
        scanned.retain(|id| created.contains(id));
        scanned.sort_unstable();
        assert_eq!(scanned, created, "by {limit}");
    }
    Ok(())
}

pub async fn an_expired_document_is_on_no_page<S: ConnectionStore, T: TestTime>(
    on: &Subject<S, T>,
) -> Checked {
    let user = on.new_user();
    let mut expired = on.new_document_of(&user);
    let life = expired.expires_at().since(expired.connected_at);
    expired.connected_at = on.time.now().minus(life + Duration::from_secs(2));
    on.store.create(&expired).await?;

    assert_eq!(ids_of_user(on, &user, 10).await?, []);
    assert!(!scanned_ids(on, 100).await?.contains(&expired.connection_id));
    Ok(())
}

async fn ids_of_user<S: ConnectionStore, T: TestTime>(
    on: &Subject<S, T>,
    user: &UserId,
    limit: usize,
) -> Result<Vec<ConnectionId>, Unavailable> {
    let mut pages = Pages::default();
    while pages.go_on {
        let page = on.store.of_user(user, pages.after.as_ref(), limit).await?;
        pages.turn(page, limit);
    }
    Ok(pages.ids)
}

async fn scanned_ids<S: ConnectionStore, T: TestTime>(
    on: &Subject<S, T>,
    limit: usize,
) -> Result<Vec<ConnectionId>, Unavailable> {
    let mut pages = Pages::default();
    while pages.go_on {
        let page = on.store.scan(pages.after.as_ref(), limit).await?;
        pages.turn(page, limit);
    }
    Ok(pages.ids)
}

/// Pages as they are turned.
struct Pages {
    ids: Vec<ConnectionId>,
    after: Option<ConnectionId>,
    go_on: bool,
}

impl Default for Pages {
    fn default() -> Self {
        Self {
            ids: Vec::new(),
            after: None,
            go_on: true,
        }
    }
}

impl Pages {
    fn turn(&mut self, page: Page, limit: usize) {
        assert!(page.documents.len() <= limit, "a page passed its limit");
        for document in page.documents {
            let id = document.connection_id;
            assert!(!self.ids.contains(&id), "{id} is on two pages");
            self.ids.push(id);
        }
        self.go_on = page.next.is_some();
        assert!(!self.go_on || page.next != self.after, "no page follows");
        self.after = page.next;
    }
}
