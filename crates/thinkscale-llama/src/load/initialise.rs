//! Opens proven files, registers their backends and initialises llama.cpp.

use std::ffi::{CStr, CString, c_char};
use std::path::Path;
use std::ptr;

use super::backend::{Backend, Candidate, Device, DeviceKind};
use super::error::LoadError;
use super::files::Files;
use super::library::Library;
use super::log;
use super::proof::{self, Build};
use crate::bindings::ggml::GgmlLibrary;
use crate::bindings::ggml_base::GgmlBaseLibrary;
use crate::bindings::llama::LlamaLibrary;

/// The three libraries, open.
struct Opened {
    llama: LlamaLibrary,
    ggml: GgmlLibrary,
    ggml_base: GgmlBaseLibrary,
}

pub(super) fn initialise(
    candidate: Candidate,
    files: &Files,
    build: &'static Build,
) -> Result<Library, LoadError> {
    let opened = open(files)?;
    let backend = match prepare(&opened, &candidate, build) {
        Ok(backend) => backend,
        Err(error) => {
            // Backends may be registered, and unmapping what they refer to is a crash at exit.
            std::mem::forget(opened);
            return Err(error);
        }
    };
    let build = format!("llama.cpp {} {}@{}", proof::RELEASE, build.package, build.version);
    let Opened {
        llama,
        ggml,
        ggml_base,
    } = opened;
    Ok(Library {
        llama,
        ggml,
        ggml_base,
        candidate,
        backend,
        build,
    })
}

fn open(files: &Files) -> Result<Opened, LoadError> {
    let failed = |file: &Path| {
        let file = file.to_path_buf();
        move |source| LoadError::Open { file, source }
    };
    // Dependencies first: where the loader does not look beside the library, it takes what is mapped under that name.
    // SAFETY: the files are the proven build of the release that the bindings declare, so their initialisers are
    // llama.cpp's own and each symbol has the declared signature.
    let ggml_base = unsafe { GgmlBaseLibrary::new(&files.ggml_base) }.map_err(failed(&files.ggml_base))?;
    // SAFETY: as above.
    let ggml = unsafe { GgmlLibrary::new(&files.ggml) }.map_err(failed(&files.ggml))?;
    // SAFETY: as above.
    let llama = unsafe { LlamaLibrary::new(&files.llama) }.map_err(failed(&files.llama))?;
    Ok(Opened {
        llama,
        ggml,
        ggml_base,
    })
}

/// Proves the opened libraries, registers the backends and says what they compute on.
fn prepare(opened: &Opened, candidate: &Candidate, build: &Build) -> Result<Backend, LoadError> {
    let Opened {
        llama,
        ggml,
        ggml_base,
    } = opened;
    // SAFETY: takes nothing and returns a string constant of the library.
    proof::prove_release(&unsafe { text(llama.llama_version()) })?;
    proof::prove_defaults(llama)?;

    // SAFETY: the callback has the declared signature, takes any string and lives as long as the program; llama.cpp
    // hands it to ggml as well.
    unsafe { llama.llama_log_set(Some(log::capture), ptr::null_mut()) };
    register(ggml, &candidate.folder)?;
    let mut devices = list_devices(ggml, ggml_base);
    if candidate.backend == Backend::Cuda
        && !devices.iter().any(Device::is_gpu)
        && let Some(fallback) = proof::prove_fallback(build, &candidate.folder)?
    {
        // The build needs the newest CUDA libraries, its fallback the generation before.
        register(ggml, &fallback)?;
        devices = list_devices(ggml, ggml_base);
    }
    if devices.is_empty() {
        let log = log::drain().join("; ");
        let log = if log.is_empty() {
            "its log is empty".to_owned()
        } else {
            log
        };
        return Err(LoadError::NoBackend {
            folder: candidate.folder.clone(),
            log,
        });
    }
    // SAFETY: has no precondition; with devices registered it does not search for backends itself.
    unsafe { llama.llama_backend_init() };
    Ok(if devices.iter().any(Device::is_gpu) {
        candidate.backend
    } else {
        Backend::Cpu
    })
}

/// Lets ggml open the backends in a proven folder.
fn register(ggml: &GgmlLibrary, folder: &Path) -> Result<(), LoadError> {
    let name = folder.to_str().and_then(|name| CString::new(name).ok());
    let name = name.ok_or_else(|| LoadError::FolderName {
        folder: folder.to_path_buf(),
    })?;
    // SAFETY: the name is zero-terminated and outlives the call; the registry takes backends at any time.
    unsafe { ggml.ggml_backend_load_all_from_path(name.as_ptr()) };
    Ok(())
}

/// What ggml has registered.
pub(super) fn list_devices(ggml: &GgmlLibrary, ggml_base: &GgmlBaseLibrary) -> Vec<Device> {
    // SAFETY: has no precondition; the registry is written only while a library is being opened.
    let count = unsafe { ggml.ggml_backend_dev_count() };
    (0..count)
        .map(|index| {
            let (mut free, mut total) = (0_usize, 0_usize);
            // SAFETY: the index is below the count, so the device is valid for the life of the process, and so are its
            // strings; `free` and `total` are valid places.
            unsafe {
                let device = ggml.ggml_backend_dev_get(index);
                ggml_base.ggml_backend_dev_memory(device, &mut free, &mut total);
                Device {
                    name: text(ggml_base.ggml_backend_dev_name(device)),
                    description: text(ggml_base.ggml_backend_dev_description(device)),
                    kind: DeviceKind::from_ggml(ggml_base.ggml_backend_dev_type(device)),
                    memory_free: free as u64,
                    memory_total: total as u64,
                }
            }
        })
        .collect()
}

/// # Safety
/// `pointer` is null or points to a zero-terminated string that lives until this returns.
unsafe fn text(pointer: *const c_char) -> String {
    if pointer.is_null() {
        return String::new();
    }
    // SAFETY: the caller's promise.
    unsafe { CStr::from_ptr(pointer) }.to_string_lossy().into_owned()
}

#[cfg(test)]
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod tests {
    use super::*;
    use crate::load::installed::{self, in_own_process};
    use crate::load::{files, probe};

    fn opened(candidate: Candidate) -> Library {
        let files = files::find(&candidate.folder).expect("node-llama-cpp's packages are installed");
        let build = proof::prove_files(&candidate, &files).expect("the packages are the pinned ones");
        initialise(candidate, &files, build).expect("a GPU build has the CPU backends too")
    }

    /// On a machine with the hardware this shows that it is used, on others that its absence is reported.
    fn assert_backend_is_what_was_found(backend: Backend) {
        let library = opened(installed::package(&format!("linux-x64-{backend}"), backend));
        assert_eq!(library.count_devices(DeviceKind::Cpu), 1);
        let gpus = library.devices().iter().filter(|device| device.is_gpu()).count();
        assert_eq!(
            library.backend(),
            if gpus > 0 { backend } else { Backend::Cpu },
            "{:?}",
            library.devices()
        );
        if probe::probe(backend).is_err() {
            assert_eq!(gpus, 0, "{:?}", library.devices());
        }
    }

    #[test]
    fn a_cuda_build_reports_what_it_found() {
        in_own_process(
            "load::initialise::tests::a_cuda_build_reports_what_it_found",
            &[],
            || {
                assert_backend_is_what_was_found(Backend::Cuda);
            },
        );
    }

    #[test]
    fn a_vulkan_build_reports_what_it_found() {
        in_own_process(
            "load::initialise::tests::a_vulkan_build_reports_what_it_found",
            &[],
            || {
                assert_backend_is_what_was_found(Backend::Vulkan);
            },
        );
    }
}
