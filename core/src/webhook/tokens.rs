//! JSON text that was checked before, token by token, for faces that make values of their language from it.

use std::borrow::Cow;

use crate::canonical::decode;

/// One token of a JSON text; names of members are strings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token<'a> {
    /// `{`
    Object,
    /// `[`
    Array,
    /// `}` or `]`
    End,
    /// A string or name, decoded.
    String(Cow<'a, str>),
    /// A number as it is written.
    Number(&'a str),
    /// `true` or `false`
    Bool(bool),
    /// `null`
    Null,
}

/// The tokens of a valid JSON text, such as an event's payload; commas, colons and white space are left out. Of
/// other texts the tokens mean nothing.
///
/// ```
/// use didit_core::webhook::{Token, Tokens};
///
/// let tokens: Vec<Token> = Tokens::new(br#"{"score": 95}"#).collect();
/// assert_eq!(tokens, [Token::Object, Token::String("score".into()), Token::Number("95"), Token::End]);
/// ```
#[derive(Clone)]
pub struct Tokens<'a> {
    rest: &'a [u8],
}

impl<'a> Tokens<'a> {
    /// The tokens of `json`.
    pub fn new(json: &'a [u8]) -> Self {
        Self { rest: json }
    }

    fn take(&mut self, length: usize) -> &'a [u8] {
        let (taken, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, &[]));
        self.rest = rest;
        taken
    }

    fn word(&mut self, length: usize, token: Token<'a>) -> Token<'a> {
        self.take(length);
        token
    }

    /// The inside of the string whose opening quote has been taken, and its closing quote.
    fn string(&mut self) -> Cow<'a, str> {
        let mut end = plain_run(self.rest, 0);
        let is_plain = self.rest.get(end) != Some(&b'\\');
        while self.rest.get(end) == Some(&b'\\') {
            end = plain_run(self.rest, end + 2);
        }
        let inside = self.take(end);
        self.take(1);
        match str::from_utf8(inside) {
            Ok(text) if is_plain => Cow::Borrowed(text),
            _ => decode(inside),
        }
    }
}

/// Where the next quote or backslash stands from `start` on, or the end. Eight bytes are looked at in one step.
fn plain_run(json: &[u8], start: usize) -> usize {
    const ONES: u64 = u64::MAX / 0xff;
    let has = |word: u64, byte: u8| {
        let zero = word ^ (ONES * u64::from(byte));
        zero.wrapping_sub(ONES) & !zero & (ONES << 7)
    };
    let mut at = start;
    while let Some(&word) = json.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let word = u64::from_le_bytes(word);
        let found = has(word, b'"') | has(word, b'\\');
        if found != 0 {
            return at + (found.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    let rest = json.get(at..).unwrap_or_default();
    at + rest.iter().position(|byte| matches!(byte, b'"' | b'\\')).unwrap_or(rest.len())
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        let between = |byte: &u8| matches!(byte, b',' | b':' | b' ' | b'\n' | b'\t' | b'\r');
        self.take(self.rest.iter().take_while(|byte| between(byte)).count());
        Some(match self.rest.first()? {
            b'{' => self.word(1, Token::Object),
            b'[' => self.word(1, Token::Array),
            b'}' | b']' => self.word(1, Token::End),
            b'"' => {
                self.take(1);
                Token::String(self.string())
            }
            b't' => self.word("true".len(), Token::Bool(true)),
            b'f' => self.word("false".len(), Token::Bool(false)),
            b'n' => self.word("null".len(), Token::Null),
            _ => {
                let ends = |byte: &u8| between(byte) || matches!(byte, b'}' | b']');
                let length = self.rest.iter().position(ends).unwrap_or(self.rest.len());
                Token::Number(str::from_utf8(self.take(length)).unwrap_or_default())
            }
        })
    }
}
