//! Proof that the installed libraries are the build that the bindings were generated for, before any of them is used.
//!
//! Declarations of another release would read and write the wrong bytes without any error, so the proof goes from what
//! needs no trust to what needs some: the hash of every file before it is opened, the release that the library names, the
//! default parameter structs field by field, and a round trip of text through the model's vocabulary.

mod defaults;
mod round_trip;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::backend::{Backend, Candidate};
use super::builds::BUILDS;
pub(super) use super::builds::RELEASE;
use super::error::LoadError;
use super::files::{self, Files};

pub(super) use defaults::prove_defaults;
pub(crate) use round_trip::round_trip;

/// A platform package of the node-llama-cpp release that the bindings belong to.
#[derive(Debug)]
pub(super) struct Build {
    pub package: &'static str,
    pub version: &'static str,
    pub backend: Backend,
    /// The one folder in the package's `bins`.
    pub platform: &'static str,
    /// Path below that folder and sha256 of each shared library, in lower-case hexadecimal.
    pub files: &'static [(&'static str, &'static str)],
}

impl Build {
    /// Whether the package only adds backends to another one's folder.
    fn is_extension(&self) -> bool {
        self.package.ends_with("-ext")
    }

    /// The pinned libraries that opening maps, by path below the platform folder.
    fn loaded_files(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.files
            .iter()
            .copied()
            .filter(|(path, _)| files::stem(path.rsplit('/').next().unwrap_or(path)).is_some())
    }
}

/// Compares the sha256 of every library that opening would map with the pinned build of the candidate's platform folder.
pub(super) fn prove_files(candidate: &Candidate, files: &Files) -> Result<&'static Build, LoadError> {
    let folder = &candidate.folder;
    let platform = folder.file_name().unwrap_or_default().to_string_lossy();
    let build = BUILDS
        .iter()
        .find(|build| build.platform == platform && !build.is_extension())
        .ok_or_else(|| LoadError::UnknownBuild {
            folder: folder.clone(),
            release: RELEASE,
        })?;
    // Every build can compute on the processor.
    if candidate.backend != build.backend && candidate.backend != Backend::Cpu {
        return Err(LoadError::OtherBackend {
            folder: folder.clone(),
            expected: candidate.backend,
            found: build.backend,
        });
    }
    prove_folder(build, folder, &files.all)?;
    Ok(build)
}

/// The folder with backends for older drivers that the extension package of a build adds, compared in the same way; `None`
/// where there is no extension or it is not installed beside the package.
pub(super) fn prove_fallback(build: &Build, folder: &Path) -> Result<Option<PathBuf>, LoadError> {
    let extension = BUILDS
        .iter()
        .find(|other| other.is_extension() && other.platform == build.platform);
    let (Some(extension), Some(scope)) = (extension, folder.ancestors().nth(3)) else {
        return Ok(None);
    };
    let package = extension.package.rsplit('/').next().unwrap_or(extension.package);
    let root = scope.join(package).join("bins").join(extension.platform);
    let fallback = root.join("fallback");
    if !fallback.is_dir() {
        return Ok(None);
    }
    prove_folder(extension, &root, &files::libraries(&fallback)?)?;
    Ok(Some(fallback))
}

/// Compares files of one folder with those of a build: neither side may have one that the other lacks.
fn prove_folder(build: &'static Build, folder: &Path, found: &[PathBuf]) -> Result<(), LoadError> {
    let name = |path: &Path| {
        path.strip_prefix(folder)
            .unwrap_or(path)
            .to_string_lossy()
            .replace('\\', "/")
    };
    let package = || format!("{}@{}", build.package, build.version);
    let present: BTreeSet<String> = found.iter().map(|path| name(path)).collect();
    if let Some((missing, _)) = build.loaded_files().find(|(path, _)| !present.contains(*path)) {
        return Err(LoadError::MissingFile {
            file: folder.join(missing),
            package: package(),
        });
    }
    for path in found {
        let name = name(path);
        let pinned = build.loaded_files().find(|(path, _)| *path == name);
        let Some((_, expected)) = pinned else {
            return Err(LoadError::UnpinnedFile {
                file: path.clone(),
                package: package(),
            });
        };
        let actual = sha256(path).map_err(|source| LoadError::Folder {
            folder: path.clone(),
            source,
        })?;
        if actual != expected {
            return Err(LoadError::Hash {
                file: path.clone(),
                package: package(),
                expected,
                found: actual,
            });
        }
    }
    Ok(())
}

/// Compares the release that the library names with that of the bindings. Packagers build a release tag with or without
/// llama.cpp's mark for development builds, which says nothing about the source.
pub(super) fn prove_release(version: &str) -> Result<(), LoadError> {
    if version.strip_suffix("-dev").unwrap_or(version) == RELEASE.trim_start_matches('v') {
        return Ok(());
    }
    Err(LoadError::Release {
        expected: RELEASE,
        found: version.to_owned(),
    })
}

