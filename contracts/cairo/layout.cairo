// Where the columns of each instance stand, for the sizes of one shard: trees of the model, then base, interaction and composition, in each tree
// instances by ascending log size, stable in AIR order. Source: fri/pcs/layout.ts, PCS.md §5 (D2), §6.
// Caveat: which instances a shard may have is decided before; the widths and two-point sets are generated from the constraints.

/// first column of an instance in each part of the columns, and in each two-point list
#[derive(Copy, Drop)]
struct Block {
    fixed: u32,
    base: u32,
    interaction: u32,
    two_base: u32,
    two_interaction: u32,
}

/// a run of instances of one height below the largest, whose columns one periodicity batch opens: those that must be lifts
#[derive(Copy, Drop)]
struct Height {
    log_size: u32,
    /// where they begin among those of all instances, in a row
    first: u32,
    base: u32,
    interaction: u32,
}

/// a tree of the model that a shard opens
#[derive(Copy, Drop)]
struct Page {
    tree: u32,
    log_size: u32,
    columns: u32,
}

#[derive(Copy, Drop)]
struct Layout {
    /// L
    log_size: u32,
    /// in AIR order
    instances: Span<Instance>,
    /// numbers of the instances by ascending log size
    order: Span<u32>,
    /// by instance
    blocks: Span<Block>,
    heights: Span<Height>,
    /// ascending
    pages: Span<Page>,
    /// columns of all trees but the composition's: of the model, base, interaction with the running sum, those two opened one row back as well
    fixed: u32,
    base: u32,
    interaction: u32,
    two_base: u32,
    two_interaction: u32,
}

fn order_of(instances: Span<Instance>, largest: u32) -> Span<u32> {
    let mut order: Array<u32> = array![];
    let mut log_size: u32 = 1;
    while log_size <= largest {
        let mut index: u32 = 0;
        let mut rest = instances;
        loop {
            match rest.pop_front() {
                Option::Some(instance) => {
                    if *instance.log_size == log_size {
                        order.append(index);
                    }
                    index += 1;
                },
                Option::None => { break; },
            }
        };
        log_size += 1;
    };
    order.span()
}

/// An instance's fixed columns stand behind those of earlier trees and, in its own tree, of lower instances; its other columns behind those of lower ones.
fn block_of(index: u32, order: Span<u32>, instances: Span<Instance>) -> Block {
    let mut block = Block { fixed: 0, base: 0, interaction: 0, two_base: 0, two_interaction: 0 };
    let own = *instances.at(index);
    let mut lower = true;
    let mut rest = order;
    loop {
        match rest.pop_front() {
            Option::Some(at) => {
                if *at == index {
                    lower = false;
                } else {
                    let other = *instances.at(*at);
                    let (fixed, base, interaction, two_base, two_interaction) = widths(other.kind);
                    if lower {
                        block.base += base;
                        block.interaction += interaction;
                        block.two_base += two_base;
                        block.two_interaction += two_interaction;
                    }
                    if other.tree < own.tree || (lower && other.tree == own.tree) {
                        block.fixed += fixed;
                    }
                }
            },
            Option::None => { break; },
        }
    };
    block
}

fn heights_of(instances: Span<Instance>, order: Span<u32>, largest: u32) -> Span<Height> {
    let mut heights: Array<Height> = array![];
    let mut rest = order;
    let mut open = Height { log_size: 0, first: 0, base: 0, interaction: 0 };
    loop {
        let index = match rest.pop_front() {
            Option::Some(at) => *at,
            Option::None => { break; },
        };
        let instance = *instances.at(index);
        let log_size = instance.log_size;
        if log_size != open.log_size {
            if open.log_size != 0 {
                heights.append(open);
            }
            if log_size == largest {
                break;
            }
            open = Height { log_size, first: open.first + open.base + open.interaction, base: 0, interaction: 0 };
        }
        let (_, _, _, two_base, two_interaction) = widths(instance.kind);
        open.base += two_base;
        open.interaction += two_interaction + FELT_COLUMNS;
    };
    heights.span()
}

/// The trees of the model that these instances are committed in; instances that ascend by type ascend by tree too.
fn pages_of(instances: Span<Instance>) -> Span<Page> {
    let mut pages: Array<Page> = array![];
    let mut open = Page { tree: 0, log_size: 0, columns: 0 };
    let mut rest = instances;
    loop {
        match rest.pop_front() {
            Option::Some(instance) => {
                let (fixed, _, _, _, _) = widths(*instance.kind);
                if fixed != 0 {
                    if *instance.tree != open.tree {
                        if open.columns != 0 {
                            pages.append(open);
                        }
                        open = Page { tree: *instance.tree, log_size: 0, columns: 0 };
                    }
                    open.log_size = max(open.log_size, *instance.log_size);
                    open.columns += fixed;
                }
            },
            Option::None => { break; },
        }
    };
    if open.columns != 0 {
        pages.append(open);
    }
    pages.span()
}

