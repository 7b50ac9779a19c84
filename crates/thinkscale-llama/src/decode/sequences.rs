use std::sync::Arc;

use crate::model::{Context, Memory, Sequence, Streams, Token};

use super::branch::Logits;
use super::cells::{Cell, Cells};
use super::BranchId;


/// Prompt tokens are computed in pieces whose borders are multiples of this, and a lone request reuses up to such a
/// border: the matrix and attention kernels work in tiles of at most 64 rows, so the arithmetic is then the same.
pub(super) const TILE: usize = 64;

/// What a sequence of the context holds.
pub(super) struct Resident {
    /// Evaluated tokens.
    pub tokens: Vec<Token>,
    cells: Vec<Cell>,
    /// Logits after the last token, kept where the sequence outlived its branch.
    logits: Option<Arc<Logits>>,
    /// The branch; none once it was dropped.
    owner: Option<BranchId>,
    /// First tokens that were computed as the first and only request would.
    clean: usize,
    used: u64,
}

/// The sequences of a context, and what they hold.
pub(super) struct Sequences {
    pub context: Context,
    residents: Vec<Option<Resident>>,
    cells: Cells,
    streams: Streams,
    /// A part of a sequence can be removed.
    exact: bool,
    /// Cells are counted; recurrent states and split streams do not share a pool of them.
    counted: bool,
    clock: u64,
}

impl Sequences {
    pub fn new(context: Context, count: u32, streams: Streams, full_window: bool) -> Self {
        let memory = context.model().memory();
        let exact = match memory {
            Memory::Attention => true,
            Memory::SlidingWindow(_) => full_window,
            Memory::Recurrent => false,
        };
        let counted = streams == Streams::Unified && memory != Memory::Recurrent;
        Self {
            cells: Cells::new(context.cells()),
            context,
            residents: (0..count).map(|_| None).collect(),
            streams,
            exact,
            counted,
            clock: 0,
        }
    }

    pub fn exact(&self) -> bool {
        self.exact
    }

    pub fn used_cells(&self) -> usize {
        self.cells.used()
    }

    pub fn cell_count(&self) -> usize {
        self.cells.len()
    }

    /// Tokens that can be evaluated before memory has to be taken from somebody.
    pub fn room(&self) -> usize {
        if self.counted { self.cells.free() } else { usize::MAX }
    }

    pub fn resident(&self, sequence: Sequence) -> Option<&Resident> {
        self.residents.get(sequence as usize)?.as_ref()
    }

    /// Evaluated tokens of a sequence.
    pub fn evaluated(&self, sequence: Sequence) -> usize {
        self.resident(sequence).map_or(0, |resident| resident.tokens.len())
    }

    /// A sequence that nobody has, now owned by `owner`.
    pub fn claim(&mut self, owner: BranchId) -> Option<Sequence> {
        let at = self.residents.iter().position(Option::is_none)?;
        self.clock += 1;
        self.residents[at] = Some(Resident {
            tokens: Vec::new(),
            cells: Vec::new(),
            logits: None,
            owner: Some(owner),
            clean: 0,
            used: self.clock,
        });
        Some(at as Sequence)
    }

    /// Makes the empty sequence `target` start with the first `length` tokens of `source`.
    pub fn copy(&mut self, source: Sequence, target: Sequence, length: usize) -> bool {
        self.clock += 1;
        let clock = self.clock;
        let Some(Some(from)) = self.residents.get_mut(source as usize) else { return false };
        let length = length.min(from.tokens.len());
        if length == 0 || (!self.exact && length < from.tokens.len()) {
            return false;
        }
        from.used = clock;
        let tokens = from.tokens[..length].to_vec();
        let cells = from.cells.get(..length).unwrap_or_default().to_vec();
        let (evaluated, clean) = (from.tokens.len(), from.clean.min(length));
        if !self.context.copy(source, target, length, evaluated) {
            return false;
        }
        let shared = if self.streams == Streams::Unified { cells } else { Vec::new() };
        self.cells.share(&shared);
        if let Some(Some(to)) = self.residents.get_mut(target as usize) {
            to.tokens = tokens;
            to.cells = shared;
            to.clean = clean;
            to.used = clock;
        }
        true
    }

    /// Notes tokens that were just evaluated; `clean` if nothing else was in the batch.
    pub fn extend(&mut self, sequence: Sequence, tokens: &[Token], clean: bool) {
        self.clock += 1;
        let clock = self.clock;
        let counted = self.counted;
        let Some(Some(resident)) = self.residents.get_mut(sequence as usize) else { return };
        if clean && resident.clean == resident.tokens.len() {
            resident.clean += tokens.len();
        }
        resident.tokens.extend_from_slice(tokens);
        resident.used = clock;
        if counted {
            for _ in tokens {
                resident.cells.extend(self.cells.take());
            }
        }
    }

