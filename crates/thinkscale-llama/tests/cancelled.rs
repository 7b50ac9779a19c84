#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]
#![cfg(target_os = "linux")]
//! Requests that are given up leave nothing behind. A process of its own, since all of its memory is counted.

mod support;

use support::*;
use thinkscale_llama::decode::RowRequest;

/// Resident memory in bytes.
fn resident() -> f64 {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    pages.split(' ').nth(1).unwrap().parse::<f64>().unwrap() * 4096.0
}

#[test]
fn ten_thousand_cancelled_requests_leave_nothing_behind() {
    let engine = open("random-llama");
    let parent = prefix(&engine, noise(60, 1));
    let expected = greedily(&engine, parent, 20);
    let cancel = |count: u32| {
        for at in 0..count {
            let mut rows: Vec<RowRequest> = fork(&engine, parent, 2)
                .into_iter()
                .map(|fork| row(fork, 400))
                .collect();
            rows[0].sampling = sampling(1.0, at);
            let call = start(&engine, rows, None, 16);
            if at % 2 == 0 {
                call.step().unwrap();
            }
            engine.stop(call.id);
            call.finish().unwrap();
        }
    };
    cancel(1000);
    let (before, memory) = (statistics(&engine), resident());
    cancel(9000);
    let (after, grown) = (statistics(&engine), resident());
    assert_eq!((after.branches, before.branches), (1, 1));
    // What is left for prompts that begin alike is at most a quarter.
    assert_eq!(after.used_cells, 60, "{after:?}");
    assert!(after.cached_cells <= after.cells / 4, "{after:?}");
    assert!(grown <= memory * 1.05, "{memory} bytes became {grown}");
    assert_eq!(greedily(&engine, parent, 20).tokens, expected.tokens);
}
