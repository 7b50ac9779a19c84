//! Whether the hardware of a backend is here, found out without loading ggml: once its libraries are in the process they
//! cannot be exchanged for another build.

use std::ffi::{c_int, c_uint, c_void};
use std::ptr;

use libloading::{Library, Symbol};

use super::backend::Backend;

const CUDA_DRIVER: &str = if cfg!(windows) {
    "nvcuda.dll"
} else {
    "libcuda.so.1"
};
const VULKAN_LOADER: &str = if cfg!(windows) {
    "vulkan-1.dll"
} else {
    "libvulkan.so.1"
};

/// What NVIDIA's toolkit brings and the driver does not, for the CUDA build and for its fallback.
const CUDA_LIBRARIES: [&str; 2] = if cfg!(windows) {
    ["cublas64_13.dll", "cublas64_12.dll"]
} else {
    ["libcublas.so.13", "libcublas.so.12"]
};

/// `Ok` when the backend's driver loads and finds a device; the reason otherwise, as a clause.
pub(super) fn probe(backend: Backend) -> Result<(), String> {
    match backend {
        Backend::Cuda => cuda(CUDA_DRIVER, &CUDA_LIBRARIES),
        Backend::Vulkan => vulkan(VULKAN_LOADER),
        Backend::Metal if cfg!(target_os = "macos") => Ok(()),
        Backend::Metal => Err("Metal exists on macOS only".to_owned()),
        Backend::Cpu => Ok(()),
    }
}

/// Opens a driver library and keeps it mapped: drivers start threads and register exit handlers that outlive a close.
fn driver(name: &str) -> Result<&'static Library, String> {
    // SAFETY: these are the system's own driver loaders, whose initialisers are meant to run on opening.
    match unsafe { Library::new(name) } {
        Ok(library) => Ok(Box::leak(Box::new(library))),
        Err(error) => Err(format!("{name} does not load ({error})")),
    }
}

fn symbol<T>(library: &'static Library, name: &str) -> Result<Symbol<'static, T>, String> {
    // SAFETY: every caller gives the signature that the driver's public header declares for this name.
    unsafe { library.get(name.as_bytes()) }.map_err(|error| format!("{name} is missing ({error})"))
}

/// CUDA driver API: `cuInit(0)` and `cuDeviceGetCount` of cuda.h, where 0 is CUDA_SUCCESS; and one of the libraries that
/// ggml's CUDA backend is linked with, because without them a machine with a driver is better served by Vulkan.
pub(super) fn cuda(driver_name: &str, libraries: &[&str]) -> Result<(), String> {
    let library = driver(driver_name)?;
    let initialise = symbol::<unsafe extern "system" fn(c_uint) -> c_int>(library, "cuInit")?;
    let count_devices =
        symbol::<unsafe extern "system" fn(*mut c_int) -> c_int>(library, "cuDeviceGetCount")?;
    // SAFETY: cuInit takes flags that must be 0 and has no other precondition.
    let status = unsafe { initialise(0) };
    if status != 0 {
        return Err(format!("cuInit answered {status}"));
    }
    let mut count = 0;
    // SAFETY: the driver is initialised and `count` is a valid place for one int.
    let status = unsafe { count_devices(&mut count) };
    match (status, count) {
        (0, 1..) if libraries.iter().any(|name| driver(name).is_ok()) => Ok(()),
        (0, 1..) => Err(format!(
            "a device is here, but none of {} loads",
            libraries.join(", ")
        )),
        (0, _) => Err("the CUDA driver found no device".to_owned()),
        _ => Err(format!("cuDeviceGetCount answered {status}")),
    }
}

/// `VkInstanceCreateInfo` of vulkan_core.h.
#[repr(C)]
struct InstanceCreateInfo {
    structure_type: c_int,
    next: *const c_void,
    flags: u32,
    application: *const c_void,
    layer_count: u32,
    layers: *const c_void,
    extension_count: u32,
    extensions: *const c_void,
}

const INSTANCE_CREATE_INFO: c_int = 1;
const PHYSICAL_DEVICE_TYPE_CPU: u32 = 4;
/// At least `sizeof(VkPhysicalDeviceProperties)` (824 bytes), in words for its alignment of 8.
const PROPERTIES_WORDS: usize = 256;
const MOST_DEVICES: usize = 64;

type Instance = *mut c_void;
type PhysicalDevice = *mut c_void;

/// Vulkan 1.0: an instance and one physical device that is not a software rasteriser.
pub(super) fn vulkan(loader_name: &str) -> Result<(), String> {
    let library = driver(loader_name)?;
    let create = symbol::<
        unsafe extern "system" fn(*const InstanceCreateInfo, *const c_void, *mut Instance) -> c_int,
    >(library, "vkCreateInstance")?;
    let destroy = symbol::<unsafe extern "system" fn(Instance, *const c_void)>(library, "vkDestroyInstance")?;
    let enumerate = symbol::<unsafe extern "system" fn(Instance, *mut u32, *mut PhysicalDevice) -> c_int>(
        library,
        "vkEnumeratePhysicalDevices",
    )?;
    let properties = symbol::<unsafe extern "system" fn(PhysicalDevice, *mut u64)>(
        library,
        "vkGetPhysicalDeviceProperties",
    )?;

    let info = InstanceCreateInfo {
        structure_type: INSTANCE_CREATE_INFO,
        next: ptr::null(),
        flags: 0,
        application: ptr::null(),
        layer_count: 0,
        layers: ptr::null(),
        extension_count: 0,
        extensions: ptr::null(),
    };
    let mut instance: Instance = ptr::null_mut();
    // SAFETY: `info` is a complete VkInstanceCreateInfo without layers and extensions; a null application and a null
    // allocator are allowed.
    let status = unsafe { create(&info, ptr::null(), &mut instance) };
    if status != 0 {
        return Err(format!("vkCreateInstance answered {status}"));
    }
    let mut devices: [PhysicalDevice; MOST_DEVICES] = [ptr::null_mut(); MOST_DEVICES];
    let mut count = MOST_DEVICES as u32;
    // SAFETY: the instance is live and `count` is the room in `devices`; the call lowers it to what it wrote and answers
    // VK_INCOMPLETE (5) when there were more.
    let status = unsafe { enumerate(instance, &mut count, devices.as_mut_ptr()) };
    let found = (status == 0 || status == 5)
        && devices.iter().take(count as usize).any(|&device| {
            let mut words = [0_u64; PROPERTIES_WORDS];
            // SAFETY: the handle came from this instance and the buffer is larger than VkPhysicalDeviceProperties.
            unsafe { properties(device, words.as_mut_ptr()) };
            // deviceType is the fifth 32-bit field.
            words[2].to_ne_bytes()[..4] != PHYSICAL_DEVICE_TYPE_CPU.to_ne_bytes()
        });
    // SAFETY: nothing made from the instance is in use any more.
    unsafe { destroy(instance, ptr::null()) };
    if found {
        Ok(())
    } else {
        Err("Vulkan found no GPU".to_owned())
    }
}
