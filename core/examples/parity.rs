//! The Rust face of the parity test (`tests/parity`): answers the questions that `faces.py` describes over
//! standard input and output, in the frames of `frames.py`.

use std::io::{self, Read, Write};

use didit_core::webhook::{BuildError, Environment, HeaderTimestamp, Headers, Options, Scheme, UnixSeconds, Verifier};
use didit_core::{Error, canonicalize, canonicalize_strict};

type Item = Vec<Vec<u8>>;

fn main() -> io::Result<()> {
    let (mut input, mut output) = (io::stdin().lock(), io::stdout().lock());
    let mut head = [0; 4];
    while input.read_exact(&mut head).is_ok() {
        let mut frame = vec![0; u32::from_be_bytes(head) as usize];
        input.read_exact(&mut frame)?;
        let mut answers = Vec::new();
        for question in unpack(&frame) {
            pack(&mut answers, &answer(&question));
        }
        output.write_all(&number(answers.len()))?;
        output.write_all(&answers)?;
        output.flush()?;
    }
    Ok(())
}

fn answer(question: &[Vec<u8>]) -> Item {
    match question {
        [kind, body] if kind == b"c" => [canonicalize(body), canonicalize_strict(body)]
            .into_iter()
            .map(|outcome| told(outcome.map(|canonical| canonical.into_bytes().into_owned())))
            .collect(),
        [kind, body, fields @ ..] if kind == b"v" => vec![told(verify(body, fields))],
        // `p` asks for a parser's tree, which Rust programs do not have.
        _ => vec![b"!unknown question".to_vec()],
    }
}

fn told(outcome: Result<Vec<u8>, Error>) -> Vec<u8> {
    match outcome {
        Ok(bytes) => [b"=", bytes.as_slice()].concat(),
        Err(error) => format!("!{}", error.code().as_str()).into_bytes(),
    }
}

#[expect(clippy::expect_used, reason = "the questions come from the parity test and are well-formed")]
fn verify(body: &[u8], fields: &[Vec<u8>]) -> Result<Vec<u8>, Error> {
    let (options, rest) = fields.split_at_checked(8).expect("eight fields");
    let text = |at: usize| options.get(at).and_then(|field| str::from_utf8(field).ok()).expect("a text");
    let whole = |at: usize| text(at).parse::<u64>().expect("a number");
    let (secrets, pairs) = rest.split_at_checked(usize::try_from(whole(7)).expect("a size")).expect("the secrets");
    let environments = text(6);
    let options = Options {
        schemes: text(1).split(',').map(|name| Scheme::parse(name).expect("a scheme")).collect(),
        max_age: Some(whole(2)),
        max_future: whole(3),
        header_timestamp: HeaderTimestamp::parse(text(4)).expect("a choice"),
        max_body: usize::try_from(whole(5)).expect("a size"),
        environments: (!environments.is_empty())
            .then(|| environments.split(',').map(|name| Environment::parse(name).expect("an environment")).collect()),
    };
    let secrets: Vec<&[u8]> = secrets.iter().map(Vec::as_slice).collect();
    let verifier = match Verifier::new(&secrets, options) {
        Ok(verifier) => verifier,
        Err(BuildError::MissingSecret(error)) => return Err(error),
        Err(other) => return Ok(format!("refused the options: {other}").into_bytes()),
    };
    let mut headers = Headers::new();
    for pair in pairs.chunks_exact(2) {
        let [name, value] = pair else { continue };
        headers.push(name, value);
    }
    let now = UnixSeconds::new(text(0).parse().expect("seconds")).expect("seconds");
    let verified = verifier.verify(body, &headers, now)?;
    let event = verified.event();
    let told = format!(
        "{} {} {} {} {} {}\n",
        verified.scheme().as_str(),
        verified.covers().as_str(),
        verified.secret_index(),
        verified.signed_at(),
        event.kind().as_str(),
        event.outcome().as_str(),
    );
    Ok([told.as_bytes(), verified.bytes()].concat())
}

fn unpack(mut frame: &[u8]) -> Vec<Item> {
    let mut items = Vec::new();
    while let Some(count) = take_number(&mut frame) {
        items.push((0..count).map_while(|_| take_field(&mut frame)).collect());
    }
    items
}

fn take_number(frame: &mut &[u8]) -> Option<usize> {
    let (head, rest) = frame.split_first_chunk()?;
    *frame = rest;
    usize::try_from(u32::from_be_bytes(*head)).ok()
}

fn take_field(frame: &mut &[u8]) -> Option<Vec<u8>> {
    let length = take_number(frame)?;
    let (field, rest) = frame.split_at_checked(length)?;
    *frame = rest;
    Some(field.to_vec())
}

fn pack(frame: &mut Vec<u8>, item: &Item) {
    frame.extend(number(item.len()));
    for field in item {
        frame.extend(number(field.len()));
        frame.extend(field);
    }
}

fn number(value: usize) -> [u8; 4] {
    u32::try_from(value).unwrap_or(u32::MAX).to_be_bytes()
}
