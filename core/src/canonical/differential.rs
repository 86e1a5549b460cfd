//! The fast passes against the full pass: where a fast one answers, the answers are the same.

use proptest::prelude::*;

use super::{
    Canonical, HASH_BLOCK, Listener, MAX_DEPTH, Members, Nobody, compact, full, gathered, spaced, spaces, unsorted,
};

/// Notes what it hears.
#[derive(Default)]
struct Notes(Vec<u8>);

impl Listener for Notes {
    const LISTENS: bool = true;

    fn hear(&mut self, block: &[u8; HASH_BLOCK]) {
        self.0.extend(block);
    }
}

/// The canonical form of a body, with what a listener heard of it, and what is said of the body checked.
fn heard(body: &[u8]) -> Option<(usize, Canonical<'_>)> {
    let text = String::from_utf8_lossy(body);
    let mut notes = Notes::default();
    let canonical = compact::canonicalize(body, usize::MAX, &mut notes)?;
    assert_eq!(notes.0.len(), canonical.heard, "{text}");
    assert!(canonical.bytes.starts_with(&notes.0), "{text}");
    if let Some(sent) = &canonical.sent {
        assert!(body.is_ascii(), "{text}");
        let scanned = Members::scan(body).expect("an object");
        assert!(sent.spans().eq(scanned.spans()), "{text}");
    } else {
        assert!(!body.is_ascii() || body == &*canonical.bytes, "{text}");
    }
    Some((canonical.heard, canonical))
}

/// What the pass over bodies in order made of a body: its canonical form, which the full pass made too.
fn fast(body: &[u8]) -> Option<Vec<u8>> {
    let mixed = in_any_order(body);
    let sorted = agreeing(body, |limit| compact::canonicalize(body, limit, &mut Nobody))?;
    // Whatever is taken there is taken here, and a listener changes nothing.
    assert_eq!(Some(&sorted), mixed.as_ref(), "{}", String::from_utf8_lossy(body));
    assert_eq!(heard(body).map(|(_, canonical)| canonical.bytes.into_owned()), mixed);
    Some(sorted)
}

/// What the pass over bodies in any order made of a body: its canonical form, which the full pass made too.
fn in_any_order(body: &[u8]) -> Option<Vec<u8>> {
    agreeing(body, |limit| unsorted::document(body, limit).map(gathered))
}

/// What a pass made of a body: its canonical form, which the full pass made too.
fn agreeing<'a>(body: &'a [u8], pass: impl Fn(usize) -> Option<Canonical<'a>>) -> Option<Vec<u8>> {
    let told = |canonical: &Canonical<'_>| {
        let borrowed = matches!(canonical.bytes, std::borrow::Cow::Borrowed(_));
        (canonical.bytes.to_vec(), canonical.members.clone(), canonical.has_duplicates, borrowed)
    };
    let fast = pass(usize::MAX)?;
    let full = full(body, usize::MAX)
        .unwrap_or_else(|error| panic!("only the fast pass takes {}: {error}", String::from_utf8_lossy(body)));
    assert_eq!(told(&fast), told(&full), "{}", String::from_utf8_lossy(body));
    // A limit that is too low by one byte is the full pass's to report; members that are replaced count there too.
    if !fast.has_duplicates {
        assert!(pass(fast.bytes.len() - 1).is_none());
    }
    Some(fast.bytes.into_owned())
}

/// What the pass without white space made of a body: its canonical form, which the full pass made too.
fn without_spaces(body: &[u8]) -> Option<Vec<u8>> {
    let told =
        |canonical: &Canonical<'_>| (canonical.bytes.to_vec(), canonical.members.clone(), canonical.has_duplicates);
    let fast = spaced(body, usize::MAX)?;
    let full = full(body, usize::MAX)
        .unwrap_or_else(|error| panic!("only without white space: {}: {error}", String::from_utf8_lossy(body)));
    assert_eq!(told(&fast), told(&full), "{}", String::from_utf8_lossy(body));
    Some(fast.bytes.into_owned())
}

