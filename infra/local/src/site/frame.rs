//! The frame of every page of the local server.

use super::stylesheet::{COPY, STYLESHEET};
use rules::secret::SecretHash;

/// `at` is the entry of the navigation that the page belongs to.
#[derive(Clone, Debug)]
pub struct Frame {
    pub at: &'static str,
    /// The name of the problem that is simulated here: the page says so, so that nobody looks for a fault.
    pub simulated: Option<String>,
}

impl Frame {
    pub fn at(at: &'static str) -> Frame {
        Frame { at, simulated: None }
    }

    pub fn simulating(self, simulated: Option<String>) -> Frame {
        Frame { simulated, ..self }
    }

    /// The path with a hash of the content, so that it can be cached for good.
    pub fn stylesheet(&self) -> String {
        format!("/launcher/style.css?v={}", version(&STYLESHEET))
    }

    pub fn copy_script(&self) -> String {
        format!("/launcher/copy.js?v={}", version(COPY))
    }

    pub fn is_at(&self, href: &str) -> bool {
        self.at == href
    }

    pub fn entries(&self) -> [(&'static str, &'static str); 4] {
        [
            ("/", "Launcher"),
            ("/launcher/agent", "An agent"),
            ("/launcher/register", "Register an app"),
            ("/launcher/validate", "Check"),
        ]
    }
}

fn version(content: &str) -> String {
    SecretHash::of(content).as_str().chars().take(12).collect()
}
