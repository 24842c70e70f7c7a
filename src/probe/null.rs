//! An image that does nothing but answer: what a runtime takes for it, it takes for any.

use std::fs;
use std::path::Path;

use lifeboat_contract::Digest;
use lifeboat_oci::{Descriptor, Layout, media_type};

use crate::intent::Health;

/// Where the program lies in memory, with the file's head before it.
const ADDRESS: u64 = 0x40_0000;
const HEAD_BYTES: u64 = 64 + 56;

/// A server of one connection after another: it reads once, answers, and closes. System calls
/// alone, so that it needs no library; they take what is in [`data`] behind the code.
#[rustfmt::skip]
const X86_64: &[u8] = &[
    // socket(2, 1, 0): TCP over IPv4
    0xb8, 0x29, 0x00, 0x00, 0x00, 0xbf, 0x02, 0x00, 0x00, 0x00, 0xbe, 0x01, 0x00, 0x00, 0x00,
    0x31, 0xd2, 0x0f, 0x05,
    // ebx = it; setsockopt(ebx, 1, 2, one, 4): take a port that was used just now
    0x89, 0xc3, 0xb8, 0x36, 0x00, 0x00, 0x00, 0x89, 0xdf, 0xbe, 0x01, 0x00, 0x00, 0x00, 0xba,
    0x02, 0x00, 0x00, 0x00, 0x4c, 0x8d, 0x15, 0x6f, 0x00, 0x00, 0x00, 0x41, 0xb8, 0x04, 0x00,
    0x00, 0x00, 0x0f, 0x05,
    // bind(ebx, address, 16)
    0xb8, 0x31, 0x00, 0x00, 0x00, 0x89, 0xdf, 0x48, 0x8d, 0x35, 0x5d, 0x00, 0x00, 0x00, 0xba,
    0x10, 0x00, 0x00, 0x00, 0x0f, 0x05,
    // listen(ebx, 128)
    0xb8, 0x32, 0x00, 0x00, 0x00, 0x89, 0xdf, 0xbe, 0x80, 0x00, 0x00, 0x00, 0x0f, 0x05,
    // room for a request; accept(ebx, 0, 0)
    0x48, 0x81, 0xec, 0x00, 0x10, 0x00, 0x00, 0xb8, 0x2b, 0x00, 0x00, 0x00, 0x89, 0xdf, 0x31,
    0xf6, 0x31, 0xd2, 0x0f, 0x05,
    // ebp = it; read(ebp, room, 4096)
    0x89, 0xc5, 0x31, 0xc0, 0x89, 0xef, 0x48, 0x89, 0xe6, 0xba, 0x00, 0x10, 0x00, 0x00, 0x0f, 0x05,
    // write(ebp, answer, 38)
    0xb8, 0x01, 0x00, 0x00, 0x00, 0x89, 0xef, 0x48, 0x8d, 0x35, 0x26, 0x00, 0x00, 0x00, 0xba,
    0x26, 0x00, 0x00, 0x00, 0x0f, 0x05,
    // close(ebp)
    0xb8, 0x03, 0x00, 0x00, 0x00, 0x89, 0xef, 0x0f, 0x05,
    // back to accept
    0xeb, 0xc3,
];
/// The same.
#[rustfmt::skip]
const AARCH64: &[u32] = &[
    // socket(2, 1, 0)
    0xd280_0040, 0xd280_0021, 0xd280_0002, 0xd280_18c8, 0xd400_0001,
    // x19 = it; setsockopt(x19, 1, 2, one, 4)
    0xaa00_03f3, 0xd280_0021, 0xd280_0042, 0x1000_0423, 0xd280_0084, 0xd280_1a08, 0xd400_0001,
    // bind(x19, address, 16)
    0xaa13_03e0, 0x1000_03a1, 0xd280_0202, 0xd280_1908, 0xd400_0001,
    // listen(x19, 128)
    0xaa13_03e0, 0xd280_1001, 0xd280_1928, 0xd400_0001,
    // room for a request; accept(x19, 0, 0)
    0xd140_07ff, 0xaa13_03e0, 0xd280_0001, 0xd280_0002, 0xd280_1948, 0xd400_0001,
    // x20 = it; read(x20, room, 4096)
    0xaa00_03f4, 0x9100_03e1, 0xd282_0002, 0xd280_07e8, 0xd400_0001,
    // write(x20, answer, 38)
    0xaa14_03e0, 0x1000_01a1, 0xd280_04c2, 0xd280_0808, 0xd400_0001,
    // close(x20)
    0xaa14_03e0, 0xd280_0728, 0xd400_0001,
    // back to accept
    0x17ff_ffee,
];

