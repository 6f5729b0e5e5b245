//! What an instance keeps in memory: it may live for hours and serve every tenant, so all of that has a bound.

use std::{
    borrow::Borrow,
    collections::HashMap,
    hash::Hash,
    mem,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// A map with at most so many entries, of which those that nobody asks for go first.
pub struct Bounded<K, V, const MOST: usize>(Mutex<Generations<K, V>>);

/// Each of the two has half of the entries. When the newest is full it becomes the one before, and what is asked for there moves
/// into the newest.
struct Generations<K, V> {
    newest: HashMap<K, V>,
    before: HashMap<K, V>,
}

impl<K, V, const MOST: usize> Default for Bounded<K, V, MOST> {
    fn default() -> Self {
        Bounded(Mutex::new(Generations { newest: HashMap::new(), before: HashMap::new() }))
    }
}

impl<K: Hash + Eq, V: Clone, const MOST: usize> Bounded<K, V, MOST> {
    pub fn get<Q: Hash + Eq + ?Sized>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let mut kept = self.lock();
        kept.refresh(key, MOST);
        kept.newest.get(key).cloned()
    }

    pub fn put(&self, key: K, value: V) {
        self.lock().put(key, value, MOST);
    }

    /// What is there; where nothing is, this is put there first. Of many at the same moment, all get the same.
    pub fn get_or_put(&self, key: K, value: V) -> V {
        let mut kept = self.lock();
        kept.refresh(&key, MOST);
        if let Some(found) = kept.newest.get(&key) {
            return found.clone();
        }
        kept.put(key, value.clone(), MOST);
        value
    }

    /// Puts it there unless what is there is `better`.
    pub fn put_unless(&self, key: K, value: V, better: impl Fn(&V) -> bool) {
        let mut kept = self.lock();
        kept.refresh(&key, MOST);
        if !kept.newest.get(&key).is_some_and(better) {
            kept.put(key, value, MOST);
        }
    }

    pub fn remove<Q: Hash + Eq + ?Sized>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let mut kept = self.lock();
        let before = kept.before.remove(key);
        kept.newest.remove(key).or(before)
    }

    pub fn clear(&self) {
        *self.lock() = Generations { newest: HashMap::new(), before: HashMap::new() };
    }

    fn lock(&self) -> MutexGuard<'_, Generations<K, V>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Hash + Eq, V> Generations<K, V> {
    fn refresh<Q: Hash + Eq + ?Sized>(&mut self, key: &Q, most: usize)
    where
        K: Borrow<Q>,
    {
        if let Some((key, value)) = self.before.remove_entry(key) {
            self.put(key, value, most);
        }
    }

    fn put(&mut self, key: K, value: V, most: usize) {
        self.before.remove(&key);
        if self.newest.len() >= most / 2 && !self.newest.contains_key(&key) {
            self.before = mem::take(&mut self.newest);
        }
        self.newest.insert(key, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: usize = 100;

    fn len(map: &Bounded<usize, usize, MOST>) -> usize {
        let kept = map.lock();
        kept.newest.len() + kept.before.len()
    }

    #[test]
    fn however_many_come_so_many_are_kept_and_those_that_are_asked_for_stay() {
        let map = Bounded::<usize, usize, MOST>::default();
        for n in 0..10 * MOST {
            map.put(n, n);
            assert!(len(&map) <= MOST, "{n}");
            assert!(n % 40 != 0 || map.get(&0) == Some(0), "{n}");
        }
        assert_eq!((map.get(&1), map.get(&(10 * MOST - 1))), (None, Some(10 * MOST - 1)));
    }

    #[test]
    fn the_last_that_was_put_is_the_one_that_is_there_however_old_the_other_is() {
        let map = Bounded::<usize, usize, MOST>::default();
        for age in [0, MOST / 2, MOST] {
            map.put(7, 1);
            for n in 0..age {
                map.put(1_000 + n, 0);
            }
            map.put(7, 2);
            assert_eq!((map.get(&7), map.remove(&7), map.get(&7)), (Some(2), Some(2), None), "{age}");
        }
        map.clear();
        assert_eq!(len(&map), 0);
    }

    #[test]
    fn what_is_put_again_pushes_nothing_out() {
        let map = Bounded::<usize, usize, MOST>::default();
        for n in 0..MOST {
            map.put(n, n);
        }
        for again in 0..3 * MOST {
            map.put(MOST - 1, again);
        }
        assert_eq!((len(&map), map.get(&0)), (MOST, Some(0)));
    }

    #[test]
    fn the_first_of_many_decides_and_the_better_one_stays() {
        let map = Bounded::<usize, usize, MOST>::default();
        assert_eq!((map.get_or_put(1, 10), map.get_or_put(1, 20)), (10, 10));
        map.put_unless(1, 30, |there| *there == 10);
        assert_eq!(map.get(&1), Some(10));
        map.put_unless(1, 30, |there| *there > 30);
        assert_eq!(map.get(&1), Some(30));
    }
}
