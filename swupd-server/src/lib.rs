//! (opening page to come)
