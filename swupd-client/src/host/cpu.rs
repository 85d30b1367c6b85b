//! What this machine's CPU can run beyond the baseline of its architecture.

use swupd_protocol::variant::{Level, Levels};

/// Returns the optimised levels that the CPU and the kernel support.
#[cfg(target_arch = "x86_64")]
pub fn levels() -> Levels {
    use std::arch::is_x86_feature_detected as has;
    let v3 = has!("avx2") && has!("bmi1") && has!("bmi2") && has!("f16c") && has!("fma");
    let v3 = v3 && has!("lzcnt") && has!("movbe");
    let v4 = v3 && has!("avx512f") && has!("avx512bw") && has!("avx512cd");
    let v4 = v4 && has!("avx512dq") && has!("avx512vl");
    let mut levels = Levels::NONE;
    if v3 {
        levels = levels.with(Level::Avx2);
    }
    if v4 {
        levels = levels.with(Level::Avx512);
    }
    levels
}

/// Returns the optimised levels: none are defined for this architecture.
#[cfg(not(target_arch = "x86_64"))]
pub fn levels() -> Levels {
    Levels::NONE
}