fn sha256(path: &Path) -> std::io::Result<String> {
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        hasher.update(&buffer[..read]);
    }
    Ok(hasher.finalize().iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::installed::{self, Scratch};

    fn proven(backend: Backend, folder: &Path) -> Result<&'static str, LoadError> {
        let files = files::find(folder)?;
        prove_files(
            &Candidate {
                backend,
                folder: folder.to_path_buf(),
            },
            &files,
        )
        .map(|build| build.package)
    }

    #[test]
    fn the_installed_package_is_the_pinned_one() {
        let candidate = installed::cpu();
        let package =
            proven(candidate.backend, &candidate.folder).expect("node-llama-cpp's CPU package is installed");
        let platform = candidate.folder.file_name().unwrap_or_default().to_string_lossy();
        assert_eq!(package, format!("@node-llama-cpp/{platform}"));
    }

    #[test]
    fn one_altered_byte_is_refused_with_both_hashes() {
        let copy = Scratch::of(&installed::cpu().folder);
        let file = files::find(&copy.folder).expect("a complete copy").ggml_base;
        let original = sha256(&file).expect("a readable file");
        copy.alter(&file);
        let refusal = proven(Backend::Cpu, &copy.folder);
        let Err(LoadError::Hash {
            file: named,
            expected,
            found,
            ..
        }) = &refusal
        else {
            unreachable!("{refusal:?}");
        };
        assert_eq!((named, *expected), (&file, original.as_str()));
        assert_eq!(*found, sha256(&file).expect("a readable file"));
        assert_ne!(*found, original);
    }

    #[test]
    fn a_folder_with_fewer_or_more_libraries_is_refused() {
        let copy = Scratch::of(&installed::cpu().folder);
        let all = files::find(&copy.folder).expect("a complete copy").all;
        let backend = all
            .iter()
            .find(|path| path.to_string_lossy().contains("ggml-cpu"))
            .expect("a CPU backend");

        let added = copy.folder.join("libggml-cpu-other.so");
        std::fs::copy(backend, &added).expect("a writable folder");
        let refusal = proven(Backend::Cpu, &copy.folder);
        assert!(
            matches!(&refusal, Err(LoadError::UnpinnedFile { file, .. }) if *file == added),
            "{refusal:?}"
        );
        std::fs::remove_file(&added).expect("a writable folder");

        std::fs::remove_file(backend).expect("a writable folder");
        let refusal = proven(Backend::Cpu, &copy.folder);
        assert!(
            matches!(&refusal, Err(LoadError::MissingFile { file, .. }) if file == backend),
            "{refusal:?}"
        );

        std::fs::remove_file(&all[0]).expect("a writable folder");
        let refusal = proven(Backend::Cpu, &copy.folder);
        assert!(
            matches!(
                refusal,
                Err(LoadError::LibraryFile {
                    name: "ggml-base",
                    found: 0,
                    ..
                })
            ),
            "{refusal:?}"
        );
    }

    #[test]
    fn a_folder_of_no_package_or_of_another_backend_is_refused() {
        let copy = Scratch::of(&installed::cpu().folder);
        let refusal = proven(Backend::Cuda, &copy.folder);
        let is_other = matches!(
            refusal,
            Err(LoadError::OtherBackend {
                expected: Backend::Cuda,
                ..
            })
        );
        assert!(is_other, "{refusal:?}");

        let renamed = copy.folder.with_file_name("linux-x64-rocm");
        std::fs::rename(&copy.folder, &renamed).expect("a writable folder");
        let refusal = proven(Backend::Cpu, &renamed);
        assert!(
            matches!(
                refusal,
                Err(LoadError::UnknownBuild {
                    release: "v0.4.0",
                    ..
                })
            ),
            "{refusal:?}"
        );
    }

    #[test]
    fn every_pinned_build_can_be_opened() {
        for build in BUILDS {
            let stems: Vec<_> = build
                .loaded_files()
                .filter_map(|(path, _)| files::stem(path.rsplit('/').next()?))
                .collect();
            if build.is_extension() {
                assert_eq!(stems, ["ggml-cuda"], "{}", build.package);
                continue;
            }
            for name in ["llama", "ggml", "ggml-base"] {
                assert_eq!(
                    stems.iter().filter(|stem| **stem == name).count(),
                    1,
                    "{name} of {}",
                    build.package
                );
            }
            assert!(
                stems.iter().any(|stem| stem.starts_with("ggml-cpu")),
                "{}",
                build.package
            );
        }
    }

    #[test]
    fn another_release_is_refused() {
        assert!(prove_release("0.4.0").is_ok());
        assert!(prove_release("0.4.0-dev").is_ok());
        for version in ["0.4.1", "0.4.0-dev-dev", "", "v0.4.0"] {
            let sentence = prove_release(version).map_err(|error| error.to_string());
            let expected =
                format!("the library says that it is llama.cpp {version}, and the bindings belong to v0.4.0");
            assert_eq!(sentence, Err(expected));
        }
    }
}
