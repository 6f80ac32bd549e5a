//! Users' passwords, which are meant to cost memory and time, are looked at here: on other threads, few at the same time, and
//! so that who sends many keeps nobody else waiting.
//!
//! Of one far address, and of one name from near, `AT_ONCE` wait in the queue of all; the others wait for these. Names that
//! are nobody's do not come into it: they have one thread among them, and where that is busy, nothing is worked on for
//! them, since they are wrong whatever comes of it. Wrong ones are answered so late that this tells no names.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, Weak};

use tokio::sync::Semaphore;

use super::locked;
use crate::access::users::Users;
use crate::access::{Role, Secret};

/// Threads on which passwords are looked at: of users, and of those who are none.
pub const THREADS_MAX: usize = USERS_MAX + 1;
/// Passwords of users that are looked at at the same time; and half of the processors are left to the others.
const USERS_MAX: usize = 2;
/// Of one source, so many wait for their turn among all; see above.
const AT_ONCE: usize = 4;

/// Whose queue somebody stands in.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Source {
    Far(IpAddr),
    /// Behind a proxy's address there is everybody.
    Near(String),
}

/// Where passwords are looked at.
#[derive(Debug)]
pub(super) struct Hashing {
    users: Arc<Semaphore>,
    nobodies: Arc<Semaphore>,
    sources: Mutex<HashMap<Source, Weak<Semaphore>>>,
}

impl Default for Hashing {
    fn default() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let users = Semaphore::new((processors / 2).clamp(1, USERS_MAX));
        Self { users: Arc::new(users), nobodies: Arc::new(Semaphore::new(1)), sources: Mutex::default() }
    }
}

impl Hashing {
    /// What a user may do, if that is his password. Who hangs up before it is known has cost no more than who waits.
    pub(super) async fn role(
        &self,
        users: Arc<Users>,
        from: Option<IpAddr>,
        user: &str,
        password: Secret,
    ) -> Option<Role> {
        let user = user.to_owned();
        let permits = if users.knows(&user) {
            let source = from.map_or_else(|| Source::Near(user.clone()), Source::Far);
            let own = self.of(source).acquire_owned().await.ok()?;
            (Arc::clone(&self.users).acquire_owned().await.ok()?, Some(own))
        } else {
            (Arc::clone(&self.nobodies).try_acquire_owned().ok()?, None)
        };
        let work = move || {
            let role = users.role(&user, password.bytes());
            drop(permits);
            role
        };
        tokio::task::spawn_blocking(work).await.ok()?
    }

    /// A source's own queue, which is there for as long as somebody stands in it: there are no more than connections.
    fn of(&self, source: Source) -> Arc<Semaphore> {
        let mut sources = locked(&self.sources);
        if let Some(queue) = sources.get(&source).and_then(Weak::upgrade) {
            return queue;
        }
        sources.retain(|_, queue| queue.strong_count() > 0);
        let queue = Arc::new(Semaphore::new(AT_ONCE));
        sources.insert(source, Arc::downgrade(&queue));
        queue
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::access::users::tests::users;

    /// Everything is busy that users' passwords are looked at on, until the permits are dropped.
    fn busy(hashing: &Hashing) -> Vec<tokio::sync::OwnedSemaphorePermit> {
        std::iter::from_fn(|| Arc::clone(&hashing.users).try_acquire_owned().ok()).collect()
    }

    /// Looks at a password that is the name.
    fn role<'a>(
        hashing: &'a Hashing,
        from: Option<u8>,
        user: &'a str,
    ) -> std::pin::Pin<Box<impl Future<Output = Option<Role>> + 'a>> {
        let from = from.map(|last| IpAddr::from([192, 0, 2, last]));
        Box::pin(hashing.role(Arc::new(users()), from, user, Secret::new(user.into())))
    }

    /// Whether it is still waiting, once it had the time to begin.
    async fn waits(role: &mut (impl Future<Output = Option<Role>> + Unpin)) -> bool {
        tokio::time::timeout(Duration::from_millis(1), role).await.is_err()
    }

    #[tokio::test]
    async fn no_more_are_looked_at_at_once_than_so_many() {
        let hashing = Hashing::default();
        let permits = busy(&hashing);
        assert!((1..=USERS_MAX).contains(&permits.len()));
        let mut waiting = role(&hashing, None, "view");
        assert!(waits(&mut waiting).await);
        drop(permits);
        assert_eq!(waiting.await, Some(Role::View));
    }

    #[tokio::test]
    async fn names_that_are_nobodys_keep_no_user_waiting_and_do_not_wait() {
        let hashing = Hashing::default();
        let nobodies = Arc::clone(&hashing.nobodies).try_acquire_owned();
        assert_eq!(role(&hashing, None, "view").await, Some(Role::View));
        let permits = busy(&hashing);
        assert_eq!(role(&hashing, None, "nobody").await, None);
        drop(nobodies);
        assert_eq!(role(&hashing, None, "nobody").await, None);
        drop(permits);
    }

    #[tokio::test]
    async fn who_sends_many_stands_in_a_queue_of_his_own() {
        let hashing = Hashing::default();
        let permits = busy(&hashing);
        for (from, user, other_from, other) in
            [(Some(1), "view", Some(2), "view"), (None, "view", None, "write"), (None, "admin", Some(1), "admin")]
        {
            let mut crowd: Vec<_> = (0..AT_ONCE + 6).map(|_| role(&hashing, from, user)).collect();
            for one in &mut crowd {
                assert!(waits(one).await);
            }
            let mut one_more = role(&hashing, other_from, other);
            assert!(waits(&mut one_more).await);
            let queues = |source: Source| hashing.of(source).available_permits();
            let source = |from: Option<u8>, user: &str| {
                from.map_or_else(|| Source::Near(user.to_owned()), |last| Source::Far(IpAddr::from([192, 0, 2, last])))
            };
            assert_eq!((queues(source(from, user)), queues(source(other_from, other))), (0, AT_ONCE - 1));
        }
        drop(permits);
        assert_eq!(role(&hashing, Some(3), "view").await, Some(Role::View));
        assert_eq!(hashing.sources.lock().expect("whole").len(), 1, "those that nobody stands in are gone");
    }
}