#[test]
fn white_space_is_left_out_between_tokens_only() {
    let text = |body: &[u8]| spaces::without(body).map(|kept| String::from_utf8_lossy(&kept).into_owned());
    for before in (0..70).chain(120..130) {
        let name = "x".repeat(before);
        for (what, kept) in [
            ("\"a\" : 1", "\"a\":1"),
            ("\"a\"\t:\r\n[ \" , \" ,\n\n 1 ]", "\"a\":[\" , \",1]"),
            ("\"a \\\" , \": \"\\\\\" , \" ] \":2", "\"a \\\" , \":\"\\\\\",\" ] \":2"),
            (&format!("\"a\":{}1", " ".repeat(200)), "\"a\":1"),
            ("\"a\":1 ", "\"a\":1"),
        ] {
            let body = format!("{{\"{name}\":0,{what}}}");
            assert_eq!(text(body.as_bytes()).as_deref(), Some(&*format!("{{\"{name}\":0,{kept}}}")), "{body}");
        }
        for gap in [" ", "\n", &" ".repeat(63), &" ".repeat(64), &" ".repeat(65), &" ".repeat(130)] {
            for what in ["1{}2", "t{}rue", "1{}.5", "-{}1", "1.5e{}5", "x{}x"] {
                let body = format!("{{\"{name}\":{}}}", what.replace("{}", gap));
                assert_eq!(text(body.as_bytes()), None, "{body}");
            }
            for what in ["\"a\"{}\"b\"", "1{}\"b\"", "\"b\"{}1", "[{}]", "1{}:1", "{}1", "\\{}\"{}1"] {
                let body = format!("{{\"{name}\":{}}}", what.replace("{}", gap));
                without_spaces(body.as_bytes());
            }
        }
    }
    // Blocks of nothing else at the beginning, before some without any.
    for lead in (60..70).chain(124..132).chain([0, 192, 256]) {
        for blocks in 0..6 {
            let numbers: String = (100..100 + 16 * blocks).map(|number| format!("{number},")).collect();
            let body = format!("{}[{numbers} 1]", " ".repeat(lead));
            assert_eq!(text(body.as_bytes()).as_deref(), Some(&*format!("[{numbers}1]")), "{body}");
            assert!(without_spaces(body.as_bytes()).is_some());
        }
    }
    for body in ["", " ", "{}", "{\"a\":\" \"}", "\n\t ", "\"  ", "1"] {
        assert_eq!(text(body.as_bytes()), None, "{body}");
    }
    assert_eq!(text(b"  1\n").as_deref(), Some("1"));
}

fn takes(body: &str) {
    assert!(fast(body.as_bytes()).is_some(), "{body}");
}

fn leaves(body: &[u8]) {
    assert_eq!(fast(body), None, "{}", String::from_utf8_lossy(body));
}

#[test]
fn bodies_of_the_usual_kind_are_taken() {
    for body in [
        r#"{"a":1}"#,
        r#"{"a":"","b":"x","c":[],"d":{},"e":[{}],"f":[[]]}"#,
        r#"{"a":{"b":{"c":[1,2.5,-3,"x",null,true,false,{"d":0}]}},"b":0}"#,
        r#"{"":{"":{"":""}},"!":1}"#,
        r#"{"a":"\u00e9\ud83d\ude00\/\"\\\b\f\n\r\t\u0007\u0022","b":"é😀"}"#,
        r#"{"eight888":1,"eight8889":2,"eight888eight888":3,"eight888eight8889":4}"#,
        r#"{"eight888b":1,"eight888bb":2}"#,
        r#"{"eight888eight88":1,"eight888eight888":2}"#,
        r#"{"é":1,"～":2,"😀":3}"#,
        r#"{"a":0.0001,"b":-0.5,"c":1e-05,"d":123456789012345678901234567890}"#,
    ] {
        takes(body);
    }
}

