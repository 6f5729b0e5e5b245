//! What is driven: the machine-facing requests, each with what it needs made beforehand, and the cryptography in it.

use crate::{
    drive::{Script, Scripts},
    floor::Floor,
    http::{Connection, Reply},
    login::{Login, PASSWORD},
    options::Load,
    peers,
    requests::{APP, Client, ELLIPTIC, by_assertion, by_secret, discovery, exchange, introspect, json, refresh, text},
    served::Served,
};
use rules::{
    secret::ChosenSecretHash,
    tenant::SigningAlg::{ES256, ES384, RS256},
};
use serde_json::Value;
use std::{
    sync::{Arc, Mutex},
    thread,
};

/// More than any second of it can use; so the time ends first and not the requests.
const ASSERTIONS_PER_SECOND: f64 = 5000.0;
const CODES_PER_SECOND: f64 = 3000.0;
const TOKENS_PER_SECOND: f64 = 8000.0;

pub struct Operation<'a> {
    pub server: &'a Served,
    pub name: &'static str,
    /// What each connection does in one round.
    pub scripts: Box<dyn Fn() -> Scripts<'a> + 'a>,
    /// The cryptography that it can't do without, once.
    pub floor: Option<Box<dyn Fn() + 'a>>,
}

pub struct Operations<'a> {
    server: &'a Served,
    load: &'a Load,
    es384: Floor,
    es256: Floor,
    rs256: Floor,
}

impl<'a> Operations<'a> {
    pub fn of(server: &'a Served, load: &'a Load) -> Operations<'a> {
        let [es384, es256, rs256] = [ES384, ES256, RS256].map(Floor::of);
        Operations { server, load, es384, es256, rs256 }
    }

    pub fn in_turn(&self) -> Vec<Operation<'_>> {
        let verify_and_sign = || {
            self.es384.verify();
            self.es256.sign();
        };
        let sign = || {
            self.es256.sign();
        };
        // An access token and an id_token.
        let sign_two = || {
            self.es256.sign();
            self.rs256.sign();
        };
        let sign_two_short = || {
            self.es256.sign();
            self.es256.sign();
        };
        let hash = ChosenSecretHash::of_password(PASSWORD).expect("a hash");
        let with_password = move || {
            hash.matches(PASSWORD);
            sign_two();
        };
        let mut all = vec![
            self.operation("discovery", || self.each(&discovery()), None::<fn()>),
            self.operation("client_credentials, ES384", || self.assertions("backend"), Some(verify_and_sign)),
            self.operation("  with a reference token", || self.assertions("opaque"), Some(|| self.es384.verify())),
            self.operation("client_credentials, Basic", || self.each(&by_secret()), Some(sign)),
            self.operation("introspection, the first", || self.first_introspections(), Some(|| self.es256.verify())),
            self.operation("introspection, the second", || self.introspections(), None::<fn()>),
            self.operation("authorization_code, Basic", || self.exchanges(), Some(sign_two)),
            self.operation("refresh_token, Basic", || self.refreshes(), Some(sign_two)),
            self.operation("login in a session", || self.logins(Login::in_session, APP), Some(sign_two)),
            self.operation("  all by ES256", || self.logins(Login::in_session, ELLIPTIC), Some(sign_two_short)),
            self.operation("login with pages", || self.logins(Login::with_pages, APP), Some(with_password)),
        ];
        if self.server.is_peer() {
            all.retain(|operation| peers::OPERATIONS.contains(&operation.name));
        }
        all
    }

    fn operation<'b>(
        &'b self,
        name: &'static str,
        scripts: impl Fn() -> Scripts<'b> + 'b,
        floor: Option<impl Fn() + 'b>,
    ) -> Operation<'b> {
        Operation {
            server: self.server,
            name,
            scripts: Box::new(scripts),
            floor: floor.map(|floor| Box::new(floor) as Box<dyn Fn()>),
        }
    }

    fn script(&self, one: impl Fn() -> Script<'a>) -> Scripts<'a> {
        Scripts { each: (0..self.load.connections).map(|_| one()).collect(), requests: 1 }
    }

    /// From the app's request to its tokens, again and again.
    fn logins(&self, begin: fn(&Served, Client) -> Login, app: Client) -> Scripts<'a> {
        let mut requests = 0;
        let each = (0..self.load.connections).map(|_| {
            let mut login = begin(self.server, app);
            requests = login.requests();
            Box::new(move |last: Option<&Reply>| Some(login.next(last))) as Script<'a>
        });
        Scripts { each: each.collect(), requests }
    }

    /// The same request again and again.
    fn each(&self, request: &[u8]) -> Scripts<'a> {
        self.script(|| {
            let request = request.to_vec();
            Box::new(move |_| Some(request.clone()))
        })
    }

    /// Each request once, by whichever connection comes to it.
    fn once(&self, requests: Vec<Vec<u8>>) -> Scripts<'a> {
        let queue = Arc::new(Mutex::new(requests));
        self.script(|| {
            let queue = queue.clone();
            Box::new(move |_| queue.lock().expect("nobody panicked").pop())
        })
    }

    /// The same token again and again: an instance that has seen it.
    fn introspections(&self) -> Scripts<'a> {
        let token = text(&self.tokens(1)[0], self.server.introspected());
        self.each(&introspect(&token))
    }

    /// Each token once.
    fn first_introspections(&self) -> Scripts<'a> {
        let count = (self.load.time.as_secs_f64() * TOKENS_PER_SECOND) as usize;
        self.once(self.tokens(count).iter().map(|tokens| introspect(&text(tokens, "access_token"))).collect())
    }

    fn exchanges(&self) -> Scripts<'a> {
        let count = (self.load.time.as_secs_f64() * CODES_PER_SECOND) as usize;
        self.once(self.server.codes(count).iter().map(|code| exchange(APP, code)).collect())
    }

    /// A chain for each connection: each refresh token is used once and brings the next.
    fn refreshes(&self) -> Scripts<'a> {
        let chain = |tokens: Value| -> Script<'a> {
            let mut token = text(&tokens, "refresh_token");
            Box::new(move |last| {
                if let Some(reply) = last {
                    token = text(&json(reply), "refresh_token");
                }
                Some(refresh(&token))
            })
        };
        Scripts { each: self.tokens(self.load.connections).into_iter().map(chain).collect(), requests: 1 }
    }

    fn tokens(&self, count: usize) -> Vec<Value> {
        let mut connection = Connection::open(&self.server.address);
        if self.server.is_peer() {
            let mut login = Login::in_session(self.server, APP);
            return (0..count).map(|_| json(&login.goes_to_the_end(&mut connection))).collect();
        }
        self.server.codes(count).iter().map(|code| json(&connection.send(&exchange(APP, code)))).collect()
    }

    /// Signed beforehand, on every core: the client's work is not what is measured.
    fn assertions(&self, client_id: &str) -> Scripts<'a> {
        let audience = format!("http://{}/load/token", self.server.address);
        let count = (self.load.time.as_secs_f64() * ASSERTIONS_PER_SECOND) as usize;
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let signed = || (0..count.div_ceil(cores)).map(|_| by_assertion(client_id, &audience)).collect::<Vec<_>>();
        self.once(thread::scope(|scope| {
            let running: Vec<_> = (0..cores).map(|_| scope.spawn(signed)).collect();
            running.into_iter().flat_map(|thread| thread.join().expect("signed")).collect()
        }))
    }
}
