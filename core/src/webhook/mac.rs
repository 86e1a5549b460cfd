//! HMAC-SHA256 of a message that is there as a whole, over the compression function of `sha2`.
//!
//! `hmac` takes messages in pieces, for which it needs a buffer, and wipes all of that after each message. Here the blocks
//! go from where they lie into the compression, and only the last ones, which hold the padding, are copied: for a short
//! body that is a seventh of the time. The result is `hmac`'s own type, which compares in constant time.

use hmac::Hmac;
use hmac::digest::CtOutput;
use hmac::digest::zeroize::Zeroize as _;
use sha2::block_api::compress256;
use sha2::{Digest as _, Sha256};

/// A MAC, which compares in constant time and is wiped when it is dropped.
pub(super) type Mac = CtOutput<Hmac<Sha256>>;

const BLOCK: usize = 64;

type Block = [u8; BLOCK];

/// The state of SHA-256: eight words.
#[derive(Clone)]
struct State([u32; 8]);

/// What a key makes of SHA-256's first state, for both of HMAC's hashes.
#[derive(Clone)]
pub(super) struct Keyed {
    inner: State,
    outer: State,
}

impl Keyed {
    pub(super) fn new(key: &[u8]) -> Self {
        let mut block = [0; BLOCK];
        match block.get_mut(..key.len()) {
            Some(start) => start.copy_from_slice(key),
            None => block.iter_mut().zip(Sha256::digest(key)).for_each(|(byte, hashed)| *byte = hashed),
        }
        let behind = |mut pad: Block| {
            let mut state = State::FIRST;
            state.compress(&[pad]);
            pad.zeroize();
            state
        };
        let keyed = Self { inner: behind(block.map(|byte| byte ^ 0x36)), outer: behind(block.map(|byte| byte ^ 0x5c)) };
        block.zeroize();
        keyed
    }

    pub(super) fn mac(&self, message: &[u8]) -> Mac {
        let hash = self.inner.clone().hash(message);
        Mac::new(self.outer.clone().hash(&hash).into())
    }
}

impl State {
    /// FIPS 180-4, section 5.3.3.
    const FIRST: Self =
        Self([0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19]);

    fn compress(&mut self, blocks: &[Block]) {
        compress256(&mut self.0, blocks);
    }

    /// The hash of one block, which led to this state, and the message.
    #[inline]
    fn hash(mut self, message: &[u8]) -> [u8; 32] {
        let (blocks, rest) = message.as_chunks();
        self.compress(blocks);
        // Behind the message come a bit, as many zeros as it takes, and how many bits there were, in 64 bits.
        let mut last = [[0; BLOCK]; 2];
        let bytes = last.as_flattened_mut();
        if let Some((start, [end, ..])) = bytes.split_at_mut_checked(rest.len()) {
            start.copy_from_slice(rest);
            *end = 0x80;
        }
        let blocks = if rest.len() < BLOCK - 8 { 1 } else { 2 };
        let bits = (message.len() as u64).wrapping_add(BLOCK as u64).wrapping_mul(8);
        if let Some((last, _)) = last.split_at_mut_checked(blocks) {
            if let Some(length) = last.as_flattened_mut().last_chunk_mut() {
                *length = bits.to_be_bytes();
            }
            self.compress(last);
        }
        let mut hash = [0; 32];
        hash.as_chunks_mut().0.iter_mut().zip(self.0).for_each(|(bytes, word)| *bytes = word.to_be_bytes());
        hash
    }
}

impl Drop for State {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use hmac::{Hmac, KeyInit as _, Mac as _};
    use proptest::prelude::*;
    use sha2::Sha256;

    use super::Keyed;
    use crate::webhook::headers::encode_hex;

    fn expected(key: &[u8], message: &[u8]) -> super::Mac {
        Hmac::<Sha256>::new_from_slice(key).expect("any length").chain_update(message).finalize()
    }

    #[test]
    fn messages_and_keys_of_every_length_around_a_block() {
        let bytes: Vec<u8> = (0..=u8::MAX).cycle().take(1000).collect();
        for length in (0..260).chain([511, 512, 513, 1000]) {
            let message = &bytes[..length];
            assert!(Keyed::new(b"key").mac(message) == expected(b"key", message), "{length}");
            assert!(Keyed::new(message).mac(b"message") == expected(message, b"message"), "{length}");
        }
    }

    #[test]
    fn rfc_4231() {
        let keys: [&[u8]; 3] = [&[0x0b; 20], b"Jefe", &[0xaa; 131]];
        let messages =
            ["Hi There", "what do ya want for nothing?", "Test Using Larger Than Block-Size Key - Hash Key First"];
        let macs = [
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
        ];
        for ((key, message), mac) in keys.into_iter().zip(messages).zip(macs) {
            assert_eq!(encode_hex(&Keyed::new(key).mac(message.as_bytes()).into_bytes()), mac);
        }
    }

    proptest! {
        #[test]
        fn any_key_and_message(key in proptest::collection::vec(any::<u8>(), 0..200), message in proptest::collection::vec(any::<u8>(), 0..600)) {
            prop_assert!(Keyed::new(&key).mac(&message) == expected(&key, &message));
        }
    }
}
