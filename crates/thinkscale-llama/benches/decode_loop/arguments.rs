use std::path::PathBuf;
use std::process::exit;
use std::str::FromStr;
use std::time::{Duration, Instant};

use thinkscale_llama::decode::EngineOptions;
use thinkscale_llama::load::{Backend, Candidate, Library};

use crate::support;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Loop,
    Forks,
    Scoring,
    Streams,
}

impl FromStr for Part {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        match name {
            "loop" => Ok(Self::Loop),
            "forks" => Ok(Self::Forks),
            "scoring" => Ok(Self::Scoring),
            "streams" => Ok(Self::Streams),
            _ => Err(()),
        }
    }
}

pub struct Arguments {
    pub model: PathBuf,
    pub rounds: usize,
    pub samples: Vec<usize>,
    pub tokens: usize,
    pub prompt: usize,
    pub parts: Vec<Part>,
    pub threads: u32,
    platform: Option<String>,
    end: Instant,
}

impl Arguments {
    /// None without a model: a plain `cargo bench` runs all benches of the workspace.
    pub fn read() -> Option<Self> {
        let mut given: Vec<String> = std::env::args()
            .skip(1)
            .filter(|argument| argument != "--bench")
            .collect();
        let mut take = |name: &str| {
            let at = given.iter().position(|argument| argument == name)?;
            if at + 1 == given.len() {
                refuse(name, "a value", "none");
            }
            given.remove(at);
            Some(given.remove(at))
        };
        let Some(model) = take("--model") else {
            eprintln!("decode_loop: nothing is measured without --model PATH of a GGUF file");
            return None;
        };
        let usable = std::thread::available_parallelism().map_or(1, |cores| cores.get() as u32);
        let minutes = number("--minutes", take("--minutes"), 60_u64);
        let arguments = Self {
            model: PathBuf::from(model),
            rounds: number("--rounds", take("--rounds"), 15),
            samples: list(
                "--samples",
                &take("--samples").unwrap_or_else(|| "1,4,16,64".to_owned()),
            ),
            tokens: number("--tokens", take("--tokens"), 64),
            prompt: number("--prompt", take("--prompt"), 550),
            parts: list(
                "--only",
                &take("--only").unwrap_or_else(|| "loop,forks,scoring,streams".to_owned()),
            ),
            threads: number("--threads", take("--threads"), usable),
            platform: take("--platform"),
            end: Instant::now() + Duration::from_secs(minutes * 60),
        };
        if let Some(unknown) = given.first() {
            refuse(unknown, "a known option", "an unknown one");
        }
        Some(arguments)
    }

    /// Whether the time for the whole run is over: what goes on is finished, nothing new starts.
    pub fn is_over(&self) -> bool {
        Instant::now() >= self.end
    }

    /// The libraries of `--platform`, a package name such as `linux-x64-cuda`; the CPU ones without it.
    pub fn library(&self) -> &'static Library {
        let Some(platform) = &self.platform else {
            return support::library();
        };
        let backend = match () {
            () if platform.contains("-cuda") => Backend::Cuda,
            () if platform.contains("-vulkan") => Backend::Vulkan,
            () if platform.contains("-metal") => Backend::Metal,
            () => Backend::Cpu,
        };
        let folder = support::root()
            .join("node_modules/@node-llama-cpp")
            .join(platform)
            .join("bins")
            .join(platform);
        Library::open(&[Candidate { backend, folder }]).unwrap()
    }

    /// Options for `rows` rows that draw at once from `cells` cells, each up to `length` tokens long.
    pub fn options(&self, library: &Library, rows: usize, length: usize, cells: usize) -> EngineOptions {
        EngineOptions {
            offload: library.backend() != Backend::Cpu,
            context_length: length as u32,
            parallel: rows as u32,
            cells: cells as u32,
            threads: self.threads,
            ..support::options(self.model.clone())
        }
    }
}

fn number<T: FromStr>(name: &str, given: Option<String>, default: T) -> T {
    match given {
        None => default,
        Some(text) => text
            .parse()
            .unwrap_or_else(|_| refuse(name, "a whole number", &text)),
    }
}

fn list<T: FromStr>(name: &str, text: &str) -> Vec<T> {
    text.split(',')
        .map(|item| item.parse().unwrap_or_else(|_| refuse(name, "a list", item)))
        .collect()
}

fn refuse(name: &str, expected: &str, got: &str) -> ! {
    eprintln!("decode_loop: expected {expected} for {name}, got {got}");
    exit(2)
}