#[test]
fn whatever_is_not_sure_is_left_to_the_full_pass() {
    for body in [
        // Not an object with a name right behind its brace, or something behind it.
        &b""[..],
        b"1",
        b"[]",
        b"\"a\"",
        b"{}",
        b"{ \"a\":1}",
        b"\xef\xbb\xbf{\"a\":1}",
        b"{\"a\":1} ",
        b"{\"a\":1}}",
        // White space.
        b"{\"a\" :1}",
        b"{\"a\": 1}",
        b"{\"a\":1 }",
        b"{\"a\":1, \"b\":1}",
        b"{\"a\":[1, 2]}",
        b"{\"a\":\n1}",
        // Names out of order, twice, or with an escape, at any depth.
        b"{\"b\":1,\"a\":2}",
        b"{\"a\":1,\"a\":1}",
        b"{\"a\":[{\"b\":1,\"a\":2}]}",
        b"{\"a\":{\"b\":1,\"b\":2}}",
        b"{\"a\":{\"b\":{},\"a\":2}}",
        b"{\"\":1,\"\":2}",
        b"{\"eight888b\":1,\"eight888a\":1}",
        b"{\"eight888b\":1,\"eight888\":1}",
        b"{\"eight888\":1,\"eight888\":1}",
        b"{\"\\u0061\":1}",
        b"{\"\\n\":1}",
        b"{\"a\":\"\\n\",\"b\\\"\":1}",
        b"{\"a\":{\"\\\\\":1}}",
        b"{\"ab\":1,\"a \":2}",
        b"{\"a!\":1,\"a\":2}",
        "{\"😀\":1,\"é\":2}".as_bytes(),
        // Numbers that are written in another way, or are none.
        b"{\"a\":1.0}",
        b"{\"a\":-0}",
        b"{\"a\":1e5}",
        b"{\"a\":0.10}",
        b"{\"a\":-0.0}",
        b"{\"a\":0.00001}",
        b"{\"a\":0.10000000000000001}",
        b"{\"a\":01}",
        b"{\"a\":1.}",
        b"{\"a\":-}",
        b"{\"a\":1e999}",
        b"{\"a\":+1}",
        // Grammar.
        b"{\"a\"}",
        b"{\"a\":}",
        b"{\"a\":1,}",
        b"{\"a\":1",
        b"{\"a",
        b"{\"",
        b"{\"a\":\"",
        b"{\"a\":[1,]}",
        b"{\"a\":[1}",
        b"{\"a\":{\"b\":1]",
        b"{\"a\":[\"b\":1]}",
        b"{\"a\",\"b\"}",
        b"{\"a\":nul}",
        b"{\"a\":nulL}",
        b"{\"a\":\"b\"\"c\"}",
        b"{\"a\":\"b\"1}",
        b"{\"a\":tru",
        b"{\"a\":fals}",
        b"{\"a\":\"b\",\"c\"",
        b"{,\"a\":1}",
        b"{\"a\":\\\"\"}",
        b"{\"a\":1\\,\"b\":2}",
        b"{\"a\"\\:1}",
        b"{\"a\":[,1]}",
        b"{\"a\":{,}}",
        b"{\"a\":[\"b\"\"c\"]}",
        // Strings.
        b"{\"a\":\"\\x\"}",
        b"{\"a\":\"\\ud800\"}",
        b"{\"a\":\"\\ud800\\u0041\"}",
        b"{\"a\":\"\\u12\"}",
        b"{\"a\":\"\\\"}",
        b"{\"a\":\"\x1f\"}",
        b"{\"a\":\"\0\"}",
        b"{\"a\":\"\xff\"}",
        b"{\"a\":\"\xc3\"}",
        b"{\"a\":\"\xed\xa0\x80\"}",
        b"{\"\xc3\":1}",
        b"{\"a\":\xc3\xa9}",
        b"{\"a\":\"\\",
    ] {
        leaves(body);
    }
    let deep = |depth| format!("{{\"a\":{}1{}}}", "[".repeat(depth - 1), "]".repeat(depth - 1));
    takes(&deep(MAX_DEPTH));
    leaves(deep(MAX_DEPTH + 1).as_bytes());
    for empty in ["[]", "{}"] {
        let deep = |depth| deep(depth - 1).replace('1', empty);
        takes(&deep(MAX_DEPTH));
        leaves(deep(MAX_DEPTH + 1).as_bytes());
    }
    takes(&format!("{{\"a\":{}}}", "7".repeat(4300)));
    leaves(format!("{{\"a\":{}}}", "7".repeat(4301)).as_bytes());
    // More escapes than letters that are written so would be.
    leaves(format!("{{\"a\":\"{}\"}}", "\\n".repeat(1_000)).as_bytes());
    takes(&format!("{{\"a\":\"{}\"}}", "\\u5c71".repeat(1_000)));
}

#[test]
fn most_of_a_body_of_many_members_is_heard_while_it_is_walked_through() {
    let members = |value: &str| (100..400).map(|number| format!("\"name{number}\":{value},")).collect::<String>();
    for value in ["1", "\"x\"", "\"\\u00e9\"", "\"\\n\"", "[1,\"\\ud83d\\ude00\",{}]", "1.5", "{\"a\":{\"b\":null}}"] {
        let body = format!("{{{}\"o\":[{}]}}", members(value), "\"x\",".repeat(400) + "0");
        let (heard, canonical) = heard(body.as_bytes()).expect("in order");
        let all = canonical.bytes.len();
        assert!(heard > all * 9 / 10, "{heard} of {all}: {value}");
    }
    assert_eq!(heard(b"{\"a\":1}").map(|(heard, _)| heard), Some(0));
}

