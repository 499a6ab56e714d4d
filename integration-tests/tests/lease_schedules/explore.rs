//! Every path through a tree of choices, depth first: a run is made again from its start with one choice changed.

use integration_tests::steps::Step;

/// The choices of one run: given at its beginning, the first possible one beyond.
#[derive(Debug, Default)]
pub(crate) struct Path {
    made: Vec<Choice>,
    at: usize,
}

#[derive(Debug)]
struct Choice {
    options: Vec<Step>,
    taken: usize,
}

impl Path {
    /// Chooses among what can be done next. The same choices before have to lead to the same options.
    pub(crate) fn choose(&mut self, options: Vec<Step>) -> Step {
        if let Some(choice) = self.made.get(self.at) {
            assert_eq!(choice.options, options, "not deterministic: {self}");
        } else {
            self.made.push(Choice { options, taken: 0 });
        }
        let choice = &self.made[self.at];
        self.at += 1;
        choice.options[choice.taken]
    }

    /// Goes on to the next path; `false` if this was the last.
    pub(crate) fn advance(&mut self) -> bool {
        self.made.truncate(self.at);
        self.at = 0;
        while let Some(mut choice) = self.made.pop() {
            choice.taken += 1;
            if choice.taken < choice.options.len() {
                self.made.push(choice);
                return true;
            }
        }
        false
    }

    pub(crate) fn len(&self) -> usize {
        self.at
    }
}

impl std::fmt::Display for Path {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for choice in &self.made[..self.at] {
            write!(f, "\n    {}", choice.options[choice.taken])?;
        }
        Ok(())
    }
}

#[test]
fn every_order_of_two_and_three_steps_is_taken_once() {
    let mut path = Path::default();
    let mut seen = std::collections::BTreeSet::new();
    loop {
        let (mut left, mut order) = ([("a", 2), ("b", 3)], String::new());
        loop {
            let open = left.iter().filter(|(_, steps)| *steps > 0);
            let options: Vec<_> = open.map(|&(actor, _)| Step { actor, what: "" }).collect();
            if options.is_empty() {
                break;
            }
            let chosen = path.choose(options).actor;
            order.push_str(chosen);
            let actor = left.iter_mut().find(|(actor, _)| *actor == chosen);
            actor.unwrap().1 -= 1;
        }
        assert!(seen.insert(order));
        if !path.advance() {
            break;
        }
    }
    assert_eq!(seen.len(), 10);
}
