//! What can be loaded and what it computes on.

use std::fmt;
use std::path::PathBuf;

use crate::bindings::ggml_base::ggml_backend_dev_type;

/// The kind of processor that a build of llama.cpp computes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Backend {
    /// NVIDIA GPUs.
    Cuda,
    /// GPUs with a Vulkan driver.
    Vulkan,
    /// Apple GPUs.
    Metal,
    /// The processor's cores.
    Cpu,
}

impl Backend {
    /// The name in records and messages: `cuda`, `vulkan`, `metal` or `cpu`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cuda => "cuda",
            Self::Vulkan => "vulkan",
            Self::Metal => "metal",
            Self::Cpu => "cpu",
        }
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// An installed build that may be loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// What the build computes on.
    pub backend: Backend,
    /// The `bins/<platform>` folder of an installed `@node-llama-cpp` platform package.
    pub folder: PathBuf,
}

/// The type of a device, as ggml reports it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeviceKind {
    /// The processor with system memory.
    Cpu,
    /// A GPU with memory of its own.
    Gpu,
    /// A GPU that shares system memory.
    IntegratedGpu,
    /// A helper beside the processor, such as a BLAS library.
    Accelerator,
    /// A type that this release of ggml has and thinkscale does not use.
    Other,
}

impl DeviceKind {
    pub(super) const fn from_ggml(kind: ggml_backend_dev_type::Type) -> Self {
        match kind {
            ggml_backend_dev_type::GGML_BACKEND_DEVICE_TYPE_CPU => Self::Cpu,
            ggml_backend_dev_type::GGML_BACKEND_DEVICE_TYPE_GPU => Self::Gpu,
            ggml_backend_dev_type::GGML_BACKEND_DEVICE_TYPE_IGPU => Self::IntegratedGpu,
            ggml_backend_dev_type::GGML_BACKEND_DEVICE_TYPE_ACCEL => Self::Accelerator,
            _ => Self::Other,
        }
    }
}

/// A device in ggml's registry after loading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// ggml's short name, such as `CPU` or `CUDA0`.
    pub name: String,
    /// The vendor's name of the device.
    pub description: String,
    /// Its type.
    pub kind: DeviceKind,
    /// Free memory, in bytes; 0 where ggml does not say.
    pub memory_free: u64,
    /// All of its memory, in bytes; 0 where ggml does not say.
    pub memory_total: u64,
}

impl Device {
    pub(super) fn is_gpu(&self) -> bool {
        matches!(self.kind, DeviceKind::Gpu | DeviceKind::IntegratedGpu)
    }
}
