//! The secrets: HMAC keys that are never shown, and the comparison that takes as long whatever matches.

use std::slice;

use hmac::KeyInit;
use hmac::block_api::HmacCore;
use hmac::digest::array::Array;
use hmac::digest::block_api::{Block, Buffer, FixedOutputCore, UpdateCore};
use hmac::digest::{CtOutput, Output};
use sha2::Sha256;

use crate::canonical::{HASH_BLOCK, Listener};

/// The MAC of a message of whole blocks, before its end is known.
type Mac = HmacCore<Sha256>;

/// The MAC of a message that goes on with `rest`, and ends there. The state stays where it is, to be wiped there.
fn finish(mac: &mut Mac, rest: &[u8]) -> CtOutput<Mac> {
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
        finish(&mut self.0.clone(), message).into_bytes().into()
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
        // With room for all: what a list outgrows is not wiped.
        let mut keys = Vec::with_capacity(secrets.len());
        for secret in secrets {
            keys.push(Key::new(secret)?);
        }
        (!keys.is_empty()).then(|| Self(keys.into_boxed_slice()))
    }

    /// The MACs of a message of which nothing is known yet.
    pub(super) fn macs(&self) -> Macs<'_> {
        let mut macs = self.0.iter().map(|key| key.0.clone());
        let first = macs.next();
        let mut others = Vec::with_capacity(macs.len());
        others.extend(macs);
        Macs { keys: self, first, others, heard: 0 }
    }

    /// Which secret made this MAC of the message.
    pub(super) fn matching(&self, message: &[u8], mac: &[u8; 32]) -> Option<usize> {
        self.macs().matching(message, 0, mac)
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
    /// Which secret made this MAC of the message. All are tried, whichever matches. The first `heard` bytes of the
    /// message have been heard; where that is not what was heard, the message is begun anew.
    pub(super) fn matching(mut self, message: &[u8], heard: usize, mac: &[u8; 32]) -> Option<usize> {
        if self.heard != heard {
            return self.keys.matching(message, mac);
        }
        let rest = message.get(heard..)?;
        let mac = CtOutput::new(Array(*mac));
        let mut found = None;
        for (index, own) in self.first.iter_mut().chain(&mut self.others).enumerate() {
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

    #[inline(always)]
    fn hear(&mut self, block: &[u8; HASH_BLOCK]) {
        let blocks = slice::from_ref(block);
        let blocks = Array::cast_slice_from_core(blocks);
        if let Some(mac) = &mut self.first {
            mac.update_blocks(blocks);
        }
        if !self.others.is_empty() {
            self.update_others(blocks);
        }
        self.heard = self.heard.wrapping_add(HASH_BLOCK);
    }
}

#[cfg(test)]
mod tests {
    use hmac::{Hmac, KeyInit, Mac as _};
    use sha2::Sha256;

    use super::{HASH_BLOCK, Keys, Listener, has_space_around, spaced_secrets};

    #[test]
    fn a_mac_is_the_same_wherever_it_was_begun() {
        let message: Vec<u8> = (0..=200).collect();
        let secrets: Vec<Vec<u8>> = [1, 63, 64, 65, 200].map(|length| vec![b'k'; length]).into();
        let secrets: Vec<&[u8]> = secrets.iter().map(Vec::as_slice).collect();
        let all = Keys::new(&secrets).expect("secrets");
        for length in 0..message.len() {
            let message = &message[..length];
            for (index, secret) in secrets.iter().enumerate() {
                let mut other = Hmac::<Sha256>::new_from_slice(secret).expect("any length");
                other.update(message);
                let mac = other.finalize().into_bytes().into();
                assert_eq!(Keys::new(&[*secret]).and_then(|key| key.matching(message, &mac)), Some(0));
                for blocks in 0..=length / HASH_BLOCK {
                    let heard = blocks * HASH_BLOCK;
                    let mut macs = all.macs();
                    message.as_chunks().0.iter().take(blocks).for_each(|block| macs.hear(block));
                    assert_eq!(macs.matching(message, heard, &mac), Some(index));
                    // Something else was heard, or more or less than what counts.
                    let mut macs = all.macs();
                    (0..=blocks).for_each(|_| macs.hear(&[0; HASH_BLOCK]));
                    assert_eq!(macs.matching(message, heard, &mac), Some(index));
                }
                let mut wrong = mac;
                wrong[31] ^= 1;
                assert_eq!(all.matching(message, &wrong), None);
            }
        }
    }

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
