//! Things that go wrong: networks, disks, clocks, other runs and sudden ends. The machine is left
//! as it was, or as it should be, and the next run succeeds.

mod calls;
mod disk;
mod network;
mod runs;
mod space;
mod state;
