//! Options and arguments: what cannot be is a mistake in the command line, and nothing is ignored.

use serde_json::Value;

use crate::commands::{SECRET, run, text};
use crate::common::Webhooks;
use crate::process::{Folder, Serving, error_of};

#[test]
fn what_cannot_be_is_a_mistake_in_the_command_line() {
    let serve: [&[&str]; 17] = [
        &["--public-url", "notaurl"],
        &["--public-url", "ftp://a.example"],
        &["--public-url", "https://a.example/?x"],
        &["--now", "99999999999999"],
        &["--now", "-1"],
        &["--now", "nan"],
        &["--keep", "0"],
        &["--timeout", "0"],
        &["--timeout", "inf"],
        &["--speed", "nan"],
        &["--speed", "1e9"],
        &["--speed", "-1"],
        &["--credits", "-1"],
        &["--expire-after", "-1"],
        &["--kyc-expire-after", "-1"],
        &["--allow-host", "a b"],
        &["--allow-host", ""],
    ];
    let trigger: [&[&str]; 20] = [
        &["status.updated", "--to", "ftp://x"],
        &["status.updated", "--to", "notaurl"],
        &["session.exploded", "--to", "http://a.example"],
        &["status.updated", "--to", "http://a.example", "--misbehave", "shout"],
        &["status.updated", "--to", "http://a.example", "--misbehave", "drop"],
        &["status.updated", "--to", "http://a.example", "--misbehave", "reorder"],
        &["kyb.registry_search.resolved", "--to", "http://a.example", "--misbehave", "wrong_secret"],
        &["status.updated", "--to", "http://a.example", "--status", "Paused"],
        &["status.updated", "--to", "http://a.example", "--scenario", "nope"],
        &["transaction.created", "--to", "http://a.example", "--scenario", "approve"],
        &["status.updated", "--to", "http://a.example", "--now", "99999999999999"],
        &["status.updated", "--to", "http://a.example", "--set", "nothing"],
        &["status.updated", "--to", "http://a.example", "--set", "=1"],
        &["status.updated", "--to", "http://a.example", "--set", "a..b=1"],
        &["status.updated", "--to", "http://a.example", "--set", "status.foo=1"],
        &[
            "status.updated",
            "--to",
            "http://a.example",
            "--status",
            "Approved",
            "--set",
            "decision.face_matches.-1.score=1",
        ],
        &[
            "status.updated",
            "--to",
            "http://a.example",
            "--status",
            "Approved",
            "--set",
            "decision.face_matches.99999999.score=1",
        ],
        &[
            "status.updated",
            "--to",
            "http://a.example",
            "--status",
            "Approved",
            "--set",
            "decision.face_matches.7.score=1",
        ],
        &[
            "status.updated",
            "--to",
            "http://a.example",
            "--status",
            "Approved",
            "--set",
            "decision.face_matches.score=1",
        ],
        &["status.updated", "--to", "http://a.example", "--set", "new.1=1"],
    ];
    let others: [&[&str]; 13] = [
        &["listen", "--forward-to", "notaurl"],
        &["listen", "--forward-to", "http://a.example", "--interval", "0"],
        &["listen", "--forward-to", "http://a.example", "--interval", "nan"],
        &["listen", "--forward-to", "http://a.example", "--count", "0"],
        &["listen", "--forward-to", "http://a.example", "--destination", "x"],
        &["explain", "--delivery", "11111111-2222-4333-8444-555555555555", "a-file"],
        &["verify", "--delivery", "11111111-2222-4333-8444-555555555555", "--headers", "a-file"],
        &["verify", "--delivery", "x"],
        &["verify", "--now", "99999999999999"],
        &["recover", "--since", "yesterday"],
        &["recover", "--since", "2026-01-01", "--wait", "-1"],
        &["sign", "--timestamp", "99999999999999"],
        &["sign", "--timestamp", "-1"],
    ];
    let serve = serve.iter().map(|more| [&["serve", "--port", "0"], *more].concat());
    let trigger = trigger.iter().map(|more| [&["trigger"], *more].concat());
    for arguments in serve.chain(trigger).chain(others.iter().map(|all| all.to_vec())) {
        let output = run(&arguments, &[SECRET], "");
        let said = error_of(&output);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(!said.is_empty() && !said.contains('\x1b') && text(&output).is_empty(), "{arguments:?}: {said}");
        let output = run(&[arguments.as_slice(), &["--json"]].concat(), &[SECRET], "");
        let said = error_of(&output);
        let error: Value = serde_json::from_str(said.trim()).unwrap_or_else(|_| panic!("{arguments:?}: {said}"));
        assert!(output.status.code() == Some(2) && error["error"].is_string(), "{arguments:?}: {said}");
    }
    let output = run(&["serve", "--port", "0"], &[("DIDIT_WORKFLOW_ID", "notuuid")], "");
    assert_eq!(output.status.code(), Some(1));
    assert!(error_of(&output).contains("DIDIT_WORKFLOW_ID"), "{}", error_of(&output));
}