#[test]
fn bodies_in_any_order_are_taken() {
    for body in [
        r#"{"b":1,"a":2}"#,
        r#"{"a":1,"a":2,"b":{"d":1,"c":{"f":1.0,"e":-0}}}"#,
        r#"{"b":95.0,"a":[1e5,{"y":1,"x":0.10},[]],"c":{}}"#,
        r#"{"b":"\u00e9","a":1.50,"d":"\n\u000a","c":{"z":"\/","y":"é"},"aa":[{"q":"\ud83d\ude00","p":1}]}"#,
        r#"{"b":"\u00e9","a":{}}"#,
        r#"{"b":["\u00e9",{"b":"\u00e9","a":{"b":"\u00e9","a":[2.0]}},"\u00e9"],"a":"\u00e9"}"#,
        r#"{"eight888b":1,"eight888a":2,"eight888":3,"eight88":4}"#,
        r#"{"a":-0.0,"b":0.00001,"c":0.10000000000000001}"#,
    ] {
        assert!(in_any_order(body.as_bytes()).is_some(), "{body}");
    }
    for body in [r#"{"b":1,"\u0061":2}"#, r#"{"b":1,"a":1e999}"#, r#"{"b":1,"a":2]"#, r#"{"b":1,"a":02}"#, "[]"] {
        assert!(in_any_order(body.as_bytes()).is_none(), "{body}");
    }
}

#[test]
fn it_does_not_matter_where_a_block_ends() {
    for what in [
        "\\\"",
        "\\\\",
        "\\\\\\\"",
        "\\u00e9",
        "\\ud83d\\ude00",
        "\\ud83d\\ude00\\\"",
        "\\n\\u000a",
        "é",
        "山",
        "😀",
        "\\/",
        "\\\\\\\\",
        "\\u0022",
        "\",\"b\":\"",
        "\",\"b\":[\"\",\"\"],\"c\":\"",
    ] {
        for before in (0..140).chain(480..550).chain(2_020..2_090) {
            let body = format!("{{\"a\":\"{}{what}\",\"z\":\"{what}\"}}", "x".repeat(before));
            if !what.contains("\"b\"") {
                takes(&body);
            }
            fast(body.replace("\"z\"", "\"d\"").as_bytes());
            // Cut off, and with a byte that is not what it was.
            for cut in 0..what.len() + 4 {
                leaves(&body.as_bytes()[..body.len() - 1 - cut]);
                let mut other = body.clone().into_bytes();
                other[6 + before + cut] = b'"';
                fast(&other);
                other[6 + before + cut] = 0x80;
                fast(&other);
            }
        }
    }
}

#[test]
fn tails_without_quotes_may_be_longer_than_what_is_looked_at_in_one_go() {
    for depth in [10, 63, 64, 65, 500, 999] {
        takes(&format!("{{\"a\":{}\"x\"{}}}", "[".repeat(depth), "]".repeat(depth)));
        takes(&format!("{{\"a\":\"x\",\"b\":[{}0]}}", "0,".repeat(depth * 3)));
    }
    takes(&format!("{{\"a\":\"{}\"}}", "\"},{\"".replace('"', "\\\"").repeat(1_000).replace("\\\"", "é")));
    takes(&format!("{{\"a\":[{}\"\"]}}", "\"\",".repeat(3_000)));
}

