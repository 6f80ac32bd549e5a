//! Fuzzing from the command line:
//!
//! ```text
//! cargo run --profile fuzz --example fuzz -- TARGET|all [--runs N] [--seconds S] [--seed N] [--jobs N]
//! cargo run --profile fuzz --example fuzz -- TARGET --input FILE
//! ```
//!
//! A finding's input is kept under fuzz/findings, and the command that repeats it is printed.

mod driver;
mod targets;

use driver::{Finding, Fuzzer, Target, keep, run};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use std::{env, fs, thread};
use targets::TARGETS;

/// An input that takes longer is a finding: no target does so much.
const SLOW: Duration = Duration::from_secs(20);

struct Options {
    targets: Vec<&'static Target>,
    runs: u64,
    seconds: Option<u64>,
    seed: u64,
    jobs: u64,
    input: Option<String>,
}

fn main() -> ExitCode {
    let options = match options(env::args().skip(1)) {
        Ok(options) => options,
        Err(message) => {
            let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
            eprintln!(
                "fuzz: {message}\nusage: fuzz TARGET|all [--runs N] [--seconds S] [--seed N] [--jobs N] [--input FILE]"
            );
            eprintln!("targets: {}", names.join(" "));
            return ExitCode::from(2);
        }
    };
    if let Some(file) = &options.input {
        return replay(&options.targets, file);
    }
    let mut findings = 0;
    for target in &options.targets {
        findings += u32::from(!fuzz(target, &options));
    }
    if findings == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn options(mut arguments: impl Iterator<Item = String>) -> Result<Options, String> {
    let mut options = Options { targets: Vec::new(), runs: 100_000, seconds: None, seed: 1, jobs: 1, input: None };
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or(format!("{argument} needs a value"));
        let number = |text: String| text.parse::<u64>().map_err(|_| format!("\"{text}\" is no number"));
        match argument.as_str() {
            "--runs" => options.runs = number(value()?)?,
            "--seconds" => options.seconds = Some(number(value()?)?),
            "--seed" => options.seed = number(value()?)?,
            "--jobs" => options.jobs = number(value()?)?.max(1),
            "--input" => options.input = Some(value()?),
            "all" => options.targets = TARGETS.iter().collect(),
            name => match TARGETS.iter().find(|target| target.name == name) {
                Some(target) => options.targets.push(target),
                None => return Err(format!("there is no target \"{name}\"")),
            },
        }
    }
    if options.targets.is_empty() { Err("name a target".into()) } else { Ok(options) }
}

/// What the jobs of one target share with the watch over them.
struct Course {
    fuzzer: Fuzzer,
    started: Instant,
    /// No further inputs: one was a finding.
    stop: AtomicBool,
    /// All jobs have ended.
    over: AtomicBool,
    runs: AtomicU64,
    /// The input that each job is at: its number plus one, 0 for none.
    at: Vec<AtomicU64>,
}

/// Runs one target; false when it failed.
fn fuzz(target: &'static Target, options: &Options) -> bool {
    let course = Course {
        fuzzer: Fuzzer::new(target, options.seed),
        started: Instant::now(),
        stop: AtomicBool::new(false),
        over: AtomicBool::new(false),
        runs: AtomicU64::new(0),
        at: (0..options.jobs).map(|_| AtomicU64::new(0)).collect(),
    };
    let finding = course.fuzzer.run_seeds().err().or_else(|| {
        thread::scope(|scope| {
            let course = &course;
            let watch = scope.spawn(move || course.watch(target));
            let jobs: Vec<_> = (0..options.jobs).map(|job| scope.spawn(move || course.work(options, job))).collect();
            let ends = jobs.into_iter().map(|job| job.join().expect("a target's panics are caught inside"));
            let findings: Vec<Finding> = ends.flatten().collect();
            course.over.store(true, Ordering::Relaxed);
            watch.thread().unpark();
            findings.into_iter().next()
        })
    });
    let (runs, seconds) = (course.runs.load(Ordering::Relaxed), course.started.elapsed().as_secs_f64());
    println!("{:24} {runs:9} runs in {seconds:6.1} s, {:8.0}/s", target.name, runs as f64 / seconds.max(1e-9));
    if let Some(finding) = &finding {
        report(target, finding);
    }
    finding.is_none()
}

impl Course {
    /// Runs every input whose number is this job's turn, until one is a finding.
    fn work(&self, options: &Options, job: u64) -> Option<Finding> {
        let at = &self.at[job as usize];
        let late = || options.seconds.is_some_and(|seconds| self.started.elapsed() >= Duration::from_secs(seconds));
        let mut finding = None;
        for number in (job..options.runs).step_by(options.jobs as usize) {
            // The clock is read now and then only: some targets are as fast as that.
            if self.stop.load(Ordering::Relaxed) || (number % 64 < options.jobs && late()) {
                break;
            }
            at.store(number + 1, Ordering::Relaxed);
            finding = self.fuzzer.run(number).err();
            self.runs.fetch_add(1, Ordering::Relaxed);
            if finding.is_some() {
                self.stop.store(true, Ordering::Relaxed);
                break;
            }
        }
        at.store(0, Ordering::Relaxed);
        finding
    }

    /// Ends the program when a job stays at one input: nothing else could.
    fn watch(&self, target: &Target) {
        let mut seen = vec![(0, Instant::now()); self.at.len()];
        while !self.over.load(Ordering::Relaxed) {
            for (seen, at) in seen.iter_mut().zip(&self.at) {
                let number = at.load(Ordering::Relaxed);
                if number == 0 || number != seen.0 {
                    *seen = (number, Instant::now());
                } else if seen.1.elapsed() > SLOW {
                    let input = self.fuzzer.input(number - 1);
                    report(target, &Finding { input, message: format!("takes more than {SLOW:?}") });
                    std::process::exit(1);
                }
            }
            thread::park_timeout(Duration::from_millis(500));
        }
    }
}

fn report(target: &Target, finding: &Finding) {
    println!("{}: FINDING, {} bytes: {}", target.name, finding.input.len(), finding.message);
    match keep(target, &finding.input) {
        Ok(path) => {
            println!("repeat: cargo run --profile fuzz --example fuzz -- {} --input {}", target.name, path.display());
        }
        Err(error) => println!("the input could not be kept: {error}"),
    }
}

fn replay(targets: &[&'static Target], file: &str) -> ExitCode {
    let input = match fs::read(file) {
        Ok(input) => input,
        Err(error) => {
            eprintln!("fuzz: {file}: {error}");
            return ExitCode::from(2);
        }
    };
    for target in targets {
        if let Err(message) = run(target, &input) {
            println!("{}: {message}", target.name);
            return ExitCode::FAILURE;
        }
        println!("{}: takes it", target.name);
    }
    ExitCode::SUCCESS
}
