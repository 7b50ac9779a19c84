//! The opened libraries; one build for the life of the process.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::backend::{Backend, Candidate, Device, DeviceKind};
use super::error::LoadError;
use super::files::{self, Files};
use super::initialise::{initialise, list_devices};
use super::{log, probe, proof};
use crate::bindings::ggml::GgmlLibrary;
use crate::bindings::ggml_base::GgmlBaseLibrary;
use crate::bindings::llama::LlamaLibrary;

/// llama.cpp and ggml, opened and initialised, with every backend of the folder registered.
pub struct Library {
    pub(crate) llama: LlamaLibrary,
    pub(crate) ggml: GgmlLibrary,
    pub(crate) ggml_base: GgmlBaseLibrary,
    /// What was chosen.
    pub(super) candidate: Candidate,
    pub(super) backend: Backend,
    pub(super) build: String,
}

enum State {
    Untouched,
    Open(&'static Library),
    /// Libraries were mapped and something failed after that; the reason.
    Spent(String),
}

static STATE: Mutex<State> = Mutex::new(State::Untouched);

impl Library {
    /// Opens the first candidate whose hardware is found; a candidate of backend CPU is always usable.
    ///
    /// A process opens one build: a later call that chooses the same folder and backend returns the same library.
    ///
    /// # Errors
    /// Every variant of [`LoadError`]. Failures up to the proof of the files leave the process untouched and may be
    /// retried; a later one is final for the process.
    pub fn open(candidates: &[Candidate]) -> Result<&'static Self, LoadError> {
        let chosen = choose(candidates, probe::probe)?;
        let mut state = STATE.lock().unwrap_or_else(PoisonError::into_inner);
        match &*state {
            State::Open(library) if same(&library.candidate, &chosen) => return Ok(library),
            State::Open(library) => {
                return Err(LoadError::AlreadyOpen {
                    open_backend: library.candidate.backend,
                    open_folder: library.candidate.folder.clone(),
                    backend: chosen.backend,
                    folder: chosen.folder,
                });
            }
            State::Spent(reason) => {
                return Err(LoadError::Spent {
                    reason: reason.clone(),
                });
            }
            State::Untouched => {}
        }
        let files = files::find(&chosen.folder)?;
        let build = proof::prove_files(&chosen, &files)?;
        refuse_foreign(&files)?;
        match initialise(chosen, &files, build) {
            Ok(library) => {
                let library: &'static Self = Box::leak(Box::new(library));
                *state = State::Open(library);
                Ok(library)
            }
            Err(error) => {
                *state = State::Spent(error.to_string());
                Err(error)
            }
        }
    }

    /// What the library computes on: the candidate's backend, or CPU where its GPU build registered no GPU.
    pub fn backend(&self) -> Backend {
        self.backend
    }

    /// Release and package, such as `llama.cpp v0.4.0 @node-llama-cpp/linux-x64@3.21.1`.
    pub fn build(&self) -> &str {
        &self.build
    }

    /// The folder that the libraries came from.
    pub fn folder(&self) -> &Path {
        &self.candidate.folder
    }

    /// The devices in ggml's registry, in its order, with the memory that is free now.
    pub fn devices(&self) -> Vec<Device> {
        list_devices(&self.ggml, &self.ggml_base)
    }

    /// The number of devices of one type.
    pub fn count_devices(&self, kind: DeviceKind) -> usize {
        self.devices().iter().filter(|device| device.kind == kind).count()
    }

    /// Takes the last error lines of llama.cpp's log (at most 32, oldest first) out of the buffer. The buffer is the
    /// process's: read it right after the call that failed.
    pub fn last_errors() -> Vec<String> {
        log::drain()
    }
}

/// The first candidate whose hardware `probe` finds.
fn choose(
    candidates: &[Candidate],
    probe: impl Fn(Backend) -> Result<(), String>,
) -> Result<Candidate, LoadError> {
    let mut reasons = Vec::new();
    for Candidate { backend, folder } in candidates {
        match probe(*backend) {
            Ok(()) => {
                // Not canonical: Windows' loader does not take every path of that form.
                let folder = std::path::absolute(folder).map_err(|source| LoadError::Folder {
                    folder: folder.clone(),
                    source,
                })?;
                return Ok(Candidate {
                    backend: *backend,
                    folder,
                });
            }
            Err(reason) => reasons.push(format!("{backend}: {reason}")),
        }
    }
    if reasons.is_empty() {
        reasons.push("no candidate was given".to_owned());
    }
    Err(LoadError::NoDevice {
        reasons: reasons.join("; "),
    })
}

fn same(open: &Candidate, asked: &Candidate) -> bool {
    let canonical = |candidate: &Candidate| candidate.folder.canonicalize().ok();
    open.backend == asked.backend && canonical(open).is_some() && canonical(open) == canonical(asked)
}

