//! Layers as plain archives, however they are compressed.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::MultiGzDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

const GZIP: &[u8] = &[0x1f, 0x8b];
const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];
/// The first byte of a frame that holds notes, and the three behind it.
const ZSTD_NOTES: (u8, &[u8]) = (0x50, &[0x2a, 0x4d, 0x18]);

/// The archive within. Its first bytes say how it is compressed: media types lie.
pub fn unpack(file: File) -> io::Result<Box<dyn Read>> {
    let mut source = BufReader::with_capacity(128 << 10, file);
    let start = source.fill_buf()?;
    let notes = start.first().is_some_and(|first| first & 0xf0 == ZSTD_NOTES.0)
        && start.get(1..4) == Some(ZSTD_NOTES.1);
    if start.starts_with(GZIP) {
        return Ok(Box::new(MultiGzDecoder::new(source)));
    }
    if start.starts_with(ZSTD) || notes {
        return Ok(Box::new(Frames { source, decoder: FrameDecoder::new(), is_open: false }));
    }
    Ok(Box::new(source))
}

/// Frames of zstd one after another, as one stream: some builders write one for each file.
struct Frames<R> {
    source: R,
    decoder: FrameDecoder,
    is_open: bool,
}

impl<R: BufRead> Read for Frames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.is_open {
                if self.decoder.can_collect() > 0 {
                    return self.decoder.read(buffer);
                }
                if !self.decoder.is_finished() {
                    let blocks = BlockDecodingStrategy::UptoBlocks(1);
                    self.decoder
                        .decode_blocks(&mut self.source, blocks)
                        .map_err(io::Error::other)?;
                    continue;
                }
                self.is_open = false;
            }
            if self.source.fill_buf()?.is_empty() {
                return Ok(0);
            }
            match self.decoder.init(&mut self.source) {
                Ok(()) => self.is_open = true,
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => {
                    let mut notes = self.source.by_ref().take(length.into());
                    io::copy(&mut notes, &mut io::sink())?;
                }
                Err(why) => return Err(io::Error::other(why)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use ruzstd::encoding::{CompressionLevel, compress_to_vec};

    use super::*;

    fn check(name: &str, bytes: &[u8]) {
        let path =
            std::env::temp_dir().join(format!("lifeboat-unpack-{}-{name}", std::process::id()));
        std::fs::write(&path, bytes).unwrap();
        let mut text = String::new();
        unpack(File::open(&path).unwrap()).unwrap().read_to_string(&mut text).unwrap();
        std::fs::remove_file(&path).unwrap();
        assert_eq!(text, "one two", "{name}");
    }

    #[test]
    fn layers_are_read_however_they_are_compressed() {
        let gzip = |text: &str| {
            let level = flate2::Compression::default();
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), level);
            encoder.write_all(text.as_bytes()).unwrap();
            encoder.finish().unwrap()
        };
        let zstd = |text: &str| compress_to_vec(text.as_bytes(), CompressionLevel::Fastest);
        let notes = [&[0x51, 0x2a, 0x4d, 0x18, 3, 0, 0, 0][..], b"abc"].concat();
        check("plain", b"one two");
        check("gzip", &gzip("one two"));
        check("members", &[gzip("one "), gzip("two")].concat());
        check("zstd", &zstd("one two"));
        check("frames", &[zstd("one "), notes.clone(), zstd("two"), notes.clone()].concat());
        check("notes-first", &[notes, zstd("one two")].concat());
    }
}
