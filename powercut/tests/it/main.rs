//! A sample of power cuts, on the file system that most machines have; and proof that the harness
//! finds something where there is something. All of it: see CONTRIBUTING.md.

#[cfg(test)]
mod cuts;
