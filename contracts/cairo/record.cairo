// The model record as words, parsed; its hash is the model id. Source: vm/statement/record.ts, AIR.md §9 items 5, 6, 8.
// Regions are checked in regions.cairo, once, where a record is registered.
// A committed input is an input below RAM: its words stand in an instance of their own, under a root that the statement has instead of its elements.
// Caveat: the chain cannot know whether a root belongs to a sound program. A model id says so to whoever recomputed it from the .zkb.

#[derive(Copy, Drop)]
struct Region {
    address: u32,
    elements: u32,
    channels: u32,
    rows: u32,
    width: u32,
    channel_step: u32,
    row_step: u32,
    channel_stride: u32,
    row_stride: u32,
    stride: u32,
    lo: u32,
    /// hi - lo
    range: u32,
}

/// columns of the model that are committed together: its only tree, or a page of a large model
#[derive(Copy, Drop)]
struct Tree {
    root: Box<[u32; 8]>,
    log_size: u32,
}

#[derive(Copy, Drop)]
struct Record {
    /// those of the model, then those of committed inputs, which a statement brings (`with_roots`)
    trees: Span<Tree>,
    /// how many trees are the model's
    pages: u32,
    /// the instances that the model sizes, chips in AIR order, the addresses of each chip ascending; then one for each committed input
    fixed: Span<Instance>,
    /// words of RAM
    ram_words: u64,
    inputs: Span<Region>,
    outputs: Span<Region>,
}

/// words of a region without its shape: address, rank, channels, rows, width, two steps, three strides, lo, hi
const REGION_WORDS: u32 = 12;

fn next_word(ref words: Span<u32>) -> u32 {
    match words.pop_front() {
        Option::Some(word) => *word,
        Option::None => core::panic_with_felt252('ZK0301 record too short'),
    }
}

fn expect_word(ref words: Span<u32>, expected: u32, reason: felt252) {
    if next_word(ref words) != expected {
        core::panic_with_felt252(reason);
    }
}

fn expect_digest(ref words: Span<u32>, expected: Box<[u32; 8]>, reason: felt252) {
    let [w0, w1, w2, w3, w4, w5, w6, w7] = expected.unbox();
    expect_word(ref words, w0, reason);
    expect_word(ref words, w1, reason);
    expect_word(ref words, w2, reason);
    expect_word(ref words, w3, reason);
    expect_word(ref words, w4, reason);
    expect_word(ref words, w5, reason);
    expect_word(ref words, w6, reason);
    expect_word(ref words, w7, reason);
}

fn read_region(ref words: Span<u32>) -> Region {
    let length = next_word(ref words);
    let address = next_word(ref words);
    let rank = next_word(ref words);
    assert(rank <= MAX_RANK && length == rank + REGION_WORDS, 'ZK0301 region length');
    let most = most_elements(address);
    let mut elements: u32 = 1;
    let mut i: u32 = 0;
    while i != rank {
        elements = bounded_product(elements, next_word(ref words), most);
        i += 1;
    };
    let channels = next_word(ref words);
    let rows = next_word(ref words);
    let width = next_word(ref words);
    let channel_step = next_word(ref words);
    let row_step = next_word(ref words);
    let channel_stride = next_word(ref words);
    let row_stride = next_word(ref words);
    let stride = next_word(ref words);
    let lo = next_word(ref words);
    let hi = next_word(ref words);
    assert(lo < P_U32 && hi < P_U32, 'ZK0343 region range');
    let range = if hi >= lo {
        hi - lo
    } else {
        hi + P_U32 - lo
    };
    Region {
        address, elements, channels, rows, width, channel_step, row_step, channel_stride, row_stride, stride, lo, range,
    }
}

/// an input that the statement has by its root
#[inline(always)]
fn is_committed(address: u32) -> bool {
    address < RAM_BASE
}

/// elements that a tensor may have: what calldata can hold, or what a table can where calldata hold a root
fn most_elements(address: u32) -> u32 {
    if is_committed(address) {
        MAX_COMMITTED
    } else {
        MAX_ELEMENTS
    }
}

/// the product of a number that is at most `most` and a size, if it is such a number again
fn bounded_product(product: u32, size: u32, most: u32) -> u32 {
    let wide: u64 = product.into() * size.into();
    assert(size >= 1 && size <= most && wide <= most.into(), 'ZK0343 region size');
    wide.try_into().unwrap()
}

/// log2 of the rows that hold so many words: at least one pair
fn log_rows(words: u64) -> u32 {
    let mut log_size: u32 = 1;
    let mut rows: u64 = 2;
    while rows < words {
        rows *= 2;
        log_size += 1;
    };
    log_size
}

/// the model's instances, and one for each committed input, whose tree comes behind those of the model
fn with_inputs(fixed: Span<Instance>, pages: u32, inputs: Span<Region>) -> Span<Instance> {
    let mut all: Array<Instance> = array![];
    all.append_span(fixed);
    let mut tree = pages;
    let mut rest = inputs;
    loop {
        match rest.pop_front() {
            Option::Some(region) => {
                let Region { address, channels, channel_step, .. } = *region;
                if is_committed(address) {
                    let log_size = log_rows(channels.into() * channel_step.into());
                    assert(log_size <= MAX_LOG_SIZE, 'ZK0350 instance size');
                    all.append(Instance { kind: TYPE_WORDS, log_size, base: address, tree });
                    tree += 1;
                }
            },
            Option::None => { break; },
        }
    };
    all.span()
}

/// how many inputs are committed
fn committed_count(record: Record) -> u32 {
    let mut count: u32 = 0;
    let mut rest = record.fixed;
    loop {
        match rest.pop_front() {
            Option::Some(instance) => {
                if *instance.kind == TYPE_WORDS {
                    count += 1;
                }
            },
            Option::None => { break; },
        }
    };
    count
}

