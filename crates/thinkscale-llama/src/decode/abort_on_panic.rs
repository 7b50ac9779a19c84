/// Calls that draw would wait for ever for a thread that has panicked; the end of the process is heard by its supervisor.
pub(super) struct AbortOnPanic;

impl Drop for AbortOnPanic {
    fn drop(&mut self) {
        if std::thread::panicking() {
            std::process::abort();
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use std::process::Command;

    use super::AbortOnPanic;

    const CHILD: &str = "THINKSCALE_TEST_PANIC_OF_A_THREAD";

    #[test]
    fn a_panic_of_the_thread_ends_its_process() {
        if std::env::var_os(CHILD).is_some() {
            let thread = std::thread::spawn(|| {
                let _end = AbortOnPanic;
                panic!("a defect");
            });
            // Nobody waits for ever, not even who joins.
            let _ = thread.join();
            return;
        }
        let this = std::env::current_exe().unwrap();
        let name = "decode::abort_on_panic::tests::a_panic_of_the_thread_ends_its_process";
        let child = Command::new(this)
            .args([name, "--exact", "--nocapture"])
            .env(CHILD, "1")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&child.stderr);
        assert!(!child.status.success(), "{said}");
        assert!(said.contains("a defect"), "{said}");
        #[cfg(unix)]
        {
            use std::os::unix::process::ExitStatusExt;
            assert!(child.status.signal().is_some(), "{:?}", child.status);
        }
    }
}
