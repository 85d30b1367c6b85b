//! The machine's disk, and what starts it.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use fs_err as fs;

use crate::{
    CLIENT, Result,
    command::{self, copy, run},
    publisher::Publisher,
    tree::{MODULES, children, remove, text},
};

/// A disk image with one file system on it.
#[derive(Debug)]
pub(crate) struct Disk {
    pub(crate) image: PathBuf,
    mounted_at: PathBuf,
}

impl Disk {
    /// Makes a disk with an empty file system.
    pub(crate) fn make(room: &Path) -> Result<Self> {
        let (image, mounted_at) = (room.join("disk"), room.join("mounted"));
        remove(&image)?;
        fs::File::create(&image).and_then(|file| file.set_len(SIZE)).map_err(text)?;
        run("mkfs.ext4", ["-q".as_ref(), "-F".as_ref(), image.as_os_str()])?;
        fs::create_dir_all(&mounted_at).map_err(text)?;
        Ok(Self { image, mounted_at })
    }

    /// Does something with what is on it.
    pub(crate) fn with<T>(&self, act: impl FnOnce(&Path) -> Result<T>) -> Result<T> {
        let at = self.mounted_at.as_os_str();
        run("mount", ["-o".as_ref(), "loop".as_ref(), self.image.as_os_str(), at])?;
        let done = act(&self.mounted_at);
        run("umount", [at])?;
        done
    }

    /// Installs the newest version, and lays out what an installer does beside that: a machine's own
    /// `/etc`, and where the kernel's file systems are mounted.
    pub(crate) fn install(&self, publisher: &Publisher, etc: &Path) -> Result<()> {
        let program = self.mounted_at.with_file_name(CLIENT);
        remove(&program)?;
        let this = std::env::current_exe().map_err(text)?;
        fs::os::unix::fs::symlink(this, &program).map_err(text)?;
        self.with(|top| {
            let mut install = Command::new(&program);
            install.args(["os-install", "--format", FORMAT, "--path"]).arg(top);
            install.arg("--cachedir").arg(program.with_file_name("cache"));
            install.arg("--url").arg(format!("file://{}", publisher.published().display()));
            command::of(install.arg("--certpath").arg(publisher.certificate()))?;
            for directory in ["dev", "proc", "run", "sys", "tmp", "home", "root", "etc", "var"] {
                fs::create_dir_all(top.join(directory)).map_err(text)?;
            }
            copy(etc, &top.join("etc"))?;
            run("chmod", ["1777".as_ref(), top.join("tmp").as_os_str()]).map(drop)
        })
    }

    /// Empties directories.
    pub(crate) fn empty(&self, directories: &[&str]) -> Result<()> {
        self.with(|top| {
            for directory in directories {
                for entry in children(&top.join(directory))? {
                    remove(&entry)?;
                }
            }
            Ok(())
        })
    }
}

/// What a machine is started with.
#[derive(Debug)]
pub(crate) struct Kernel {
    pub(crate) kernel: PathBuf,
    pub(crate) initrd: PathBuf,
}

impl Kernel {
    /// Takes the kernel of a tree, and makes the little that mounts a disk for it.
    pub(crate) fn of(room: &Path, debian: &Path) -> Result<Self> {
        let is_kernel = |path: &PathBuf| {
            path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("vmlinuz-"))
        };
        let kernel = children(&debian.join("boot"))?.into_iter().find(is_kernel);
        let kernel = kernel.ok_or("there is no kernel in the tree")?;
        let top = room.join("initrd.d");
        remove(&top)?;
        fs::create_dir_all(top.join("bin")).map_err(text)?;
        fs::copy(debian.join("usr/bin/busybox"), top.join("bin/busybox")).map_err(text)?;
        let modules = children(&debian.join("usr/lib/modules"))?;
        let modules = modules.first().ok_or("there are no modules in the tree")?.join("kernel");
        let mut init = INIT_BEGINS.to_owned();
        for module in MODULES {
            let name = module.replace('/', "-");
            fs::copy(modules.join(module), top.join(&name)).map_err(text)?;
            init.extend(["busybox insmod /", &name, "\n"]);
        }
        init.push_str(INIT_ENDS);
        fs::write(top.join("init"), init).map_err(text)?;
        run("chmod", ["755".as_ref(), top.join("init").as_os_str()])?;
        let initrd = room.join("initrd");
        let packed = Command::new(top.join("bin/busybox"))
            .args(["sh", "-c", "busybox find . | busybox cpio -o -H newc"])
            .env("PATH", top.join("bin"))
            .current_dir(&top)
            .stdout(fs::File::create(&initrd).map_err(text)?.into_parts().0)
            .stderr(Stdio::null())
            .status();
        if !packed.is_ok_and(|status| status.success()) {
            return Err("the initrd cannot be packed".into());
        }
        Ok(Self { kernel, initrd })
    }
}

const INIT_BEGINS: &str = "#!/bin/busybox sh\nexport PATH=/bin\n\
     busybox mkdir -p /dev /proc /sys /disk\nbusybox mount -t devtmpfs dev /dev\n\
     busybox mount -t proc proc /proc\nbusybox mount -t sysfs sys /sys\n";
const INIT_ENDS: &str = "n=0\nwhile [ ! -b /dev/vda ] && [ $n -lt 100 ]; do\n\
     n=$((n + 1))\nbusybox sleep 0.1\ndone\nbusybox mount -t ext4 /dev/vda /disk\n\
     busybox umount /sys /proc\nbusybox mount --move /dev /disk/dev\n\
     exec busybox switch_root /disk /usr/lib/systemd/systemd\n";
/// What publishers begin with.
const FORMAT: &str = "30";
const SIZE: u64 = 3 << 30;
