//! Values that many share: each is held once, with a number, as long as somebody uses it.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

#[derive(Debug)]
pub(super) struct Interned<T: ?Sized> {
    ids: HashMap<Arc<T>, u32>,
    uses: Vec<usize>,
    free: Vec<u32>,
}

/// A value and its number.
#[derive(Debug)]
pub(super) struct Shared<T: ?Sized> {
    pub(super) id: u32,
    pub(super) value: Arc<T>,
}

impl<T: ?Sized> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self {
            id: self.id,
            value: Arc::clone(&self.value),
        }
    }
}

impl<T: ?Sized> Default for Interned<T> {
    fn default() -> Self {
        Self {
            ids: HashMap::new(),
            uses: Vec::new(),
            free: Vec::new(),
        }
    }
}

impl<T: ?Sized + Eq + Hash> Interned<T> {
    /// Counts one use more of `value`.
    pub(super) fn acquire(&mut self, value: Arc<T>) -> Shared<T> {
        if let Some((held, id)) = self.ids.get_key_value(&value) {
            let shared = Shared {
                id: *id,
                value: Arc::clone(held),
            };
            self.retain(&shared);
            return shared;
        }
        let id = self.free.pop().unwrap_or_else(|| {
            self.uses.push(0);
            u32::try_from(self.uses.len() - 1).unwrap_or(u32::MAX)
        });
        self.ids.insert(Arc::clone(&value), id);
        let shared = Shared { id, value };
        self.retain(&shared);
        shared
    }

    /// Counts one use more of a value that is in use.
    pub(super) fn retain(&mut self, shared: &Shared<T>) {
        if let Some(uses) = self.uses.get_mut(shared.id as usize) {
            *uses += 1;
        }
    }

    /// Counts one use less; the last one frees the value and its number.
    pub(super) fn release(&mut self, shared: &Shared<T>) {
        let Some(uses) = self.uses.get_mut(shared.id as usize) else {
            return;
        };
        *uses -= 1;
        if *uses == 0 {
            self.ids.remove(&shared.value);
            self.free.push(shared.id);
        }
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_have_one_number_until_the_last_use_ends() {
        let mut interned: Interned<str> = Interned::default();
        let first = interned.acquire(Arc::from("a"));
        let again = interned.acquire(Arc::from("a"));
        let other = interned.acquire(Arc::from("b"));
        assert!(Arc::ptr_eq(&first.value, &again.value));
        assert_eq!((first.id, again.id, other.id), (0, 0, 1));

        interned.release(&again);
        assert_eq!(interned.acquire(Arc::from("c")).id, 2);
        interned.release(&first);
        assert_eq!(interned.acquire(Arc::from("d")).id, 0);
        assert_eq!(interned.acquire(Arc::from("a")).id, 3);
    }
}
