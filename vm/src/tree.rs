//! The Debian tree, and the two versions of an OS that are made of it.

use std::path::{Path, PathBuf};

use fs_err as fs;

use crate::{
    CLIENT, Result,
    command::{copy, run},
};

/// Makes a small Debian tree, unless an earlier run did.
pub(crate) fn debian(room: &Path, mirror: &str) -> Result<PathBuf> {
    let (tree, making) = (room.join("debian"), room.join("debian.new"));
    if tree.exists() {
        return Ok(tree);
    }
    remove(&making)?;
    let no_initrd = "mkdir -p \"$1/etc/initramfs-tools\" && echo update_initramfs=no > \
                     \"$1/etc/initramfs-tools/update-initramfs.conf\"";
    run(
        "mmdebstrap",
        [
            "--quiet",
            "--mode=root",
            "--variant=apt",
            "--dpkgopt=force-confold",
            "--aptopt=APT::Install-Recommends \"false\"",
            &format!("--include={PACKAGES}"),
            &format!("--setup-hook={no_initrd}"),
            SUITE,
            &making.to_string_lossy(),
            &format!("deb {mirror} {SUITE} main"),
        ],
    )?;
    slim(&making)?;
    fs::rename(&making, &tree).map_err(text)?;
    Ok(tree)
}

/// Takes away what no virtual machine needs: its own kernel modules are a handful.
fn slim(tree: &Path) -> Result<()> {
    for path in ["usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/perl"] {
        remove(&tree.join(path))?;
    }
    for release in children(&tree.join("usr/lib/modules"))? {
        let kernel = release.join("kernel");
        let kept: Vec<(PathBuf, PathBuf)> = MODULES
            .iter()
            .map(|module| (kernel.join(module), release.join("kept").join(module)))
            .collect();
        for (from, to) in &kept {
            fs::create_dir_all(to.parent().unwrap_or(to)).map_err(text)?;
            fs::rename(from, to).map_err(text)?;
        }
        remove(&kernel)?;
        fs::rename(release.join("kept"), &kernel).map_err(text)?;
        let name = release.file_name().unwrap_or_default().to_string_lossy().into_owned();
        run("chroot", [&tree.to_string_lossy(), "depmod", &name])?;
    }
    Ok(())
}

/// Makes the tree of a version.
pub(crate) fn version(room: &Path, debian: &Path, number: u32) -> Result<PathBuf> {
    let tree = room.join(format!("os-{number}"));
    remove(&tree)?;
    fs::create_dir_all(&tree).map_err(text)?;
    copy(&debian.join("usr"), &tree.join("usr"))?;
    for link in ["bin", "sbin", "lib", "lib64"] {
        fs::os::unix::fs::symlink(format!("usr/{link}"), tree.join(link)).map_err(text)?;
    }
    let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join("../dist/usr");
    copy(&dist, &tree.join("usr"))?;
    let this = std::env::current_exe().map_err(text)?;
    copy(&this, &tree.join("usr/bin").join(CLIENT))?;
    add_factory(debian, &tree)?;
    for (path, content) in ADDED {
        write(&tree.join(path), content)?;
    }
    write(&tree.join("usr/share/vm/version"), &format!("{number}\n"))?;
    // So that an update has something of every kind to do.
    let only = tree.join(format!("usr/share/vm/only-in-{number}"));
    fs::create_dir_all(&only).map_err(text)?;
    for n in 0..50 {
        write(&only.join(n.to_string()), &format!("{number} {n}\n"))?;
    }
    let config = tree.join("usr/share/defaults/swupd/config");
    let shipped = fs::read_to_string(&config).map_err(text)?;
    write(&config, &format!("{shipped}\nallow_insecure_http = true\n"))?;
    let wants = tree.join("usr/lib/systemd/system/multi-user.target.wants");
    fs::create_dir_all(&wants).map_err(text)?;
    let online = tree.join("usr/lib/systemd/system/network-online.target.wants");
    fs::create_dir_all(&online).map_err(text)?;
    let waits = "systemd-networkd-wait-online.service";
    fs::os::unix::fs::symlink(format!("../{waits}"), online.join(waits)).map_err(text)?;
    for unit in ["vm-agent.service", "vm-answer.service"] {
        fs::os::unix::fs::symlink(format!("../{unit}"), wants.join(unit)).map_err(text)?;
    }
    Ok(tree)
}

