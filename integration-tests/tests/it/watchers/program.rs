//! Programs of a few instructions that need no library and end with a version's number.

/// Returns a program that ends with `code`.
pub(super) fn that_ends_with(code: u8) -> Vec<u8> {
    executable(&[ends_with(code)].concat(), &[])
}

/// Returns a program that waits for its standard input to end, or for a byte on it, and then runs
/// what lies many pages further on in its file, which ends with `code`.
pub(super) fn that_waits_and_ends_with(code: u8) -> Vec<u8> {
    // read(0, stack, 1), then a jump to the far end, from behind the jump itself.
    let mut near = vec![0x31, 0xc0, 0x31, 0xff, 0x48, 0x8d, 0x74, 0x24, 0xf0];
    near.extend([0xba, 1, 0, 0, 0, 0x0f, 0x05, 0xe9]);
    let here = HEADERS + near.len() + 4;
    near.extend(u32::try_from(FAR - here).unwrap().to_le_bytes());
    executable(&near, &ends_with(code))
}

/// Returns `exit(code)`.
fn ends_with(code: u8) -> Vec<u8> {
    vec![0xbf, code, 0, 0, 0, 0xb8, 60, 0, 0, 0, 0x0f, 0x05]
}

/// Returns an executable for x86-64 that begins with `near` and has `far` further on.
fn executable(near: &[u8], far: &[u8]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut put = |bytes: &[u8]| file.extend_from_slice(bytes);
    // The header: 64 bits, little endian, an executable for x86-64; one program header follows.
    put(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0");
    put(&[2, 0, 62, 0, 1, 0, 0, 0]);
    put(&(BASE + HEADERS as u64).to_le_bytes());
    put(&64_u64.to_le_bytes());
    put(&[0; 12]);
    put(&[64, 0, 56, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
    // All of the file is loaded, to be read and run.
    let size = if far.is_empty() { HEADERS + near.len() } else { FAR + far.len() } as u64;
    put(&[1, 0, 0, 0, 5, 0, 0, 0]);
    for word in [0, BASE, BASE, size, size, 0x1000] {
        put(&word.to_le_bytes());
    }
    file.extend_from_slice(near);
    if !far.is_empty() {
        file.resize(FAR, 0);
        file.extend_from_slice(far);
    }
    file
}

const BASE: u64 = 0x40_0000;
/// Bytes of the headers.
const HEADERS: usize = 64 + 56;
/// Where the far end lies.
const FAR: usize = 0x10_0000;