/// Refuses what would bring other libraries into the process than the proven ones.
fn refuse_foreign(files: &Files) -> Result<(), LoadError> {
    if let Some(path) = std::env::var_os("GGML_BACKEND_PATH") {
        return Err(LoadError::ForeignBackend {
            path: path.to_string_lossy().into_owned(),
        });
    }
    if files::is_mapped(&files.ggml_base) {
        return Err(LoadError::ForeignLibrary {
            file: files.ggml_base.clone(),
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::installed::{self, Scratch, in_own_process};

    #[test]
    fn a_process_opens_one_build() {
        let library = installed::library();
        assert_eq!(library.backend(), Backend::Cpu);
        let build = library.build();
        assert!(
            build.starts_with(&format!("llama.cpp {} @node-llama-cpp/", proof::RELEASE)),
            "{build}"
        );
        let devices = library.devices();
        assert_eq!(library.count_devices(DeviceKind::Cpu), 1, "{devices:?}");
        assert!(
            devices
                .iter()
                .all(|device| device.memory_free <= device.memory_total),
            "{devices:?}"
        );
        assert!(std::ptr::eq(library, installed::library()));

        let candidate = installed::cpu();
        let other = Candidate {
            folder: candidate.folder.join("elsewhere"),
            ..candidate
        };
        let refusal = Library::open(&[other]).map(Library::build);
        assert!(
            matches!(refusal, Err(LoadError::AlreadyOpen { .. })),
            "{refusal:?}"
        );
    }

    #[test]
    fn without_a_driver_the_cpu_build_is_chosen() {
        let gpu = |backend| Candidate {
            backend,
            folder: "gpu".into(),
        };
        let probe = |backend| match backend {
            Backend::Cuda => probe::cuda("libthinkscale-absent.so.1", &[]),
            Backend::Vulkan => probe::vulkan("libthinkscale-absent.so.1"),
            other => probe::probe(other),
        };
        let candidates = [gpu(Backend::Cuda), gpu(Backend::Vulkan), installed::cpu()];
        assert_eq!(
            choose(&candidates, probe).map(|chosen| chosen.backend).ok(),
            Some(Backend::Cpu)
        );

        let refusal = choose(&candidates[..2], probe).map_err(|error| error.to_string());
        let sentence = refusal.err().unwrap_or_default();
        assert!(
            sentence.contains("cuda: libthinkscale-absent.so.1 does not load"),
            "{sentence}"
        );
        assert!(
            sentence.contains("vulkan: libthinkscale-absent.so.1 does not load"),
            "{sentence}"
        );
    }

    #[test]
    fn without_candidates_the_refusal_says_so() {
        let sentence = Library::open(&[])
            .map(Library::build)
            .map_err(|error| error.to_string());
        assert_eq!(
            sentence,
            Err("no build of llama.cpp can be used here: no candidate was given".to_owned())
        );
    }

    #[test]
    fn a_refused_folder_leaves_the_process_free_to_open_another() {
        in_own_process(
            "load::library::tests::a_refused_folder_leaves_the_process_free_to_open_another",
            &[],
            || {
                let candidate = installed::cpu();
                let absent = Candidate {
                    folder: candidate.folder.join("absent"),
                    ..candidate
                };
                let refusal = Library::open(&[absent]).map(Library::build);
                assert!(matches!(refusal, Err(LoadError::Folder { .. })), "{refusal:?}");

                let altered = Scratch::of(&installed::cpu().folder);
                altered.alter(&files::find(&altered.folder).expect("a complete copy").llama);
                let copy = Candidate {
                    backend: Backend::Cpu,
                    folder: altered.folder.clone(),
                };
                let refusal = Library::open(&[copy]).map(Library::build);
                assert!(matches!(refusal, Err(LoadError::Hash { .. })), "{refusal:?}");

                assert_eq!(installed::library().backend(), Backend::Cpu);
            },
        );
    }

    #[test]
    fn ggml_that_came_by_another_door_is_not_loaded_twice() {
        in_own_process(
            "load::library::tests::ggml_that_came_by_another_door_is_not_loaded_twice",
            &[],
            || {
                let files =
                    files::find(&installed::cpu().folder).expect("node-llama-cpp's CPU package is installed");
                // SAFETY: a proven build's library, which may run its initialisers.
                let foreign =
                    unsafe { libloading::Library::new(&files.ggml_base) }.expect("the library loads");
                let refusal = Library::open(&[installed::cpu()]).map(Library::build);
                assert!(
                    matches!(refusal, Err(LoadError::ForeignLibrary { .. })),
                    "{refusal:?}"
                );
                drop(foreign);
            },
        );
    }

    #[test]
    fn a_backend_outside_the_build_is_refused() {
        let name = "load::library::tests::a_backend_outside_the_build_is_refused";
        in_own_process(name, &[("GGML_BACKEND_PATH", "/opt/libggml-other.so")], || {
            let sentence = Library::open(&[installed::cpu()])
                .map(Library::build)
                .map_err(|error| error.to_string());
            let expected = "GGML_BACKEND_PATH names /opt/libggml-other.so, which is not part of a pinned build: \
                            unset it to load llama.cpp";
            assert_eq!(sentence, Err(expected.to_owned()));
        });
    }

    #[test]
    fn a_failed_model_load_says_why() {
        in_own_process("load::library::tests::a_failed_model_load_says_why", &[], || {
            let scratch = Scratch::empty();
            let path = scratch.folder.join("broken.gguf");
            std::fs::write(&path, b"GGUF and nothing that belongs to it").expect("a writable folder");
            let name = std::ffi::CString::new(path.to_str().expect("a plain path")).expect("a plain path");
            let llama = &installed::library().llama;
            assert_eq!(Library::last_errors(), Vec::<String>::new());
            // SAFETY: the path is zero-terminated and the parameters are the library's own defaults.
            let model = unsafe {
                llama.llama_model_load_from_file(name.as_ptr(), llama.llama_model_default_params())
            };
            assert!(model.is_null());
            let errors = Library::last_errors().join("\n");
            assert!(errors.contains("failed to load model"), "{errors}");
            assert_eq!(Library::last_errors(), Vec::<String>::new());
        });
    }
}
