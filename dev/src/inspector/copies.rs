//! A delivery or a call as a test of one's own: pytest, node:test, curl.

use serde_json::{Value, json};

use super::mask::MASK;
use crate::hub::CallEntry;
use crate::service::deliveries::Delivery;

/// The three texts.
#[derive(Debug, serde::Serialize)]
pub struct Copies {
    /// For pytest, with the package.
    pub pytest: String,
    /// For node:test, with the package.
    pub node: String,
    /// For a shell.
    pub curl: String,
}

/// Tests that expect of a delivery what was found: that it is genuine, or the code with which it is refused.
///
/// The secret comes from the environment, and the time by which it is judged is that of the delivery.
pub fn of_delivery(delivery: &Delivery, v1: bool, verdict: &str, now: i64) -> Copies {
    let headers: Value = serde_json::from_str(&delivery.request_header).unwrap_or_default();
    let (body, kind) = (quoted(&delivery.request_body), quoted(&delivery.webhook_type));
    let name = identifier(&delivery.webhook_type);
    let genuine = verdict == "genuine";
    let schemes = if v1 { (", schemes=(\"v1\",)", ", schemes: [\"v1\"]") } else { ("", "") };
    let python_expectation = if genuine {
        // A payload of V1 has no type.
        let expectation =
            if v1 { "assert verified.event".to_owned() } else { format!("assert verified.event.type == {kind}") };
        format!("    verified = verifier.verify(BODY, HEADERS, now={now})\n    {expectation}\n")
    } else {
        let verdict = quoted(verdict);
        format!(
            "    with pytest.raises(DiditError) as refused:\n        verifier.verify(BODY, HEADERS, now={now})\n    assert refused.value.code == {verdict}\n"
        )
    };
    let imports = if genuine {
        ("\nfrom didit_client import Verifier\n", "Verifier")
    } else {
        ("\nimport pytest\nfrom didit_client import DiditError, Verifier\n", "Verifier")
    };
    let pytest = format!(
        "import os\n{}\n# A delivery that didit-dev sent. DIDIT_WEBHOOK_SECRET is the secret of its destination.\nHEADERS = {}\nBODY = {body}.encode()\n\n\ndef test_{name}_{}():\n    verifier = {}(os.environ[\"DIDIT_WEBHOOK_SECRET\"]{})\n{python_expectation}",
        imports.0,
        indented(&headers),
        if genuine { "is_genuine" } else { "is_refused" },
        imports.1,
        schemes.0,
    );
    let node_expectation = if genuine {
        let expectation = if v1 { "assert.ok(event)".to_owned() } else { format!("assert.equal(event.type, {kind})") };
        format!("  const {{ event }} = verifier.verify(body, headers, {{ now: {now} }});\n  {expectation};\n")
    } else {
        format!(
            "  assert.throws(() => verifier.verify(body, headers, {{ now: {now} }}), {{ code: {} }});\n",
            quoted(verdict)
        )
    };
    let node = format!(
        "const assert = require(\"node:assert/strict\");\nconst {{ test }} = require(\"node:test\");\nconst {{ Verifier }} = require(\"didit-client\");\n\n// A delivery that didit-dev sent. DIDIT_WEBHOOK_SECRET is the secret of its destination.\nconst headers = {};\nconst body = Buffer.from({body});\n\ntest({}, () => {{\n  const verifier = new Verifier({{ secrets: process.env.DIDIT_WEBHOOK_SECRET{} }});\n{node_expectation}}});\n",
        indented(&headers),
        quoted(&format!("{} {}", delivery.webhook_type, if genuine { "is genuine" } else { "is refused" })),
        schemes.1,
    );
    let mut curl = format!("curl --request POST {}", shell(&delivery.request_url));
    for (name, value) in headers.as_object().into_iter().flatten() {
        let value = value.as_str().unwrap_or_default();
        curl.push_str(&format!(" \\\n  --header {}", shell(&format!("{name}: {value}"))));
    }
    curl.push_str(&format!(" \\\n  --data-raw {}\n", shell(&delivery.request_body)));
    Copies { pytest, node, curl }
}

