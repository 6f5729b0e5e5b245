//! The crypto floor: what one core of this machine can sign and verify, measured in the same run as the server.

use crate::{
    floor::Floor,
    operations::{CLIENT_CREDENTIALS, CODE, INTROSPECTION, REFERENCE, REFRESH},
};
use shared::tenant::SigningAlg::{ES256, ES384, RS256};
use std::time::{Duration, Instant};

pub struct Floors {
    es384_verify: Duration,
    es256_verify: Duration,
    es256_sign: Duration,
    rs256_sign: Duration,
}

impl Floors {
    pub fn measure() -> Floors {
        let [es384, es256, rs256] = [ES384, ES256, RS256].map(Floor::of);
        Floors {
            es384_verify: each(|| es384.verify()),
            es256_verify: each(|| es256.verify()),
            es256_sign: each(|| drop(es256.sign())),
            rs256_sign: each(|| drop(rs256.sign())),
        }
    }

    pub fn print(&self) {
        println!("Crypto floor: one core, aws-lc-rs alone");
        for (name, time) in [
            ("ES384 verify", self.es384_verify),
            ("ES256 verify", self.es256_verify),
            ("ES256 sign", self.es256_sign),
            ("RS256 sign", self.rs256_sign),
        ] {
            println!("  {name:<14} {:>8.0}/s", 1.0 / time.as_secs_f64());
        }
    }

    /// The cryptography that an operation can't do without.
    pub fn of(&self, operation: &str) -> Option<Duration> {
        match operation {
            CLIENT_CREDENTIALS => Some(self.es384_verify + self.es256_sign),
            REFERENCE => Some(self.es384_verify),
            // An access token and an id_token.
            CODE | REFRESH => Some(self.es256_sign + self.rs256_sign),
            INTROSPECTION => Some(self.es256_verify),
            _ => None,
        }
    }
}

/// The best of five: what else runs on the machine makes it slower and never faster.
fn each(work: impl Fn()) -> Duration {
    let round = || {
        let (start, mut times) = (Instant::now(), 0);
        while start.elapsed() < Duration::from_millis(100) {
            for _ in 0..16 {
                work();
            }
            times += 16;
        }
        start.elapsed() / times
    };
    (0..5).map(|_| round()).min().expect("five rounds")
}
