//! The library files of a platform package's folder. Their names differ by build (`libllama.v0.4.0.so`,
//! `libllama.cuda.v0.4.0.so`, `libllama.v0.4.0.dylib`, `llama.v0.4.0.dll`), so they are found by pattern.

use std::path::{Path, PathBuf};

use super::error::LoadError;

/// ggml names its backends `.so` on macOS too.
const EXTENSIONS: [&str; 3] = [".so", ".dylib", ".dll"];

/// The three libraries that are opened by name; ggml opens the backends in the same folder itself.
#[derive(Debug)]
pub(super) struct Files {
    pub llama: PathBuf,
    pub ggml: PathBuf,
    pub ggml_base: PathBuf,
    /// Every library that loading may map: the three above and all backends.
    pub all: Vec<PathBuf>,
}

/// The library's name without prefix, variant and extension: `llama`, `ggml`, `ggml-base`, `ggml-cpu-haswell`.
pub(super) fn stem(file_name: &str) -> Option<&str> {
    let name = EXTENSIONS
        .iter()
        .find_map(|extension| file_name.strip_suffix(extension))?;
    let name = name.strip_prefix("lib").unwrap_or(name);
    let stem = name.split('.').next()?;
    match stem {
        "llama" | "ggml" | "ggml-base" => Some(stem),
        // The names of CPU variants hold version numbers.
        _ => name.starts_with("ggml-").then_some(name),
    }
}

/// All libraries of llama.cpp in a folder, sorted.
pub(super) fn libraries(folder: &Path) -> Result<Vec<PathBuf>, LoadError> {
    let unreadable = |source| LoadError::Folder {
        folder: folder.to_path_buf(),
        source,
    };
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path_stem(&path).is_some() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

pub(super) fn find(folder: &Path) -> Result<Files, LoadError> {
    let all = libraries(folder)?;
    let one = |name: &'static str| {
        let matching: Vec<_> = all.iter().filter(|path| path_stem(path) == Some(name)).collect();
        match matching.as_slice() {
            [path] => Ok((*path).clone()),
            several => Err(LoadError::LibraryFile {
                folder: folder.to_path_buf(),
                name,
                found: several.len(),
            }),
        }
    };
    Ok(Files {
        llama: one("llama")?,
        ggml: one("ggml")?,
        ggml_base: one("ggml-base")?,
        all,
    })
}

fn path_stem(path: &Path) -> Option<&str> {
    stem(path.file_name()?.to_str()?)
}

/// Whether this process has a library of that name already, from whatever folder.
#[cfg(unix)]
pub(super) fn is_mapped(file: &Path) -> bool {
    use libloading::os::unix::{Library, RTLD_LAZY};
    /// Answers with what is mapped and never opens anything (dlfcn.h; the number differs by system).
    const RTLD_NOLOAD: std::ffi::c_int = if cfg!(target_os = "macos") { 0x10 } else { 0x4 };
    // SAFETY: with RTLD_NOLOAD no library is mapped, so no initialiser runs.
    let is_mapped =
        |name: &std::ffi::OsStr| unsafe { Library::open(Some(name), RTLD_LAZY | RTLD_NOLOAD) }.is_ok();
    is_mapped(file.as_os_str()) || file.file_name().is_some_and(is_mapped)
}

/// Whether this process has a library of that name already, from whatever folder.
#[cfg(windows)]
pub(super) fn is_mapped(file: &Path) -> bool {
    let name = file.file_name().unwrap_or_default();
    libloading::os::windows::Library::open_already_loaded(name).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_every_platform_are_understood() {
        let cases = [
            ("libllama.v0.4.0.so", Some("llama")),
            ("libllama.metal.v0.4.0.dylib", Some("llama")),
            ("llama.cuda.v0.4.0.dll", Some("llama")),
            ("libggml.vulkan.v0.4.0.so", Some("ggml")),
            ("libggml-base.dylib", Some("ggml-base")),
            ("libggml-metal.so", Some("ggml-metal")),
            ("libggml-cpu-armv8.2_1.so", Some("ggml-cpu-armv8.2_1")),
            ("ggml-cpu.dll", Some("ggml-cpu")),
            ("libllama-common.so", None),
            ("llama-addon.node", None),
            ("_nlcBuildMetadata.json", None),
        ];
        for (file, expected) in cases {
            assert_eq!(stem(file), expected, "{file}");
        }
    }
}