/// Tests that make a call again and expect its status. What was hidden comes from the environment.
pub fn of_call(call: &CallEntry, body: &str) -> Copies {
    let shown = ["content-type", "accept"];
    let headers: serde_json::Map<String, Value> = call
        .request_headers
        .iter()
        .filter(|(name, _)| shown.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone().into()))
        .collect();
    let hidden = |name: &str| call.request_headers.iter().any(|(known, value)| known == name && value == MASK);
    let secrets: Vec<(&str, &str, &str)> =
        [("x-api-key", "", "DIDIT_API_KEY"), ("authorization", "Bearer ", "DIDIT_ACCESS_TOKEN")]
            .into_iter()
            .filter(|(name, ..)| hidden(name))
            .collect();
    let (method, path) = (quoted(&call.method), quoted(&call.path));
    let name = identifier(call.operation.unwrap_or("unknown"));
    let all = indented(&Value::Object(headers.clone()));
    let python_secrets: String = secrets
        .iter()
        .map(|(name, prefix, variable)| {
            format!("    headers[{}] = {} + os.environ[{}]\n", quoted(name), quoted(prefix), quoted(variable))
        })
        .collect();
    let node_secrets: String = secrets
        .iter()
        .map(|(name, prefix, variable)| {
            format!("  headers[{}] = `{prefix}${{process.env.{variable}}}`;\n", quoted(name))
        })
        .collect();
    let data = if body.is_empty() {
        ("None".to_owned(), "undefined".to_owned())
    } else {
        (format!("{}.encode()", quoted(body)), quoted(body))
    };
    let pytest = format!(
        "import os\nimport urllib.error\nimport urllib.request\n\n\ndef test_{name}_answers_{status}():\n    headers = {all}\n{python_secrets}    url = os.environ[\"DIDIT_BASE_URL\"] + {path}\n    request = urllib.request.Request(url, {data}, headers, method={method})\n    try:\n        answer = urllib.request.urlopen(request)\n    except urllib.error.HTTPError as error:\n        answer = error\n    assert answer.status == {status}\n",
        status = call.status,
        data = data.0,
        all = all.replace('\n', "\n    "),
    );
    let node = format!(
        "const assert = require(\"node:assert/strict\");\nconst {{ test }} = require(\"node:test\");\n\ntest({title}, async () => {{\n  const headers = {all};\n{node_secrets}  const url = process.env.DIDIT_BASE_URL + {path};\n  const answer = await fetch(url, {{ method: {method}, headers, body: {data}, redirect: \"manual\" }});\n  assert.equal(answer.status, {status});\n}});\n",
        title = quoted(&format!("{} answers {}", call.operation.unwrap_or("an unknown path"), call.status)),
        status = call.status,
        data = data.1,
        all = all.replace('\n', "\n  "),
    );
    let mut curl = format!("curl --include --request {} \"$DIDIT_BASE_URL\"{}", call.method, shell(&call.path));
    for (name, value) in &headers {
        curl.push_str(&format!(
            " \\\n  --header {}",
            shell(&format!("{name}: {}", value.as_str().unwrap_or_default()))
        ));
    }
    for (name, prefix, variable) in &secrets {
        curl.push_str(&format!(" \\\n  --header \"{name}: {prefix}${variable}\""));
    }
    if !body.is_empty() {
        curl.push_str(&format!(" \\\n  --data-raw {}", shell(body)));
    }
    curl.push('\n');
    Copies { pytest, node, curl }
}

/// A string that Python, JavaScript and JSON read alike.
fn quoted(text: &str) -> String {
    json!(text).to_string()
}

fn indented(value: &Value) -> String {
    let Some(members) = value.as_object().filter(|members| !members.is_empty()) else { return "{}".to_owned() };
    let lines: String = members.iter().map(|(name, value)| format!("    {}: {value},\n", quoted(name))).collect();
    format!("{{\n{lines}}}")
}

fn identifier(text: &str) -> String {
    text.chars().map(|one| if one.is_ascii_alphanumeric() { one.to_ascii_lowercase() } else { '_' }).collect()
}

fn shell(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_end_nothing() {
        assert_eq!(shell("it's $HOME `x`"), r"'it'\''s $HOME `x`'");
        assert_eq!(quoted("a\"b\\u00e9\n"), r#""a\"b\\u00e9\n""#);
        assert_eq!(identifier("status.updated"), "status_updated");
    }
}
