//! The promises of swupd, kept through its programs: a publisher and its machines in a temporary
//! directory, and what must be true of them afterwards.

#[cfg(test)]
mod architecture;
#[cfg(test)]
mod attacks;
#[cfg(test)]
mod attributes;
#[cfg(test)]
mod bundles;
#[cfg(test)]
mod command_line;
#[cfg(test)]
mod configuration;
#[cfg(test)]
mod copies;
#[cfg(test)]
mod difference;
#[cfg(test)]
mod distribution;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod flag_table;
#[cfg(test)]
mod flags;
#[cfg(test)]
mod grammar;
#[cfg(test)]
mod history;
#[cfg(test)]
mod hooks;
#[cfg(test)]
mod hosting;
#[cfg(test)]
mod install;
#[cfg(test)]
mod kept;
#[cfg(test)]
mod kills;
#[cfg(test)]
mod listing;
#[cfg(test)]
mod mirrors;
#[cfg(test)]
mod namespace;
#[cfg(test)]
mod output;
#[cfg(test)]
mod own_file_system;
#[cfg(test)]
mod packages;
#[cfg(test)]
mod plan;
#[cfg(test)]
mod protection;
#[cfg(test)]
mod publisher;
#[cfg(test)]
mod removal;
#[cfg(test)]
mod reshaping;
#[cfg(test)]
mod rollback;
#[cfg(test)]
mod rpm_trees;
#[cfg(test)]
mod scene;
#[cfg(test)]
mod schemas;
#[cfg(test)]
mod search;
#[cfg(test)]
mod status;
#[cfg(test)]
mod steps;
#[cfg(test)]
mod syscalls;
#[cfg(test)]
mod third_party;
#[cfg(test)]
mod update;
#[cfg(test)]
mod upkeep;
#[cfg(test)]
mod user;
#[cfg(test)]
mod verify;
#[cfg(test)]
mod watchers;
#[cfg(test)]
mod why;
#[cfg(test)]
mod world;
