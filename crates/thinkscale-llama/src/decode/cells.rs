/// Number of a key-value cell in our own books.
pub(super) type Cell = u32;

/// Which cells hold a token. llama.cpp does not say how many are used, and shared ones count once.
pub(super) struct Cells {
    holders: Vec<u32>,
    free: Vec<Cell>,
}

impl Cells {
    pub fn new(count: u32) -> Self {
        Self {
            holders: vec![0; count as usize],
            free: (0..count).rev().collect(),
        }
    }

    pub fn len(&self) -> usize {
        self.holders.len()
    }

    pub fn free(&self) -> usize {
        self.free.len()
    }

    pub fn used(&self) -> usize {
        self.len() - self.free()
    }

    /// A free cell; the caller has asked for room before.
    pub fn take(&mut self) -> Option<Cell> {
        let cell = self.free.pop()?;
        self.holders[cell as usize] = 1;
        Some(cell)
    }

    pub fn share(&mut self, cells: &[Cell]) {
        for &cell in cells {
            self.holders[cell as usize] += 1;
        }
    }

    pub fn release(&mut self, cells: &[Cell]) {
        for &cell in cells {
            let holders = &mut self.holders[cell as usize];
            *holders -= 1;
            if *holders == 0 {
                self.free.push(cell);
            }
        }
    }

    /// How many cells would become free if the holders of all these `lists` let go.
    pub fn exclusive<'a>(&self, lists: impl Iterator<Item = &'a [Cell]>) -> usize {
        let mut left = self.holders.clone();
        let cells = lists.flatten();
        cells
            .filter(|&&cell| {
                let holders = &mut left[cell as usize];
                *holders -= 1;
                *holders == 0
            })
            .count()
    }
}
