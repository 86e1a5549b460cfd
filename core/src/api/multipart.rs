//! `multipart/form-data`: a boundary that no part contains, chosen without chance.

use serde_json::Value;

use super::arguments::FilePart;

/// A text field or a file.
pub(crate) struct Part {
    name: String,
    file: Option<(String, String)>,
    bytes: Vec<u8>,
}

impl Part {
    pub(crate) fn file(wire: &str, file: &FilePart) -> Self {
        let content_type =
            file.content_type.as_deref().filter(|kind| kind.bytes().all(|byte| (32..127).contains(&byte)));
        let content_type = content_type.unwrap_or_else(|| sniff(&file.bytes)).to_owned();
        let filename = if file.filename.is_empty() { "file" } else { &file.filename };
        Self { name: wire.to_owned(), file: Some((filename.to_owned(), content_type)), bytes: file.bytes.clone() }
    }

    /// A list of scalars becomes several fields of one name; what is nested is written as JSON.
    pub(crate) fn fields(name: &str, value: &Value) -> Vec<Self> {
        let field = |bytes: String| Self { name: name.to_owned(), file: None, bytes: bytes.into_bytes() };
        match value {
            Value::Null => Vec::new(),
            Value::String(text) => vec![field(text.clone())],
            Value::Array(items) if items.iter().all(|item| !item.is_array() && !item.is_object()) => {
                items.iter().flat_map(|item| Self::fields(name, item)).collect()
            }
            other => vec![field(other.to_string())],
        }
    }
}

fn sniff(bytes: &[u8]) -> &'static str {
    let known: [(&[u8], &str); 5] = [
        (b"\xff\xd8\xff", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"%PDF-", "application/pdf"),
        (b"II*\0", "image/tiff"),
        (b"MM\0*", "image/tiff"),
    ];
    if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        return "image/webp";
    }
    known.iter().find(|(magic, _)| bytes.starts_with(magic)).map_or("application/octet-stream", |(_, kind)| kind)
}

/// As browsers do it: what would end the quoted name is percent-encoded.
fn quoted(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}

/// The content type with its boundary, and the body.
pub(crate) fn write(parts: &[Part]) -> (String, Vec<u8>) {
    let contains = |bytes: &[u8], text: &str| {
        bytes.windows(text.len()).any(|window| window.first() == Some(&b'-') && window == text.as_bytes())
    };
    let boundary = (0_u64..)
        .map(|number| format!("----didit-client-{number:016x}"))
        .find(|boundary| parts.iter().all(|part| !contains(&part.bytes, boundary)))
        .unwrap_or_default();
    let mut body = Vec::with_capacity(parts.iter().map(|part| part.bytes.len() + 256).sum());
    for part in parts {
        body.extend_from_slice(
            format!("--{boundary}\r\ncontent-disposition: form-data; name=\"{}\"", quoted(&part.name)).as_bytes(),
        );
        if let Some((filename, content_type)) = &part.file {
            let more = format!("; filename=\"{}\"\r\ncontent-type: {content_type}", quoted(filename));
            body.extend_from_slice(more.as_bytes());
        }
        body.extend_from_slice(b"\r\n\r\n");
        body.extend_from_slice(&part.bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    (format!("multipart/form-data; boundary={boundary}"), body)
}
