//! The secrets: HMAC keys that are never shown, and the comparison that takes as long whatever matches.

use std::slice;

use hmac::KeyInit;
use hmac::block_api::HmacCore;
use hmac::digest::array::Array;
use hmac::digest::block_api::{Block, Buffer, FixedOutputCore, UpdateCore};
use hmac::digest::{CtOutput, Output};
use sha2::Sha256;

use crate::canonical::{BLOCK, Listener};

/// The MAC of a message of whole blocks, before its end is known.
type Mac = HmacCore<Sha256>;

/// The MAC of a message that goes on with `rest`, and ends there.
fn finish(mut mac: Mac, rest: &[u8]) -> CtOutput<Mac> {
    let mut buffer = Buffer::<Mac>::default();
    buffer.digest_blocks(rest, |blocks| mac.update_blocks(blocks));
    let mut output = Output::<Mac>::default();
    mac.finalize_fixed_core(&mut buffer, &mut output);
    output.into()
}

/// One secret, as the keyed state of the MAC. The state is wiped when it is dropped.
#[derive(Clone)]
pub(super) struct Key(Mac);

impl Key {
    /// The secret's bytes are the key as they are: nothing is trimmed, decoded or stripped.
    pub(super) fn new(secret: &[u8]) -> Option<Self> {
        if secret.is_empty() {
            return None;
        }
        Mac::new_from_slice(secret).ok().map(Self)
    }

    pub(super) fn mac(&self, message: &[u8]) -> [u8; 32] {
        finish(self.0.clone(), message).into_bytes().into()
    }
}

/// What to warn of about the secrets that begin or end with white space, or are nothing else, in words that show nothing of
/// them. They are used as they are all the same.
pub fn spaced_secrets(secrets: &[&[u8]]) -> Vec<String> {
    let warning = |(place, _): (usize, &&[u8])| {
        let which =
            if secrets.len() == 1 { "the webhook secret".to_owned() } else { format!("webhook secret {}", place + 1) };
        format!(
            "{which} has white space around it, which counts as a part of it: unless Didit's own has it too, every \
             delivery is refused as signature_mismatch; look for the end of a line in the file or variable that it \
             comes from"
        )
    };
    secrets.iter().enumerate().filter(|(_, secret)| has_space_around(secret)).map(warning).collect()
}

fn has_space_around(secret: &[u8]) -> bool {
    std::str::from_utf8(secret).map_or_else(|_| secret.trim_ascii() != secret, |text| text.trim() != text)
}

/// All accepted secrets.
#[derive(Clone)]
pub(super) struct Keys(Box<[Key]>);

impl Keys {
    /// `None` if there is no secret or one of them is empty.
    pub(super) fn new(secrets: &[&[u8]]) -> Option<Self> {
        let keys: Option<Box<[Key]>> = secrets.iter().map(|secret| Key::new(secret)).collect();
        keys.filter(|keys| !keys.is_empty()).map(Self)
    }

    /// The MACs of a message of which nothing is known yet.
    pub(super) fn macs(&self) -> Macs<'_> {
        let mut macs = self.0.iter().map(|key| key.0.clone());
        Macs { keys: self, first: macs.next(), others: macs.collect(), heard: 0 }
    }

    /// Which secret made this MAC of the message.
    pub(super) fn matching(&self, message: &[u8], mac: &[u8; 32]) -> Option<usize> {
        self.macs().matching(message, mac)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

/// The MACs of a message under all secrets, while it is found.
pub(super) struct Macs<'k> {
    keys: &'k Keys,
    /// Most have but one, which needs no memory of its own then.
    first: Option<Mac>,
    others: Vec<Mac>,
    heard: usize,
}

impl Macs<'_> {
    /// Which secret made this MAC of the message. All are tried, whichever matches. What has been heard is the start
    /// of the message.
    pub(super) fn matching(self, message: &[u8], mac: &[u8; 32]) -> Option<usize> {
        let rest = message.get(self.heard..)?;
        let mac = CtOutput::new(Array(*mac));
        let mut found = None;
        for (index, own) in self.first.into_iter().chain(self.others).enumerate() {
            let matches = finish(own, rest) == mac;
            if matches && found.is_none() {
                found = Some(index);
            }
        }
        found
    }

    #[cold]
    #[inline(never)]
    fn update_others(&mut self, blocks: &[Block<Mac>]) {
        self.others.iter_mut().for_each(|mac| mac.update_blocks(blocks));
    }
}

impl Listener for Macs<'_> {
    const LISTENS: bool = true;

    fn forget(&mut self) {
        if self.heard > 0 {
            *self = self.keys.macs();
        }
    }

    #[inline(always)]
    fn hear(&mut self, block: &[u8; BLOCK]) {
        let blocks = slice::from_ref(block);
        let blocks = Array::cast_slice_from_core(blocks);
        if let Some(mac) = &mut self.first {
            mac.update_blocks(blocks);
        }
        if !self.others.is_empty() {
            self.update_others(blocks);
        }
        self.heard = self.heard.wrapping_add(BLOCK);
    }
}

#[cfg(test)]
mod tests {
    use super::{has_space_around, spaced_secrets};

    #[test]
    fn space_around_a_secret_is_told() {
        for spaced in ["secret\n", " secret", "secret\r\n", "\tsecret", "secret\u{a0}", " ", "\n"] {
            assert!(has_space_around(spaced.as_bytes()), "{spaced:?}");
        }
        for plain in ["secret", "a secret", ""] {
            assert!(!has_space_around(plain.as_bytes()), "{plain:?}");
        }
        assert!(has_space_around(b"\xff\n") && !has_space_around(b"\xff"));
    }

    #[test]
    fn of_several_secrets_the_one_is_named() {
        let named = |secrets: &[&[u8]]| -> Vec<String> {
            let which = |warning: &String| warning.split(" has ").next().unwrap_or_default().to_owned();
            spaced_secrets(secrets).iter().map(which).collect()
        };
        assert_eq!(named(&[b"a\n"]), ["the webhook secret"]);
        assert_eq!(named(&[b" a", b"b", b"c "]), ["webhook secret 1", "webhook secret 3"]);
        assert!(named(&[b"a", b"b"]).is_empty() && named(&[]).is_empty());
    }
}
