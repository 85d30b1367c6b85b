//! `os-install`: a version comes into a directory, and nothing else of the directory changes.

use crate::world::{system, world};

#[test]
fn an_empty_directory_becomes_a_system() {
    let mut world = world();
    world.release(10, &system());
    let machine = world.machine("machine");
    machine.run("os-install").exits(0);
    machine.must_be(&world.says(10, &[]));
}