/// Puts what `/etc` has to begin with where systemd-tmpfiles takes it from if it is not there.
fn add_factory(debian: &Path, tree: &Path) -> Result<()> {
    let factory = tree.join("usr/share/factory/etc");
    fs::create_dir_all(&factory).map_err(text)?;
    copy(&debian.join("etc"), &factory)?;
    for path in OF_ONE_MACHINE {
        remove(&factory.join(path))?;
    }
    let mut lines = String::new();
    for entry in children(&factory)? {
        let name = entry.file_name().unwrap_or_default().to_string_lossy().into_owned();
        lines.extend(["C /etc/", &name, " - - - -\n"]);
    }
    write(&tree.join("usr/lib/tmpfiles.d/factory-etc.conf"), &lines)
}

fn write(path: &Path, content: &str) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::create_dir_all(path.parent().unwrap_or(path)).map_err(text)?;
    fs::write(path, content).map_err(text)?;
    let mode = if content.starts_with("#!") { 0o755 } else { 0o644 };
    fs::set_permissions(path, PermissionsExt::from_mode(mode)).map_err(text)
}

pub(crate) fn remove(path: &Path) -> Result<()> {
    run("rm", ["-rf".as_ref(), path.as_os_str()]).map(drop)
}

pub(crate) fn children(directory: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(directory).map_err(text)?;
    entries.map(|entry| entry.map(|entry| entry.path()).map_err(text)).collect()
}

pub(crate) fn text(error: impl std::error::Error) -> String {
    let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
    format!("{error}{cause}")
}

const SUITE: &str = "bookworm";
const PACKAGES: &str =
    "systemd,systemd-sysv,udev,dbus,kmod,iproute2,busybox-static,zstd,linux-image-cloud-amd64";
/// What a virtual machine needs of its kernel's modules, in the order in which they are loaded.
pub(crate) const MODULES: &[&str] = &[
    "drivers/virtio/virtio.ko",
    "drivers/virtio/virtio_ring.ko",
    "drivers/virtio/virtio_pci_legacy_dev.ko",
    "drivers/virtio/virtio_pci_modern_dev.ko",
    "drivers/virtio/virtio_pci.ko",
    "drivers/block/virtio_blk.ko",
    "drivers/char/virtio_console.ko",
    "net/core/failover.ko",
    "drivers/net/net_failover.ko",
    "drivers/net/virtio_net.ko",
];
/// What in `/etc` belongs to one machine.
const OF_ONE_MACHINE: &[&str] =
    &["machine-id", "hostname", "hosts", "fstab", "mtab", "resolv.conf", "systemd/system"];
/// What the OS has beside Debian's packages.
const ADDED: &[(&str, &str)] = &[
    ("usr/lib/systemd/network/80-vm.network", "[Match]\nName=e*\n\n[Network]\nDHCP=yes\n"),
    // Goes on with the program that it was started from, and reads the version off the tree for every
    // question.
    (
        "usr/lib/systemd/system/vm-answer.service",
        "[Service]\nRuntimeDirectory=vm\n\
         ExecStartPre=ln -sf /usr/share/vm/version /run/vm/version\n\
         ExecStart=busybox httpd -f -p 8080 -h /run/vm\n",
    ),
    // Does what is asked from outside.
    (
        "usr/lib/vm/agent",
        "#!/bin/sh\nexec 3<>/dev/virtio-ports/agent\nwhile IFS= read -r line <&3; do\n\
         sh -c \"$line\" </dev/null >&3 2>&1\necho \"--- $?\" >&3\ndone\n",
    ),
    (
        "usr/lib/systemd/system/vm-agent.service",
        "[Unit]\nAfter=vm-answer.service\n\n[Service]\nExecStart=/usr/lib/vm/agent\nRestart=always\n\
         RestartSec=1\nStartLimitIntervalSec=0\n",
    ),
];
