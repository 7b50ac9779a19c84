//! Why a library was not opened.

use std::path::PathBuf;

use super::backend::Backend;

/// A reason why llama.cpp was not loaded; the engine over node-llama-cpp takes over on any of them.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// No candidate's hardware was found.
    #[error("no build of llama.cpp can be used here: {reasons}")]
    NoDevice {
        /// One clause for each candidate that was refused.
        reasons: String,
    },
    /// The folder cannot be read.
    #[error("the library folder {} cannot be read: {source}", folder.display())]
    Folder {
        /// The folder that was asked for.
        folder: PathBuf,
        /// What the file system answered.
        source: std::io::Error,
    },
    /// The folder lacks a library.
    #[error("expected one {name} library in {}, found {found}", folder.display())]
    LibraryFile {
        /// The folder that was searched.
        folder: PathBuf,
        /// `llama`, `ggml` or `ggml-base`.
        name: &'static str,
        /// The number of files whose names match.
        found: usize,
    },
    /// The folder is none of the pinned builds.
    #[error("{} is no folder of a platform package of node-llama-cpp's build of llama.cpp {release}", folder.display())]
    UnknownBuild {
        /// The folder that was asked for.
        folder: PathBuf,
        /// The release that the bindings belong to.
        release: &'static str,
    },
    /// The folder's build computes on something else than the candidate says.
    #[error("{} was offered as a build for {expected} and is one for {found}", folder.display())]
    OtherBackend {
        /// The folder that was asked for.
        folder: PathBuf,
        /// The candidate's backend.
        expected: Backend,
        /// The pinned build's backend.
        found: Backend,
    },
    /// A file of the pinned build is not there.
    #[error("{package} contains {}, which is missing", file.display())]
    MissingFile {
        /// Where the file should be.
        file: PathBuf,
        /// Name and version of the pinned package.
        package: String,
    },
    /// A file that ggml would open is not part of the pinned build.
    #[error("{} is not part of {package}", file.display())]
    UnpinnedFile {
        /// The file.
        file: PathBuf,
        /// Name and version of the pinned package.
        package: String,
    },
    /// A file has other bytes than the pinned one.
    #[error("{} has sha256 {found}, where {package} has {expected}", file.display())]
    Hash {
        /// The file.
        file: PathBuf,
        /// Name and version of the pinned package.
        package: String,
        /// The pinned sha256.
        expected: &'static str,
        /// The sha256 of the file that is there.
        found: String,
    },
    /// The opened library is another release.
    #[error("the library says that it is llama.cpp {found}, and the bindings belong to {expected}")]
    Release {
        /// The release that the bindings belong to.
        expected: &'static str,
        /// What `llama_version` answered.
        found: String,
    },
    /// A default parameter has another value than in the release of the bindings.
    #[error("{field} is {found} by default, where the release of the bindings has {expected}")]
    Default {
        /// Struct and field.
        field: &'static str,
        /// The value in the release's source.
        expected: String,
        /// The value that the library gave.
        found: String,
    },
    /// Text did not survive the vocabulary.
    #[error("the vocabulary turned {text:?} into {found:?} on the way through its tokens")]
    RoundTrip {
        /// The text that was tokenised.
        text: &'static str,
        /// What came back.
        found: String,
    },
    /// The operating system refused a library, or it lacks a function that the bindings declare.
    #[error("{} cannot be opened: {source}", file.display())]
    Open {
        /// The library's file.
        file: PathBuf,
        /// What the loader answered.
        source: libloading::Error,
    },
    /// ggml is in this process already, by another door.
    #[error("{} is already in this process by another door, and ggml's backends must not be loaded twice", file.display())]
    ForeignLibrary {
        /// The library that would be opened a second time.
        file: PathBuf,
    },
    /// ggml would load one more library, which no list pins.
    #[error(
        "GGML_BACKEND_PATH names {path}, which is not part of a pinned build: unset it to load llama.cpp"
    )]
    ForeignBackend {
        /// The variable's value.
        path: String,
    },
    /// A folder's name cannot be handed to C.
    #[error("the library folder {} holds a character that llama.cpp cannot take", folder.display())]
    FolderName {
        /// The folder that was asked for.
        folder: PathBuf,
    },
    /// ggml registered no device at all.
    #[error("ggml found no device with the libraries in {}: {log}", folder.display())]
    NoBackend {
        /// The folder that was loaded.
        folder: PathBuf,
        /// ggml's last lines, or a note that there were none.
        log: String,
    },
    /// Another build is open in this process.
    #[error("{open_backend} from {} is open in this process, so {backend} from {} cannot be opened", open_folder.display(), folder.display())]
    AlreadyOpen {
        /// The build that is open.
        open_backend: Backend,
        /// Its folder.
        open_folder: PathBuf,
        /// The build that was asked for.
        backend: Backend,
        /// Its folder.
        folder: PathBuf,
    },
    /// An earlier attempt in this process failed after libraries had been opened.
    #[error("an earlier attempt in this process failed and cannot be repeated: {reason}")]
    Spent {
        /// The sentence of the earlier failure.
        reason: String,
    },
}