/// Members in order, compact, with escapes and numbers of all kinds.
fn member_lists() -> impl Strategy<Value = String> {
    let text = prop_oneof![
        "[a-z ]{0,20}",
        "[a-c]{8}[a-c]{0,9}",
        "(\\\\u00e9|\\\\ud83d\\\\ude00|\\\\n|\\\\\"|\\\\\\\\|\\\\/|x|é|😀){0,12}",
        "[ -!#-\\[\\]-~]{0,90}",
    ];
    let leaf = prop_oneof![
        text.prop_map(|text| format!("\"{text}\"")),
        "-?(0|[1-9][0-9]{0,17})(\\.[0-9]{1,8})?",
        any::<f64>().prop_filter("JSON", |value| value.is_finite()).prop_map(|value| format!("{value:?}")),
        Just("null".to_owned()),
        Just("true".to_owned()),
        Just("false".to_owned()),
    ];
    let name = prop_oneof!["[a-c]{0,3}", "eight888[ab]{0,10}", "[ !é😀a]{0,4}", "[a-z_]{1,30}"];
    let value = leaf.prop_recursive(5, 120, 10, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..8).prop_map(|items| format!("[{}]", items.join(","))),
            proptest::collection::btree_map(name.clone(), inner, 0..10).prop_map(|members| object(&members)),
        ]
    });
    proptest::collection::btree_map("[a-z]{1,12}", value, 1..12).prop_map(|members| object(&members))
}

/// The same value with its members in another order, compact; where it has an escape, that is in its short spelling.
fn shuffled(value: &serde_json::Value, order: &mut impl Iterator<Item = u8>) -> String {
    match value {
        serde_json::Value::Object(members) => {
            let mut members: Vec<_> = members
                .iter()
                .map(|(name, value)| (order.next(), format!("{}:{}", serde_json::json!(name), shuffled(value, order))))
                .collect();
            members.sort_by_key(|(order, _)| *order);
            let members: Vec<_> = members.into_iter().map(|(_, member)| member).collect();
            format!("{{{}}}", members.join(","))
        }
        serde_json::Value::Array(items) => {
            let items: Vec<_> = items.iter().map(|item| shuffled(item, order)).collect();
            format!("[{}]", items.join(","))
        }
        leaf => leaf.to_string(),
    }
}

fn object(members: &std::collections::BTreeMap<String, String>) -> String {
    let members: Vec<_> = members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
    format!("{{{}}}", members.join(","))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn random_bodies_and_their_mutants(
        body in member_lists(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 40),
        gaps in proptest::collection::vec((any::<prop::sample::Index>(), "[ \n\t\r]{1,3}| {60,130}"), 1..20),
        lead in prop_oneof![Just(0), Just(64), Just(128), 0_usize..200],
    ) {
        fast(body.as_bytes());
        // Between tokens, in the middle of them, and with a byte that is not what it was.
        let mut spaced = body.clone().into_bytes();
        for (at, gap) in &gaps {
            let at = at.index(spaced.len());
            spaced.splice(at..at, gap.bytes());
        }
        spaced.splice(..0, std::iter::repeat_n(b' ', lead));
        without_spaces(&spaced);
        let value: serde_json::Value = serde_json::from_str(&body).expect("JSON");
        let pretty = serde_json::to_string_pretty(&value).expect("JSON");
        if pretty.contains(": ") {
            prop_assert!(without_spaces(pretty.as_bytes()).is_some());
        }
        let shuffled = shuffled(&value, &mut changes.iter().map(|(_, order)| *order).cycle());
        if !shuffled.contains("\\") && shuffled.starts_with("{\"") {
            prop_assert!(in_any_order(shuffled.as_bytes()).is_some());
        }
        for (at, with) in &changes {
            let at = at.index(shuffled.len());
            let mut mutant = shuffled.clone().into_bytes();
            mutant[at] = b"\"\\{}[],:0 .e-u"[usize::from(with / 4) % 14];
            in_any_order(&mutant);
        }
        for (at, with) in &changes {
            let at = at.index(pretty.len());
            let mut mutant = pretty.clone().into_bytes();
            mutant[at] = b"\"\\{}[],:0 .e-u"[usize::from(with / 4) % 14];
            without_spaces(&mutant);
        }
        // The canonical form of a body of any kind is taken, unless its escapes are many or in names.
        if let Ok(canonical) = full(body.as_bytes(), usize::MAX)
            && !canonical.bytes.contains(&b'\\')
        {
            prop_assert!(fast(&canonical.bytes).is_some());
        }
        for (at, with) in changes {
            let at = at.index(body.len());
            let mut mutant = body.clone().into_bytes();
            match with % 4 {
                0 => mutant[at] = with,
                1 => mutant[at] = b"\"\\{}[],:0 .e-u"[usize::from(with / 4) % 14],
                2 => drop(mutant.remove(at)),
                _ => mutant.insert(at, b"\"\\{}[],:0 .e-u"[usize::from(with / 4) % 14]),
            }
            fast(&mutant);
            without_spaces(&mutant);
        }
    }
}
