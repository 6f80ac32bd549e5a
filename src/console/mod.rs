//! One task per console.