    /// Forgets what a sequence has from token `from` on; all of it where only all can be forgotten.
    pub fn cut(&mut self, sequence: Sequence, from: usize) {
        let keep = if self.exact { from } else { 0 };
        let Some(Some(resident)) = self.residents.get_mut(sequence as usize) else { return };
        if from >= resident.tokens.len() {
            return;
        }
        let keep = if self.context.forget(sequence, keep) { keep } else { 0 };
        if keep == 0 {
            self.context.forget(sequence, 0);
        }
        resident.tokens.truncate(keep);
        resident.clean = resident.clean.min(keep);
        resident.logits = None;
        let lost = resident.cells.split_off(keep.min(resident.cells.len()));
        self.cells.release(&lost);
    }

    /// Gives a sequence up.
    pub fn free(&mut self, sequence: Sequence) {
        self.cut(sequence, 0);
        if let Some(slot) = self.residents.get_mut(sequence as usize) {
            *slot = None;
        }
    }

    /// Keeps what a dropped branch leaves, for requests that begin alike.
    pub fn retire(&mut self, sequence: Sequence, logits: Option<Arc<Logits>>) {
        match self.residents.get_mut(sequence as usize) {
            Some(Some(resident)) if !resident.tokens.is_empty() => {
                resident.owner = None;
                resident.logits = logits;
            }
            _ => self.free(sequence),
        }
    }

    /// Hands what a dropped branch left to `owner`.
    pub fn adopt(&mut self, sequence: Sequence, owner: BranchId) {
        self.clock += 1;
        if let Some(Some(resident)) = self.residents.get_mut(sequence as usize) {
            resident.owner = Some(owner);
            resident.used = self.clock;
        }
    }

    /// The sequence with the longest start in common with `tokens`, and how much of it may be reused. All of `tokens`
    /// only if the logits after them are known, since the last token has to be evaluated otherwise.
    pub fn longest_prefix(&self, tokens: &[Token], needs_logits: bool) -> Option<(Sequence, usize)> {
        let mut best = None;
        for (at, resident) in self.residents.iter().enumerate() {
            let Some(resident) = resident else { continue };
            let mut common = common_start(&resident.tokens, tokens);
            if common == tokens.len() && needs_logits && (resident.tokens.len() > common || resident.logits.is_none()) {
                common -= 1;
            }
            if !self.exact && common < resident.tokens.len() {
                continue;
            }
            if common > 0 && best.is_none_or(|(_, length)| common > length) {
                best = Some((at as Sequence, common));
            }
        }
        best
    }

    /// Whether no living branch has a place.
    pub fn idle(&self) -> bool {
        self.residents.iter().flatten().all(|resident| resident.owner.is_none())
    }

    /// Leaves of all that dropped branches left only what the first and only request would compute alike, the start of
    /// `tokens`: the rest would shift its cells and change its rounding.
    pub fn keep_clean_start(&mut self, tokens: &[Token], needs_logits: bool) {
        let clean = self.longest_prefix(tokens, needs_logits).map(|(sequence, length)| {
            let clean = self.resident(sequence).map_or(0, |resident| resident.clean);
            let whole = length == tokens.len() && clean >= length;
            (sequence, if whole { length } else { length.min(clean) / TILE * TILE })
        });
        let kept = clean.filter(|&(_, length)| length > 0);
        for at in (0..self.residents.len() as Sequence).filter(|&at| kept.is_none_or(|(kept, _)| kept != at)) {
            self.free(at);
        }
        match kept {
            Some((sequence, length)) => self.cut(sequence, length),
            None => self.context.clear(),
        }
    }

    /// The logits after the last token of a sequence, where they outlived their branch.
    pub fn take_logits(&mut self, sequence: Sequence) -> Option<Arc<Logits>> {
        self.residents.get_mut(sequence as usize)?.as_mut()?.logits.take()
    }

    /// The sequence not used for the longest time among the `wanted` ones.
    pub fn oldest_of(&self, wanted: impl Fn(Option<BranchId>, Sequence) -> bool) -> Option<Sequence> {
        let held = self.held().filter(|&(at, resident)| wanted(resident.owner, at));
        held.min_by_key(|(_, resident)| resident.used).map(|(at, _)| at)
    }

    /// Cells that the `wanted` sequences hold and share with nobody.
    pub fn exclusive_of(&self, wanted: impl Fn(Option<BranchId>) -> bool) -> usize {
        let held = self.held().filter(|(_, resident)| wanted(resident.owner));
        held.map(|(_, resident)| self.cells.exclusive(&resident.cells)).sum()
    }

    /// Whether `sequence` is the only one that holds anything.
    pub fn is_only(&self, sequence: Sequence) -> bool {
        self.held().all(|(at, resident)| at == sequence || resident.tokens.is_empty())
    }

    pub fn owner(&self, sequence: Sequence) -> Option<BranchId> {
        self.resident(sequence)?.owner
    }

    fn held(&self) -> impl Iterator<Item = (Sequence, &Resident)> {
        let residents = self.residents.iter().enumerate();
        residents.filter_map(|(at, resident)| resident.as_ref().map(|resident| (at as Sequence, resident)))
    }
}

fn common_start(left: &[Token], right: &[Token]) -> usize {
    left.iter().zip(right).take_while(|(left, right)| left == right).count()
}
