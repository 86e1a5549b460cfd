//! What a created session has beside its data.

use crate::Error;
use crate::api::generated::types::sessions::Session;
use crate::api::{Frame, iframe_html};

impl Session {
    /// `Some(true)` where Didit returned a session that existed before, which its status shows; `None`
    /// where it cannot be told, because an existing session that nobody has opened looks like a new one.
    pub fn reused(&self) -> Option<bool> {
        self.status().filter(|status| *status != "Not Started").map(|_| true)
    }

    /// The session's page as an `<iframe>`, all values escaped.
    ///
    /// # Errors
    ///
    /// As [`iframe_html`].
    pub fn iframe_html(&self, frame: &Frame<'_>) -> Result<String, Error> {
        iframe_html(self.url().unwrap_or_default(), frame)
    }
}
