//! Sources that lie: each lie is refused with a code and a line that says what is wrong, or does
//! no harm; the machine stays what it was and goes on once somebody tells the truth.

mod archives;
mod commands;
mod manifests;
mod objects;
mod planted;
mod signatures;