/// The record as a statement has it: with the roots of its committed inputs, which are felts of the statement's packed inputs.
fn with_roots(record: Record, roots: Span<felt252>) -> Record {
    let mut trees: Array<Tree> = array![];
    trees.append_span(record.trees);
    let mut roots = roots;
    let mut rest = record.fixed;
    loop {
        match rest.pop_front() {
            Option::Some(instance) => {
                if *instance.kind == TYPE_WORDS {
                    let root = *roots.pop_front().unwrap();
                    trees.append(Tree { root: digest_words(root), log_size: *instance.log_size });
                }
            },
            Option::None => { break; },
        }
    };
    Record { trees: trees.span(), ..record }
}

fn read_regions(ref words: Span<u32>) -> Span<Region> {
    let count = next_word(ref words);
    assert(count <= MAX_REGIONS, 'ZK0301 too many regions');
    let mut regions: Array<Region> = array![];
    while regions.len() != count {
        regions.append(read_region(ref words));
    };
    regions.span()
}

/// the next instance of a list: not of a chip before `kind`, its addresses right behind the `rows` that its chip has
fn read_instance(ref words: Span<u32>, tree: u32, ref kind: u32, ref rows: u64) -> Instance {
    let own = next_word(ref words);
    if own != kind {
        // after a chip comes the next one, and none is left out
        assert(own == kind + 1 && own < FIRST_FIXED + FIXED_TYPES && rows != 0, 'ZK0350 instance type');
        kind = own;
        rows = 0;
    }
    let log_size = next_word(ref words);
    assert(log_size >= 1 && log_size <= MAX_LOG_SIZE, 'ZK0350 instance size');
    let start = base_of(kind);
    let first: u64 = if start == 0 {
        0
    } else {
        start.into() + rows
    };
    rows += to_word(power_of_two(log_size)).into();
    assert(start.into() + rows <= P_U32.into(), 'ZK0350 instance base');
    let base: u32 = first.try_into().unwrap();
    expect_word(ref words, base, 'ZK0350 instance base');
    Instance { kind, log_size, base, tree }
}

/// root, height and instances of every tree: one tree with one instance or some of each chip, or pages with one instance each
fn read_trees(ref words: Span<u32>, several: bool) -> (Span<Tree>, Span<Instance>, u64) {
    let count = if several {
        next_word(ref words)
    } else {
        1
    };
    assert(count <= MAX_TREES && (count >= FIXED_TYPES || !several), 'ZK0350 instance list');
    let mut trees: Array<Tree> = array![];
    let mut fixed: Array<Instance> = array![];
    let mut kind: u32 = FIRST_FIXED;
    let mut rows: u64 = 0;
    let mut ram_words: u64 = 0;
    while trees.len() != count {
        expect_word(ref words, 9, 'ZK0301 record section');
        let mut root: Array<u32> = array![];
        while root.len() != 8 {
            root.append(next_word(ref words));
        };
        let mut root = root.span();
        assert(*root.at(7) < 0x1000000, 'ZK0102 digest');
        let root = *root.multi_pop_front::<8>().unwrap();
        let log_size = next_word(ref words);
        let (instances, rest) = DivRem::div_rem(next_word(ref words), 3);
        assert(rest == 0 && instances <= MAX_FIXED && (instances == 1 || !several), 'ZK0350 instance list');
        let mut largest: u32 = 0;
        let mut left = instances;
        while left != 0 {
            let instance = read_instance(ref words, trees.len(), ref kind, ref rows);
            largest = max(largest, instance.log_size);
            if instance.kind == TYPE_RAM {
                ram_words = rows;
            }
            fixed.append(instance);
            left -= 1;
        };
        assert(log_size == largest, 'ZK0301 record height');
        trees.append(Tree { root, log_size });
    };
    assert(kind + 1 == FIRST_FIXED + FIXED_TYPES && rows != 0, 'ZK0350 instance list');
    (trees.span(), fixed.span(), ram_words)
}

/// Reads a record and refuses every one that this class cannot verify: another AIR, profile, instance list.
fn parse_record(record: Span<u32>) -> Record {
    let mut words = record;
    let version = next_word(ref words);
    assert(version == RECORD_VERSION || version == RECORD_VERSION_PAGES, 'ZK0301 record version');
    expect_word(ref words, P_U32, 'ZK0301 record field');
    expect_word(ref words, RAM_BASE, 'ZK0301 record ram base');
    expect_word(ref words, 8, 'ZK0301 record section');
    expect_digest(ref words, air_hash(), 'ZK0302 another AIR');
    expect_word(ref words, 2, 'ZK0301 record section');
    expect_word(ref words, PROFILE_ID, 'ZK0355 another profile');
    expect_word(ref words, LOG_BLOWUP, 'ZK0355 another profile');
    let (trees, fixed, ram_words) = read_trees(ref words, version == RECORD_VERSION_PAGES);
    let inputs = read_regions(ref words);
    let outputs = read_regions(ref words);
    // the hash of names, scales and labels: any
    expect_word(ref words, 8, 'ZK0301 record section');
    assert(words.len() == 8, 'ZK0301 record length');
    let pages = trees.len();
    Record { trees, pages, fixed: with_inputs(fixed, pages, inputs), ram_words, inputs, outputs }
}

#[inline(always)]
fn max(a: u32, b: u32) -> u32 {
    if a > b {
        a
    } else {
        b
    }
}

/// H_MODEL of the record's words as a felt
fn model_id(record: Span<u32>) -> felt252 {
    digest_felt(hash(initial_state(PURPOSE_MODEL), record))
}