/// Layout of a shard whose instances have log sizes in 1..MAX_LOG_SIZE.
fn layout_of(instances: Span<Instance>) -> Layout {
    let mut rest = instances;
    let mut largest: u32 = 0;
    let mut all = Block { fixed: 0, base: 0, interaction: 0, two_base: 0, two_interaction: 0 };
    loop {
        match rest.pop_front() {
            Option::Some(instance) => {
                let log_size = *instance.log_size;
                assert(log_size >= 1 && log_size <= MAX_LOG_SIZE, 'ZK0350 instance size');
                largest = max(largest, log_size);
                let (fixed, base, interaction, two_base, two_interaction) = widths(*instance.kind);
                all.fixed += fixed;
                all.base += base;
                all.interaction += interaction;
                all.two_base += two_base;
                all.two_interaction += two_interaction;
            },
            Option::None => { break; },
        }
    };
    assert(largest >= MIN_LOG_SIZE, 'ZK0130 largest instance');
    // the running sum
    all.interaction += FELT_COLUMNS;
    all.two_interaction += FELT_COLUMNS;
    let order = order_of(instances, largest);
    let mut blocks: Array<Block> = array![];
    while blocks.len() != instances.len() {
        blocks.append(block_of(blocks.len(), order, instances));
    };
    let blocks = blocks.span();
    Layout {
        log_size: largest,
        instances,
        order,
        blocks,
        heights: heights_of(instances, order, largest),
        pages: pages_of(instances),
        fixed: all.fixed,
        base: all.base,
        interaction: all.interaction,
        two_base: all.two_base,
        two_interaction: all.two_interaction,
    }
}

/// columns of all trees
#[inline(always)]
fn column_count(layout: Layout) -> u32 {
    layout.fixed + layout.base + layout.interaction + COMPOSITION_COLUMNS
}

/// where the samples of an instance's columns start, of all columns at z and then of the two-point ones a row back
fn sample_block(layout: Layout, block: Block) -> Block {
    let columns = column_count(layout);
    Block {
        fixed: block.fixed,
        base: layout.fixed + block.base,
        interaction: layout.fixed + layout.base + block.interaction,
        two_base: columns + block.two_base,
        two_interaction: columns + layout.two_base + block.two_interaction,
    }
}

/// The columns of one row that must be lifts, of each instance in commit order its base columns and then its interaction columns; then the running sum.
fn lift_columns(layout: Layout, base_row: Span<u32>, interaction_row: Span<u32>) -> Span<u32> {
    let mut columns: Array<u32> = array![];
    let mut rest = layout.order;
    loop {
        match rest.pop_front() {
            Option::Some(index) => {
                let kind = *layout.instances.at(*index).kind;
                let block = *layout.blocks.at(*index);
                let (_, base_width, interaction_width, _, _) = widths(kind);
                gather_base(kind, base_row.slice(block.base, base_width), ref columns);
                gather_interaction(kind, interaction_row.slice(block.interaction, interaction_width), ref columns);
            },
            Option::None => { break; },
        }
    };
    append_words(ref columns, interaction_row.slice(layout.interaction - FELT_COLUMNS, FELT_COLUMNS));
    columns.span()
}

/// Packed powers of δ of all batches but the first, in the order in which `lift_columns` has what they open. Their own order is all base columns and
/// then all interaction columns of a batch. The batch one row back opens no last LogUp column: its powers are 0 there.
fn lift_powers(layout: Layout, powers: Span<felt252>) -> Span<felt252> {
    let mut ordered: Array<felt252> = array![];
    let mut first = 2 * column_count(layout);
    let previous = 2 * (layout.two_base + layout.two_interaction);
    let reached = append_by_instance(layout, 0, layout.two_base, powers.slice(first, previous), ref ordered);
    ordered.append_span(powers.slice(first + reached, 2 * FELT_COLUMNS));
    first += previous;
    let mut heights = layout.heights;
    loop {
        match heights.pop_front() {
            Option::Some(height) => {
                let count = 2 * (*height.base + *height.interaction);
                append_by_instance(layout, *height.log_size, *height.base, powers.slice(first, count), ref ordered);
                first += count;
            },
            Option::None => { break; },
        }
    };
    ordered.span()
}

/// the powers of one batch, that of the instances of one height or (0) the one a row back, which has `base_count` base columns; how many felts it took
fn append_by_instance(layout: Layout, log_size: u32, base_count: u32, powers: Span<felt252>, ref out: Array<felt252>) -> u32 {
    let mut base_at: u32 = 0;
    let mut interaction_at = 2 * base_count;
    let mut rest = layout.order;
    loop {
        match rest.pop_front() {
            Option::Some(index) => {
                let instance = *layout.instances.at(*index);
                if log_size == 0 || instance.log_size == log_size {
                    let (_, _, _, base, interaction) = widths(instance.kind);
                    out.append_span(powers.slice(base_at, 2 * base));
                    base_at += 2 * base;
                    let own = if log_size == 0 {
                        2 * interaction
                    } else {
                        2 * (interaction + FELT_COLUMNS)
                    };
                    out.append_span(powers.slice(interaction_at, own));
                    interaction_at += own;
                    if log_size == 0 {
                        out.append_span(array![0, 0, 0, 0, 0, 0, 0, 0].span());
                    }
                }
            },
            Option::None => { break; },
        }
    };
    interaction_at
}