#[test]
fn hosts_are_names_of_this_machine_and_addresses_that_can_be_called() {
    for (host, called) in [("localhost", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("127.0.0.1", "127.0.0.1")] {
        let folder = Folder::new(host);
        let serving = Serving::start(&folder, &["--host", host], &[]);
        assert_eq!(serving.address(), format!("{called}:{}", serving.ready["port"]), "{host}");
        let port = serving.ready["port"].clone();
        let printed = text(&serving.stop("-TERM"));
        assert!(printed.contains(&format!("DIDIT_BASE_URL=http://{called}:{port}\n")), "{printed}");
    }
}

#[test]
fn trigger_goes_wrong_in_every_way_that_one_event_can() {
    let webhooks = Webhooks::start();
    let trigger = |more: &[&str]| {
        let common = ["trigger", "status.updated", "--to", &webhooks.url, "--now", "1790000000", "--json"];
        run(&[common.as_slice(), more].concat(), &[SECRET], "")
    };
    let output = trigger(&["--misbehave", "duplicate"]);
    let lines: Vec<Value> = text(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(output.status.success() && lines.len() == 2 && lines[0]["event_id"] == lines[1]["event_id"], "{lines:?}");
    let twice = webhooks.take(2);
    assert_eq!(twice[0].body, twice[1].body);
    assert_eq!(twice[0].header("x-signature-v2"), twice[1].header("x-signature-v2"));
    assert!(trigger(&["--misbehave", "delay"]).status.success());
    let late = webhooks.next();
    assert_eq!(late.verify(SECRET.1, 1_790_000_000), Err("timestamp_too_old".to_owned()));
    assert_eq!(late.verify(SECRET.1, 1_790_000_000 - 301), Ok(()));
    // The unsigned callback can only go wrong on its way.
    let unsigned = ["trigger", "kyb.registry_search.resolved", "--to", &webhooks.url, "--misbehave"];
    assert!(run(&[unsigned.as_slice(), &["reencoded"]].concat(), &[], "").status.success());
    assert!(webhooks.next().body.contains(&b'\n'));
}

#[test]
fn set_changes_what_is_there_and_nothing_else() {
    let webhooks = Webhooks::start();
    let sets = [
        "decision.id_verifications.0.warnings.0.risk=X",
        "decision.face_matches.1.score=1",
        "new.0.b=[1]",
        "vendor_data=null",
        "metadata={\"1\":2}",
        "metadata.1=b",
        "$.decision.liveness_checks[0].score=7",
    ];
    let mut all = vec!["trigger", "status.updated", "--to", &webhooks.url, "--status", "Declined"];
    all.extend(sets.iter().flat_map(|set| ["--set", set]));
    let output = run(&all, &[SECRET], "");
    assert!(output.status.success(), "{}", error_of(&output));
    let sent = webhooks.next().json();
    assert_eq!(sent["decision"]["id_verifications"][0]["warnings"][0]["risk"], "X");
    assert_eq!(sent["decision"]["face_matches"][1]["score"], 1);
    assert_eq!(sent["decision"]["liveness_checks"][0]["score"], 7);
    assert_eq!(
        (&sent["metadata"]["1"], &sent["new"][0]["b"][0], &sent["vendor_data"]),
        (&"b".into(), &1.into(), &Value::Null)
    );
}

#[test]
fn sign_says_where_a_body_has_no_time() {
    for (more, body, hint) in [
        (&[][..], r#"{"status":"Approved"}"#, true),
        (&["--json"][..], r#"{"status":"Approved"}"#, true),
        (&["--timestamp", "1790000000"][..], r#"{"status":"Approved"}"#, false),
        (&[][..], r#"{"status":"Approved","timestamp":1790000000}"#, false),
    ] {
        let output = run(&[&["sign"], more].concat(), &[SECRET], body);
        let said = error_of(&output);
        assert!(output.status.success(), "{said}");
        assert_eq!(said.contains("--timestamp"), hint, "{more:?}: {said}");
        assert_eq!(text(&output).contains("X-Timestamp"), !hint, "{more:?}: {}", text(&output));
    }
}
