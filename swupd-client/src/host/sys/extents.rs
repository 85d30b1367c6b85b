//! Where a file's bytes lie on the disk, as far as that says whether others have them too.

use std::{fs::File, io};

use fiemap::{Fiemap, FiemapExtentFlags};

use rustix::io::Errno;

/// Returns how many of a file's bytes on the disk are those of another file, too; none where its
/// file system cannot tell, which then shares none.
pub(crate) fn shared(file: &File) -> io::Result<Option<u64>> {
    let mut shared = 0_u64;
    for extent in Fiemap::new(file) {
        let extent = match extent {
            Ok(extent) => extent,
            Err(error) if is_unknown(&error) => return Ok(None),
            Err(error) => return Err(error),
        };
        if extent.fe_flags.contains(FiemapExtentFlags::SHARED) {
            shared = shared.saturating_add(extent.fe_length);
        }
    }
    Ok(Some(shared))
}

fn is_unknown(error: &io::Error) -> bool {
    let numbers = [Errno::OPNOTSUPP, Errno::NOTTY, Errno::INVAL];
    numbers.iter().any(|number| error.raw_os_error() == Some(number.raw_os_error()))
}
