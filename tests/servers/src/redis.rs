//! Redis and Valkey in the set-ups that the service is used with.

pub mod certificates;
mod cluster;
mod node;
mod talk;

use std::sync::{Arc, Mutex, PoisonError, Weak};

use self::certificates::Certificates;
use self::node::{Configuration, Node, Program};

pub use self::talk::{Socket, Subscriber};

/// The name of the user of [`Setup::Tls`], and its password, which no error may show.
pub const USER: (&str, &str) = ("llama", "a-users-secret");

/// What the service needs: its keys, its channels, and of the commands that are about the server
/// itself only how it stands.
const RIGHTS: &str = "~ws:* &events:* +@all -@admin -@dangerous +info";

const ADMIN_PASSWORD: &str = "an-admins-secret";

/// Which server, and how it is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setup {
    /// One Redis.
    Redis,
    /// One Valkey.
    Valkey,
    /// One Redis that is reached by TLS, as the ACL user `llama`. `localhost` is its name.
    Tls,
    /// A cluster of three nodes of Redis.
    Cluster,
}

impl Setup {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Redis, Self::Valkey, Self::Tls, Self::Cluster];
}

/// Running servers, or one that somebody else runs.
#[derive(Debug)]
pub struct Redis {
    url: String,
    /// None where somebody else runs it.
    nodes: Vec<Node>,
    admin_password: Option<&'static str>,
    authority: Option<String>,
}

static SHARED: Mutex<[Weak<Redis>; 4]> = Mutex::new([const { Weak::new() }; 4]);

impl Redis {
    /// One for all tests that keep to a cell of their own: what is not the cell's (pub/sub, the set
    /// of live connections, the limits by IP) they share. For [`Setup::Redis`] the one that
    /// `REDIS_URL` names, if it is set.
    #[must_use]
    pub fn shared(setup: Setup) -> Arc<Self> {
        let mut all = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        let [redis, valkey, tls, cluster] = &mut *all;
        let shared = match setup {
            Setup::Redis => redis,
            Setup::Valkey => valkey,
            Setup::Tls => tls,
            Setup::Cluster => cluster,
        };
        if let Some(server) = shared.upgrade() {
            return server;
        }
        let given = crate::given("REDIS_URL").filter(|_| setup == Setup::Redis);
        let server = Arc::new(match given {
            Some(url) => Self::of(url, Vec::new()),
            None => Self::start(setup),
        });
        *shared = Arc::downgrade(&server);
        server
    }

    /// One of its own.
    #[must_use]
    pub fn start(setup: Setup) -> Self {
        match setup {
            Setup::Redis => Self::single(Program::Redis, Configuration::default()),
            Setup::Valkey => Self::single(Program::Valkey, Configuration::default()),
            Setup::Tls => Self::with_tls(&Certificates::generate()),
            Setup::Cluster => {
                let nodes = cluster::start();
                let port = nodes.first().map_or(0, |node| node.port);
                Self::of(format!("redis-cluster://127.0.0.1:{port}"), nodes)
            }
        }
    }

    /// One Redis with these lines in its configuration.
    #[must_use]
    pub fn configured(lines: &[&str]) -> Self {
        let configuration = Configuration {
            lines: lines.iter().map(ToString::to_string).collect(),
            ..Configuration::default()
        };
        Self::single(Program::Redis, configuration)
    }

    /// [`Setup::Tls`] with a certificate of the caller's.
    #[must_use]
    pub fn with_tls(certificates: &Certificates) -> Self {
        let port = crate::free_port();
        let tls_port = format!("tls-port {port}");
        let (name, password) = USER;
        let user = format!("user {name} on >{password} {RIGHTS}");
        let admin = format!("requirepass {ADMIN_PASSWORD}");
        let lines = [
            tls_port.as_str(),
            "tls-cert-file server.crt",
            "tls-key-file server.key",
            "tls-auth-clients no",
            &admin,
            &user,
        ];
        let configuration = Configuration {
            lines: lines.map(ToOwned::to_owned).to_vec(),
            files: vec![
                ("server.crt", certificates.certificate.clone()),
                ("server.key", certificates.key.clone()),
            ],
        };
        let node = Node::start(Program::Redis, configuration);
        let url = format!("rediss://{name}:{password}@localhost:{port}");
        Self {
            admin_password: Some(ADMIN_PASSWORD),
            authority: Some(certificates.authority.clone()),
            ..Self::of(url, vec![node])
        }
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Who signed its certificate (PEM), if it has one.
    #[must_use]
    pub fn authority(&self) -> Option<&str> {
        self.authority.as_deref()
    }

    /// The first server's port for plain connections, on 127.0.0.1.
    ///
    /// # Panics
    /// When somebody else runs it.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.nodes.first().expect("it is the test's own").port
    }

    /// The port of every server.
    pub fn ports(&self) -> impl Iterator<Item = u16> {
        self.nodes.iter().map(|node| node.port)
    }

    /// Sends each server a signal: `-STOP` halts it, `-CONT` lets it go on, and its connections
    /// stay open meanwhile.
    pub fn signal(&self, signal: &str) {
        for node in &self.nodes {
            node.signal(signal);
        }
    }

    /// Kills the servers, and starts them again where they were from what they last saved.
    pub fn crash(&mut self) {
        for node in &mut self.nodes {
            node.crash();
        }
    }

    fn single(program: Program, configuration: Configuration) -> Self {
        let node = Node::start(program, configuration);
        Self::of(format!("redis://127.0.0.1:{}", node.port), vec![node])
    }

    fn of(url: String, nodes: Vec<Node>) -> Self {
        Self {
            url,
            nodes,
            admin_password: None,
            authority: None,
        }
    }
}
