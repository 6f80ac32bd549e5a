//! Each fuzz target with its seeds and a few thousand mutations; fuzz/main.rs runs as many as one likes.

#[path = "../../fuzz/driver.rs"]
pub mod driver;
#[path = "../../fuzz/targets/mod.rs"]
pub mod targets;

use driver::{Finding, Fuzzer, Input, Random, Target, keep, run};
use targets::TARGETS;

/// Inputs for each target: some seconds of a slow machine for all of them together.
const RUNS: u64 = 1_000;

#[test]
fn every_target_takes_its_seeds_and_what_is_made_of_them() {
    for target in TARGETS {
        let fuzzer = Fuzzer::new(target, 1);
        let result = fuzzer.run_seeds().and_then(|()| (0..RUNS).try_for_each(|number| fuzzer.run(number)));
        if let Err(Finding { input, message }) = result {
            let kept = keep(target, &input).map(|path| path.display().to_string());
            panic!("{}: {message}; input kept: {kept:?}", target.name);
        }
    }
}

#[test]
fn a_panic_becomes_a_finding() {
    fn fails(input: &[u8]) {
        assert!(input.len() < 5, "five bytes are too much");
    }
    static TARGET: Target =
        Target { name: "fails", run: fails, seeds: || vec![b"abcdefgh".to_vec()], words: &[], max_len: 8 };
    let message = run(&TARGET, b"12345").expect_err("it panics");
    assert!(message.contains("five bytes are too much") && message.contains("fuzz.rs"), "{message}");
    assert_eq!(run(&TARGET, b"1234"), Ok(()));
    let Err(finding) = Fuzzer::new(&TARGET, 1).run_seeds() else { panic!("the seed is too long") };
    assert_eq!(finding.input, b"abcdefgh");
}

#[test]
fn inputs_follow_from_seed_and_number_and_stay_within_their_length() {
    for target in TARGETS {
        let (one, again, other) = (Fuzzer::new(target, 7), Fuzzer::new(target, 7), Fuzzer::new(target, 8));
        let inputs: Vec<Vec<u8>> = (0..500).map(|number| one.input(number)).collect();
        assert!(inputs.iter().enumerate().all(|(number, input)| *input == again.input(number as u64)));
        assert!(inputs.iter().enumerate().any(|(number, input)| *input != other.input(number as u64)));
        assert!(inputs.iter().all(|input| input.len() <= target.max_len), "{}", target.name);
    }
}

#[test]
fn pieces_of_an_input_never_run_out() {
    let mut input = Input(&[2, b'a', b'b', 1, 0, 9, b'c']);
    assert_eq!(input.piece(), b"ab");
    assert_eq!((input.u16(), input.is_empty()), (0x100, false));
    assert_eq!((input.piece(), input.is_empty()), (&b"c"[..], true));
    assert_eq!((input.u8(), input.u32(), input.below(7), input.piece()), (0, 0, 0, &b""[..]));
    assert_eq!(Random::new(1).below(0), 0);
}
