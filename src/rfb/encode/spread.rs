//! Work that is spread over the cores, where there is so much of it that this pays.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Threads that work on one update, at most: others have work to do, too.
const MOST: usize = 4;

/// Pixels that are worth a thread. Encoding them takes a millisecond, and a thread less than a tenth of that.
const WORTH: u64 = 64 * 1024;

/// What `work` makes of each of `items`, in their order; they have so many pixels in all.
pub(super) fn spread<T: Sync, R: Send>(items: &[T], pixels: u64, work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = usize::try_from(pixels / WORTH).unwrap_or(MOST).min(items.len()).min(cores());
    if threads < 2 {
        return items.iter().map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let some = || {
        let mut done = Vec::new();
        while let at = next.fetch_add(1, Ordering::Relaxed)
            && let Some(item) = items.get(at)
        {
            done.push((at, work(item)));
        }
        done
    };
    let mut done = thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(some)).collect();
        let mut done = some();
        for other in others {
            match other.join() {
                Ok(more) => done.extend(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        done
    });
    done.sort_unstable_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

/// How many threads can run at the same time.
fn cores() -> usize {
    static CORES: OnceLock<usize> = OnceLock::new();
    *CORES.get_or_init(|| thread::available_parallelism().map_or(1, |cores| cores.get().min(MOST)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_however_many_work() {
        let items: Vec<u32> = (0..1_000).collect();
        for pixels in [0, WORTH, 2 * WORTH, u64::MAX] {
            assert!(spread(&items, pixels, |item| item * 3).into_iter().eq((0..1_000).map(|item| item * 3)));
            assert!(spread(&[], pixels, |item: &u32| *item).is_empty());
        }
    }
}
