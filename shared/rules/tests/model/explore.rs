//! A breadth-first search through everything that can happen. The first broken promise that it meets lies at the end of a shortest
//! way, which is the counterexample.

use std::{
    collections::{HashMap, VecDeque, hash_map::Entry},
    fmt::{Debug, Display},
    hash::{BuildHasherDefault, Hash, Hasher},
};

pub trait Model {
    type State: Clone + Eq + Hash;
    type Step: Copy + Display;

    fn start(&self) -> Self::State;

    /// Everything that can happen next.
    fn steps(&self, state: &Self::State) -> Vec<(Self::Step, Self::State)>;

    /// A promise that does not hold in this state.
    fn broken_promise(&self, state: &Self::State) -> Option<&'static str>;
}

pub struct Explored {
    pub states: usize,
    pub counterexample: Option<Counterexample>,
}

pub struct Counterexample {
    pub promise: &'static str,
    pub steps: Vec<String>,
}

impl Debug for Counterexample {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "\"{}\" does not hold:", self.promise)?;
        self.steps.iter().enumerate().try_for_each(|(index, step)| writeln!(f, "{:4}. {step}", index + 1))
    }
}

/// Mixes each number in with one multiplication, in place of the standard library's hash, which withstands attacks and is slow in a
/// development build.
#[derive(Default)]
pub struct Mixed(u64);

pub type FastMap<K, V> = HashMap<K, V, BuildHasherDefault<Mixed>>;

impl Hasher for Mixed {
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 29)
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64(u64::from(*byte)));
    }

    fn write_u8(&mut self, number: u8) {
        self.write_u64(u64::from(number));
    }

    fn write_u16(&mut self, number: u16) {
        self.write_u64(u64::from(number));
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = (self.0.rotate_left(5) ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn write_usize(&mut self, number: usize) {
        self.write_u64(number as u64);
    }

    fn write_i64(&mut self, number: i64) {
        self.write_u64(number.cast_unsigned());
    }

    fn write_isize(&mut self, number: isize) {
        self.write_i64(number as i64);
    }
}

/// How a state was reached.
struct Reached<Step> {
    from: usize,
    by: Option<Step>,
}

pub fn explore<M: Model>(model: &M) -> Explored {
    let start = model.start();
    let mut numbers: FastMap<M::State, usize> = FastMap::default();
    numbers.insert(start.clone(), 0);
    let mut ways = vec![Reached { from: 0, by: None }];
    let mut queue = VecDeque::from([(start, 0)]);
    while let Some((state, number)) = queue.pop_front() {
        if let Some(promise) = model.broken_promise(&state) {
            let counterexample = Counterexample { promise, steps: way_to(&ways, number) };
            return Explored { states: numbers.len(), counterexample: Some(counterexample) };
        }
        for (step, next) in model.steps(&state) {
            let new = numbers.len();
            if let Entry::Vacant(entry) = numbers.entry(next) {
                queue.push_back((entry.key().clone(), new));
                entry.insert(new);
                ways.push(Reached { from: number, by: Some(step) });
            }
        }
    }
    Explored { states: numbers.len(), counterexample: None }
}

fn way_to<Step: Display>(ways: &[Reached<Step>], mut number: usize) -> Vec<String> {
    let mut steps = Vec::new();
    while let Reached { from, by: Some(step) } = &ways[number] {
        steps.push(step.to_string());
        number = *from;
    }
    steps.reverse();
    steps
}
