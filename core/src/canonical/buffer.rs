//! Bytes that are appended in short runs.

/// Most runs are shorter than this; a copy of fixed length costs less than one of the right length.
const CHUNK: usize = 32;

/// Like a `Vec<u8>` that runs are appended to; the bytes behind `length` are room.
#[derive(Debug, Default)]
pub(super) struct Buffer {
    bytes: Vec<u8>,
    length: usize,
}

impl Buffer {
    pub(super) fn with_room(room: usize) -> Self {
        Self { bytes: vec![0; room + CHUNK], length: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.length
    }

    pub(super) fn as_slice(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    /// The bytes, and the room behind them.
    pub(super) fn with_room_behind(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn into_vec(mut self) -> Vec<u8> {
        self.bytes.truncate(self.length);
        self.bytes
    }

    /// Appends the bytes of `source` from `start` to `end`.
    #[inline(always)]
    pub(super) fn append(&mut self, source: &[u8], start: usize, end: usize) {
        let length = end.wrapping_sub(start);
        if length <= CHUNK
            && let Some(chunk) = source.get(start..).and_then(<[u8]>::first_chunk::<CHUNK>)
            && let Some(room) = self.bytes.get_mut(self.length..).and_then(<[u8]>::first_chunk_mut::<CHUNK>)
        {
            // What is too much is overwritten by the next run.
            *room = *chunk;
            self.length += length;
        } else {
            self.append_slice(source.get(start..end).unwrap_or_default());
        }
    }

    pub(super) fn push(&mut self, byte: u8) {
        match self.bytes.get_mut(self.length) {
            Some(room) => {
                *room = byte;
                self.length += 1;
            }
            None => self.append_slice(&[byte]),
        }
    }

    #[inline(never)]
    pub(super) fn append_slice(&mut self, run: &[u8]) {
        let length = self.length + run.len();
        if length > self.bytes.len() {
            self.grow(length);
        }
        if let Some(room) = self.bytes.get_mut(self.length..length) {
            room.copy_from_slice(run);
        }
        self.length = length;
    }

    /// Makes room for `length` bytes and some more. Memory is asked for in ever larger pieces, but only touched where
    /// it is about to be filled.
    #[cold]
    fn grow(&mut self, length: usize) {
        const STEP: usize = 1 << 16;
        self.bytes.reserve(length + CHUNK - self.bytes.len());
        let room = self.bytes.capacity().min(length + STEP);
        self.bytes.resize(room, 0);
    }
}
