//! What the crate's tests share: the libraries that `npm ci` put into this checkout, copies that may be damaged, and a
//! process of its own for a test that opens libraries in another way than the rest.

use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::backend::{Backend, Candidate};
use super::library::Library;

/// The platform folder of node-llama-cpp's package without CUDA and Vulkan for this machine.
pub(crate) fn cpu() -> Candidate {
    let platform = match (std::env::consts::OS, std::env::consts::ARCH) {
        ("macos", "aarch64") => "mac-arm64-metal",
        ("macos", _) => "mac-x64",
        ("windows", "aarch64") => "win-arm64",
        ("windows", _) => "win-x64",
        (_, "aarch64") => "linux-arm64",
        (_, "arm") => "linux-armv7l",
        (_, "riscv64") => "linux-riscv64",
        _ => "linux-x64",
    };
    package(platform, Backend::Cpu)
}

pub(crate) fn package(platform: &str, backend: Backend) -> Candidate {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../node_modules/@node-llama-cpp");
    Candidate {
        backend,
        folder: root.join(platform).join("bins").join(platform),
    }
}

/// The one library of the test process.
pub(crate) fn library() -> &'static Library {
    Library::open(&[cpu()]).expect("node-llama-cpp's CPU package is installed")
}

/// A folder that is deleted at the end of the test.
pub(crate) struct Scratch {
    root: PathBuf,
    /// The place for files; named like the copied folder.
    pub folder: PathBuf,
}

impl Scratch {
    pub fn empty() -> Self {
        Self::named("files")
    }

    /// A copy of a folder under its name.
    pub fn of(folder: &Path) -> Self {
        let scratch = Self::named(
            folder
                .file_name()
                .expect("a folder with a name")
                .to_str()
                .expect("a plain name"),
        );
        for entry in std::fs::read_dir(folder).expect("node-llama-cpp's packages are installed") {
            let path = entry.expect("a readable folder").path();
            let copy = scratch.folder.join(path.file_name().expect("a file"));
            std::fs::copy(path, copy).expect("room for a copy");
        }
        scratch
    }

    fn named(name: &str) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let root = std::env::temp_dir().join(format!("thinkscale-load-{}-{number}", std::process::id()));
        let folder = root.join(name);
        std::fs::create_dir_all(&folder).expect("a writable temporary folder");
        Self { root, folder }
    }

    /// Flips one bit in the middle of a file.
    pub fn alter(&self, file: &Path) {
        let mut file = std::fs::File::options()
            .read(true)
            .write(true)
            .open(file)
            .expect("a writable copy");
        let middle = file.metadata().expect("a readable file").len() / 2;
        let mut byte = [0];
        file.seek(SeekFrom::Start(middle))
            .expect("a position in the file");
        file.read_exact(&mut byte).expect("a byte");
        file.seek(SeekFrom::Start(middle))
            .expect("a position in the file");
        file.write_all(&[byte[0] ^ 1]).expect("a writable copy");
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A test that failed must show its own message; the system clears temporary files.
        let _ = std::fs::remove_dir_all(&self.root);
    }
}

/// Runs a test's body in a process that holds nothing but this test, because a process opens one build for good.
pub(crate) fn in_own_process(test: &str, environment: &[(&str, &str)], body: impl FnOnce()) {
    const MARK: &str = "THINKSCALE_TEST_PROCESS";
    if std::env::var_os(MARK).is_some() {
        return body();
    }
    let program = std::env::current_exe().expect("the test's own program");
    let output = Command::new(program)
        .args([test, "--exact", "--nocapture"])
        .env(MARK, "1")
        .envs(environment.iter().copied())
        .output()
        .expect("the test's own program starts");
    let printed = String::from_utf8_lossy(&output.stdout);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && printed.contains("1 passed"),
        "{printed}\n{complaint}"
    );
}
