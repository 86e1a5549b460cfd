//! The hosted page inside a page of one's own.

use super::check::is_web_url;
use crate::{Code, Error, FieldError, Http};

/// What the hosted flow needs, as the guide says.
const ALLOW: &str = "camera; microphone; fullscreen; autoplay; encrypted-media";

/// How the frame looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Frame<'a> {
    /// Its title, for screen readers.
    pub title: Option<&'a str>,
    /// A CSS width; `100%` where it is not given.
    pub width: Option<&'a str>,
    /// A CSS height; `700px` where it is not given.
    pub height: Option<&'a str>,
    /// The `id` of the element.
    pub id: Option<&'a str>,
    /// The `class` of the element.
    pub class: Option<&'a str>,
}

/// An `iframe` element for a session's `url`; every value is escaped.
///
/// # Errors
///
/// `invalid_argument` where the URL is not an https URL (http only for this machine), or a length is not
/// a number with a unit.
pub fn iframe_html(url: &str, frame: &Frame<'_>) -> Result<String, Error> {
    let host = url.get(7..).unwrap_or_default().split(['/', ':', '?', '#']).next().unwrap_or_default();
    let local = url.starts_with("http://") && matches!(host, "127.0.0.1" | "localhost");
    if !is_web_url(url) || !(local || url.starts_with("https://")) {
        return Err(refused("url", "is not an https URL"));
    }
    let (width, height) = (frame.width.unwrap_or("100%"), frame.height.unwrap_or("700px"));
    for (name, length) in [("width", width), ("height", height)] {
        // In a style sheet more than quotes would have to be escaped.
        if length.is_empty() || !length.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".%".contains(&byte)) {
            return Err(refused(name, "is not a length such as 100% or 700px"));
        }
    }
    let mut html = String::from("<iframe");
    let mut attribute = |name: &str, value: &str| {
        html.push_str(&format!(" {name}=\""));
        escape(&mut html, value);
        html.push('"');
    };
    attribute("src", url);
    attribute("title", frame.title.unwrap_or("Identity verification"));
    attribute("allow", ALLOW);
    attribute("style", &format!("width: {width}; height: {height}; border: none;"));
    if let Some(id) = frame.id {
        attribute("id", id);
    }
    if let Some(class) = frame.class {
        attribute("class", class);
    }
    html.push_str("></iframe>");
    Ok(html)
}

fn refused(name: &str, what: &str) -> Error {
    let fields = vec![FieldError::new(name, what)];
    Error::about(Code::InvalidArgument, format!("{name} {what}")).with_http(Http { fields, ..Http::default() })
}

fn escape(html: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            '`' => html.push_str("&#96;"),
            other => html.push(other),
        }
    }
}
