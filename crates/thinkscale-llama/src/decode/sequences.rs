use std::sync::Arc;

use crate::model::{Context, Memory, Sequence, Streams, Token};

use super::BranchId;
use super::branch::Logits;
use super::cells::{Cell, Cells};

/// Prompt tokens are computed in pieces whose borders are multiples of this, and a lone request reuses up to such a
/// border: the matrix and attention kernels work in tiles of at most 64 rows, so the arithmetic is then the same.
pub(super) const TILE: usize = 64;
/// Most tokens of a prompt that are computed at once.
pub(super) const PIECE: usize = 512;

/// How many of the first `reusable` tokens of a prompt leave the arithmetic of the rest as it is without them: ggml's
/// attention takes another path for fewer than [`TILE`] rows, so the rest of a piece is not shorter than that.
pub(super) fn same_arithmetic(reusable: usize, length: usize) -> usize {
    let tiles = reusable / TILE * TILE;
    let begin = tiles / PIECE * PIECE;
    let end = length.min(begin + PIECE);
    if tiles > begin && end < tiles + TILE {
        tiles - TILE
    } else {
        tiles
    }
}

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
    /// Tokens that layers with a sliding window see.
    window: Option<usize>,
    /// A part of a sequence can be removed.
    exact: bool,
    /// Cells are counted; recurrent states and split streams do not share a pool of them.
    counted: bool,
    recurrent: bool,
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
        let window = match memory {
            Memory::SlidingWindow(window) => Some(window as usize),
            _ => None,
        };
        Self {
            cells: Cells::new(context.cells()),
            context,
            residents: (0..count).map(|_| None).collect(),
            streams,
            window,
            exact,
            counted,
            recurrent: memory == Memory::Recurrent,
            clock: 0,
        }
    }

    pub fn exact(&self) -> bool {
        self.exact
    }

    /// Cells that hold a token of a branch, or states of a recurrent model.
    pub fn used_cells(&self) -> usize {
        if self.counted {
            self.cells.used() - self.cached_cells()
        } else {
            self.uncounted_cells(|owner| owner.is_some())
        }
    }

    /// Cells that only dropped branches left.
    pub fn cached_cells(&self) -> usize {
        if self.counted {
            self.exclusive_of(|owner, _| owner.is_none())
        } else {
            self.uncounted_cells(|owner| owner.is_none())
        }
    }

    fn uncounted_cells(&self, wanted: impl Fn(Option<BranchId>) -> bool) -> usize {
        let held = self.held().filter(|(_, resident)| wanted(resident.owner));
        let lengths = held.map(|(_, resident)| resident.tokens.len());
        if self.recurrent {
            lengths.filter(|&length| length > 0).count()
        } else {
            lengths.sum()
        }
    }

    pub fn cell_count(&self) -> usize {
        if self.recurrent {
            self.residents.len()
        } else {
            self.cells.len()
        }
    }

    /// Tokens that can be evaluated before memory has to be taken from somebody.
    pub fn room(&self) -> usize {
        if self.counted {
            self.cells.free()
        } else {
            usize::MAX
        }
    }

    pub fn resident(&self, sequence: Sequence) -> Option<&Resident> {
        self.residents.get(sequence as usize)?.as_ref()
    }

    /// Evaluated tokens of a sequence.
    pub fn evaluated(&self, sequence: Sequence) -> usize {
        self.resident(sequence)
            .map_or(0, |resident| resident.tokens.len())
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
        let Some(Some(from)) = self.residents.get_mut(source as usize) else {
            return false;
        };
        let length = length.min(from.tokens.len());
        if length == 0 || !can_keep(&self.context, self.exact, self.window, source, from, length) {
            return false;
        }
        from.used = clock;
        let tokens = from.tokens[..length].to_vec();
        let cells = from.cells.get(..length).unwrap_or_default().to_vec();
        let (evaluated, clean) = (from.tokens.len(), from.clean.min(length));
        if !self.context.copy(source, target, length, evaluated) {
            return false;
        }
        let shared = if self.streams == Streams::Unified {
            cells
        } else {
            Vec::new()
        };
        self.cells.share(&shared);
        if let Some(Some(to)) = self.residents.get_mut(target as usize) {
            to.tokens = tokens;
            to.cells = shared;
            to.clean = clean;
            to.used = clock;
        }
        true
    }

    /// Notes tokens that were just evaluated; `clean` if nothing else was in the batch or the context.
    pub fn extend(&mut self, sequence: Sequence, tokens: &[Token], clean: bool) {
        self.clock += 1;
        let clock = self.clock;
        let counted = self.counted;
        let Some(Some(resident)) = self.residents.get_mut(sequence as usize) else {
            return;
        };
        // A piece that begins inside a tile has other tiles than the whole prompt would have.
        if clean && resident.clean == resident.tokens.len() && resident.clean.is_multiple_of(TILE) {
            resident.clean += tokens.len();
        }
        resident.tokens.extend_from_slice(tokens);
        debug_assert_eq!(
            self.context.length(sequence),
            resident.tokens.len(),
            "llama.cpp holds other tokens"
        );
        resident.used = clock;
        if counted {
            for _ in tokens {
                resident.cells.extend(self.cells.take());
            }
        }
    }

    /// Forgets what a sequence has from token `from` on; all of it where only all can be forgotten.
    pub fn cut(&mut self, sequence: Sequence, from: usize) {
        let Some(Some(resident)) = self.residents.get_mut(sequence as usize) else {
            return;
        };
        if from >= resident.tokens.len() {
            return;
        }
        let may = can_keep(&self.context, self.exact, self.window, sequence, resident, from);
        let keep = if may && self.context.forget(sequence, from) {
            from
        } else {
            0
        };
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
        // A batch that failed may have left more than was noted.
        self.context.forget(sequence, 0);
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

    /// The sequence with the longest start in common with what is wanted, and how much of it may be reused.
    pub fn longest_prefix(&self, wanted: &Wanted<'_>) -> Option<(Sequence, usize)> {
        let mut best = None;
        for (at, resident) in self.held() {
            let mut common = common_start(&resident.tokens, wanted.tokens);
            if !(wanted.ends
                && common == resident.tokens.len()
                && common == wanted.tokens.len()
                && resident.logits.is_some())
            {
                common = common.min(wanted.most);
            }
            if common > 0
                && best.is_none_or(|(_, length)| common > length)
                && can_keep(&self.context, self.exact, self.window, at, resident, common)
            {
                best = Some((at, common));
            }
        }
        best
    }

    /// Whether no living branch has a place.
    pub fn idle(&self) -> bool {
        self.residents
            .iter()
            .flatten()
            .all(|resident| resident.owner.is_none())
    }

    /// Leaves of all that dropped branches left only what the first and only request would compute alike, the start of
    /// `tokens`: the rest would shift its cells and change its rounding.
    pub fn keep_clean_start(&mut self, wanted: &Wanted<'_>) {
        let clean = self.longest_prefix(wanted).map(|(sequence, length)| {
            let clean = self.resident(sequence).map_or(0, |resident| resident.clean);
            let whole = length == wanted.tokens.len() && clean >= length;
            (
                sequence,
                if whole {
                    length
                } else {
                    same_arithmetic(length.min(clean), wanted.tokens.len())
                },
            )
        });
        let kept = clean.filter(|&(_, length)| length > 0);
        for at in (0..self.residents.len() as Sequence).filter(|&at| kept.is_none_or(|(kept, _)| kept != at))
        {
            self.free(at);
        }
        if let Some((sequence, length)) = kept {
            self.cut(sequence, length);
            if self.evaluated(sequence) > 0 {
                return;
            }
            self.free(sequence);
        }
        self.context.clear();
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

    /// Cells that the `wanted` sequences hold and share with no other.
    pub fn exclusive_of(&self, wanted: impl Fn(Option<BranchId>, Sequence) -> bool) -> usize {
        let held = self.held().filter(|&(at, resident)| wanted(resident.owner, at));
        self.cells
            .exclusive(held.map(|(_, resident)| resident.cells.as_slice()))
    }

    /// Whether `sequence` is the only one that holds anything.
    pub fn is_only(&self, sequence: Sequence) -> bool {
        self.held()
            .all(|(at, resident)| at == sequence || resident.tokens.is_empty())
    }

    pub fn owner(&self, sequence: Sequence) -> Option<BranchId> {
        self.resident(sequence)?.owner
    }

    fn held(&self) -> impl Iterator<Item = (Sequence, &Resident)> {
        let residents = self.residents.iter().enumerate();
        residents.filter_map(|(at, resident)| resident.as_ref().map(|resident| (at as Sequence, resident)))
    }
}

/// What a branch looks for in the context.
pub(super) struct Wanted<'a> {
    pub tokens: &'a [Token],
    /// Tokens that need not be evaluated, because nothing is wanted of the logits after them but after the last.
    pub most: usize,
    /// Only the logits after the last token are wanted, so that all may be reused where these were kept.
    pub ends: bool,
}

/// Whether a sequence can be cut to its first `length` tokens and go on from there.
fn can_keep(
    context: &Context,
    exact: bool,
    window: Option<usize>,
    sequence: Sequence,
    resident: &Resident,
    length: usize,
) -> bool {
    if length >= resident.tokens.len() {
        return true;
    }
    // llama.cpp takes cells behind the window of a sequence again even where it has room to keep all.
    exact
        && window.is_none_or(|window| {
            let first = context.first_position(sequence);
            first == 0 || first + window <= length
        })
}

pub(super) fn common_start(left: &[Token], right: &[Token]) -> usize {
    left.iter()
        .zip(right)
        .take_while(|(left, right)| left == right)
        .count()
}
