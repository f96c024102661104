// The model record as words, parsed; its hash is the model id. Source: vm/statement/record.ts, AIR.md §9 items 5, 6, 8.
// Regions are checked in regions.cairo, once, where a record is registered.
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
    trees: Span<Tree>,
    /// the instances that the model sizes, chips in AIR order, the addresses of each chip ascending
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
    let mut elements: u32 = 1;
    let mut i: u32 = 0;
    while i != rank {
        elements = bounded_product(elements, next_word(ref words));
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

/// the product of a number that is at most MAX_ELEMENTS and a size, if it is such a number again
fn bounded_product(product: u32, size: u32) -> u32 {
    assert(size >= 1 && size <= MAX_ELEMENTS, 'ZK0343 region size');
    let product = product * size;
    assert(product <= MAX_ELEMENTS, 'ZK0343 region size');
    product
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
        assert(own == kind + 1 && own < TYPES && rows != 0, 'ZK0350 instance type');
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

/// root, height and instances of every tree: one tree with one instance of each chip, or pages with one instance each
fn read_trees(ref words: Span<u32>, several: bool) -> (Span<Tree>, Span<Instance>, u64) {
    let (count, instances): (u32, u32) = if several {
        (next_word(ref words), 1)
    } else {
        (1, FIXED_TYPES)
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
        expect_word(ref words, 3 * instances, 'ZK0350 instance list');
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
    assert(kind + 1 == TYPES && rows != 0, 'ZK0350 instance list');
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
    Record { trees, fixed, ram_words, inputs, outputs }
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
