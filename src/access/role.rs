//! What somebody may do, bound to what he came in with.

/// A role; each may do what those before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Role {
    /// Looks, and looks back, and marks text for himself: nothing of it reaches the guest or changes its screen.
    View,
    /// Types, pastes, and resizes where that is allowed.
    Write,
    /// May take from others what they hold.
    Admin,
}

impl Role {
    /// Every role, the least first.
    pub const ALL: [Self; 3] = [Self::View, Self::Write, Self::Admin];

    /// Its name in files and on command lines.
    pub const fn name(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Write => "write",
            Self::Admin => "admin",
        }
    }

    /// The role of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// Whether what he does may reach the guest.
    pub fn may_write(self) -> bool {
        self >= Self::Write
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_ordered_and_found_by_name() {
        assert!(Role::ALL.is_sorted());
        assert!(Role::ALL.into_iter().all(|role| Role::named(role.name()) == Some(role)));
        assert_eq!(Role::named("root"), None);
        assert_eq!(Role::ALL.map(Role::may_write), [false, true, true]);
    }
}
