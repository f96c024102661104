// Where the columns of each chip stand, for the sizes of one proof: chips by ascending log size, stable in AIR order. Source: fri/pcs/layout.ts,
// PCS.md §5 (D2), §6. Caveat: exactly one instance of each chip; the widths and two-point sets are generated from the constraints.

/// first column of a chip in each tree and in each two-point list
#[derive(Copy, Drop)]
struct Block {
    fixed: u32,
    base: u32,
    interaction: u32,
    two_base: u32,
    two_interaction: u32,
}

/// a run of chips of one height below the largest: what one periodicity batch opens
#[derive(Copy, Drop)]
struct Height {
    log_size: u32,
    two_base: u32,
    two_base_count: u32,
    two_interaction: u32,
    two_interaction_count: u32,
}

#[derive(Copy, Drop)]
struct Layout {
    /// L
    log_size: u32,
    /// log size by chip
    logs: Span<u32>,
    /// chips by ascending log size
    order: Span<u32>,
    /// by chip
    blocks: Span<Block>,
    heights: Span<Height>,
}

fn order_of(logs: Span<u32>) -> Span<u32> {
    let mut order: Array<u32> = array![];
    let mut log_size: u32 = 1;
    while order.len() != TYPES {
        let mut kind: u32 = 0;
        while kind != TYPES {
            if *logs.at(kind) == log_size {
                order.append(kind);
            }
            kind += 1;
        };
        log_size += 1;
    };
    order.span()
}

fn block_of(kind: u32, order: Span<u32>) -> Block {
    let mut block = Block { fixed: 0, base: 0, interaction: 0, two_base: 0, two_interaction: 0 };
    let mut rest = order;
    loop {
        let other = *rest.pop_front().unwrap();
        if other == kind {
            break;
        }
        let (fixed, base, interaction, two_base, two_interaction) = widths(other);
        block.fixed += fixed;
        block.base += base;
        block.interaction += interaction;
        block.two_base += two_base;
        block.two_interaction += two_interaction;
    };
    block
}

fn heights_of(logs: Span<u32>, order: Span<u32>, blocks: Span<Block>, largest: u32) -> Span<Height> {
    let mut heights: Array<Height> = array![];
    let mut rest = order;
    let mut open = Height { log_size: 0, two_base: 0, two_base_count: 0, two_interaction: 0, two_interaction_count: 0 };
    loop {
        let kind = match rest.pop_front() {
            Option::Some(k) => *k,
            Option::None => { break; },
        };
        let log_size = *logs.at(kind);
        if log_size != open.log_size {
            if open.log_size != 0 {
                heights.append(open);
            }
            if log_size == largest {
                break;
            }
            let block = *blocks.at(kind);
            open =
                Height {
                    log_size,
                    two_base: block.two_base,
                    two_base_count: 0,
                    two_interaction: block.two_interaction,
                    two_interaction_count: 0,
                };
        }
        let (_, _, _, two_base, two_interaction) = widths(kind);
        open.two_base_count += two_base;
        open.two_interaction_count += two_interaction;
    };
    heights.span()
}

/// Layout of a proof whose chips have these log sizes, each in 1..MAX_LOG_SIZE.
fn layout_of(logs: Span<u32>) -> Layout {
    let mut rest = logs;
    let mut largest: u32 = 0;
    loop {
        match rest.pop_front() {
            Option::Some(log_size) => {
                assert(*log_size >= 1 && *log_size <= MAX_LOG_SIZE, 'ZK0350 instance size');
                largest = max(largest, *log_size);
            },
            Option::None => { break; },
        }
    };
    assert(largest >= MIN_LOG_SIZE, 'ZK0130 largest instance');
    let order = order_of(logs);
    let mut blocks: Array<Block> = array![];
    while blocks.len() != TYPES {
        blocks.append(block_of(blocks.len(), order));
    };
    let blocks = blocks.span();
    Layout { log_size: largest, logs, order, blocks, heights: heights_of(logs, order, blocks, largest) }
}

/// the two-point columns of one row: base columns of all chips in commit order, then interaction columns
fn two_point_columns(layout: Layout, base_row: Span<u32>, interaction_row: Span<u32>) -> (Span<u32>, Span<u32>) {
    let mut base: Array<u32> = array![];
    let mut interaction: Array<u32> = array![];
    let mut rest = layout.order;
    loop {
        match rest.pop_front() {
            Option::Some(kind) => {
                let block = *layout.blocks.at(*kind);
                let (_, base_width, interaction_width, _, _) = widths(*kind);
                gather_base(*kind, base_row.slice(block.base, base_width), ref base);
                gather_interaction(*kind, interaction_row.slice(block.interaction, interaction_width), ref interaction);
            },
            Option::None => { break; },
        }
    };
    (base.span(), interaction.span())
}
