//! Other processes: started, listened to, ended, and asked how long they kept a processor busy.

use std::{
    io::{BufRead, BufReader, Read},
    process::{Child, ChildStdout, Command, Stdio},
    time::Duration,
};

/// A program that says `ready URL` when it serves. It ends with this value.
pub struct Process {
    child: Child,
    pub url: String,
}

impl Process {
    pub fn start(command: &mut Command) -> Process {
        let program = command.get_program().to_string_lossy().into_owned();
        let child = command.stdout(Stdio::piped()).spawn();
        let mut child = child.unwrap_or_else(|error| panic!("{program}: {error}"));
        let mut lines = BufReader::new(child.stdout.take().expect("its output"));
        let url = ready(&mut lines).unwrap_or_else(|| panic!("{program} ended before it was ready"));
        // What it says later must not fill the pipe.
        std::thread::spawn(move || lines.read_to_end(&mut Vec::new()));
        Process { child, url }
    }

    pub fn cpu(&self) -> Duration {
        cpu(&self.child.id().to_string())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn cpu_of_this_process() -> Duration {
    cpu("self")
}

fn ready(lines: &mut BufReader<ChildStdout>) -> Option<String> {
    lines.lines().map_while(Result::ok).find_map(|line| Some(line.strip_prefix("ready ")?.to_owned()))
}

/// Time on any processor since the process began, with its threads (proc(5): fields 14 and 15, in hundredths of a second).
fn cpu(process: &str) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).expect("this is Linux");
    let after_name = stat.rsplit_once(')').expect("a name in brackets").1;
    let ticks: u64 = after_name.split_whitespace().skip(11).take(2).map(|n| n.parse::<u64>().expect("ticks")).sum();
    Duration::from_millis(ticks * 10)
}