/// What both refer to: the number 1, the address `127.0.0.1` with the port, and the answer.
fn data(port: u16) -> Vec<u8> {
    let mut data = vec![1, 0, 0, 0, 2, 0];
    data.extend(port.to_be_bytes());
    data.extend([127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
    data.extend(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    data
}

/// Writes the image as a layout of its own.
pub(super) fn write(folder: &Path, health: &Health) -> Result<(), String> {
    let (machine, mut code) = match std::env::consts::ARCH {
        "x86_64" => (62, X86_64.to_vec()),
        "aarch64" => (183, AARCH64.iter().flat_map(|word| word.to_le_bytes()).collect()),
        other => return Err(format!("there is no program that does nothing for {other}")),
    };
    code.extend(data(health.port));
    let program = program(machine, &code);
    let told = |error: lifeboat_oci::LayoutError| crate::diagnostic::chain(&error);
    let mut header = tar::Header::new_ustar();
    header.set_size(program.len() as u64);
    header.set_mode(0o755);
    let mut layer = tar::Builder::new(Vec::new());
    layer.append_data(&mut header, "null", &*program).map_err(|why| why.to_string())?;
    let layer = layer.into_inner().map_err(|why| why.to_string())?;

    fs::create_dir_all(folder).map_err(|why| why.to_string())?;
    let layout = Layout::create(folder).map_err(told)?;
    let put = |kind: &str, bytes: &[u8]| {
        let descriptor = Descriptor::new(kind, &Digest::of(bytes), bytes.len() as u64);
        let mut draft = layout.draft().map_err(told)?;
        draft.write(bytes).map_err(told)?;
        draft.finish(&Digest::of(bytes), bytes.len() as u64).map_err(told)?;
        Ok::<_, String>(descriptor)
    };
    let config = serde_json::json!({
        "architecture": super::pull::architecture(),
        "os": "linux",
        "config": { "Entrypoint": ["/null"] },
        "rootfs": { "type": "layers", "diff_ids": [Digest::of(&layer).as_str()] },
    });
    let config = put("application/vnd.oci.image.config.v1+json", config.to_string().as_bytes())?;
    let layer = put("application/vnd.oci.image.layer.v1.tar", &layer)?;
    let manifest = serde_json::json!({
        "schemaVersion": 2,
        "mediaType": media_type::MANIFEST,
        "config": config,
        "layers": [layer],
    });
    let manifest = put(media_type::MANIFEST, manifest.to_string().as_bytes())?;
    let digest = manifest.digest().map_err(told)?;
    layout.tag(&digest, "null").map_err(told)
}

/// An ELF file of one segment, without sections.
fn program(machine: u16, code: &[u8]) -> Vec<u8> {
    let size = HEAD_BYTES + code.len() as u64;
    let mut file = b"\x7fELF\x02\x01\x01".to_vec();
    file.resize(16, 0);
    let shorts = |file: &mut Vec<u8>, values: &[u16]| {
        file.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    };
    let words = |file: &mut Vec<u8>, values: &[u32]| {
        file.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    };
    let longs = |file: &mut Vec<u8>, values: &[u64]| {
        file.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    };
    // A program that runs, for this machine, in version 1: its entry and its one segment.
    shorts(&mut file, &[2, machine]);
    words(&mut file, &[1]);
    longs(&mut file, &[ADDRESS + HEAD_BYTES, 64, 0]);
    words(&mut file, &[0]);
    shorts(&mut file, &[64, 56, 1, 0, 0, 0]);
    // The segment: loaded, read and run, from the file's start on.
    words(&mut file, &[1, 5]);
    longs(&mut file, &[0, ADDRESS, ADDRESS, size, size, 0x1_0000]);
    file.extend(code);
    file
}
