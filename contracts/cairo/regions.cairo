// What a region must be so that every element of a tensor stands in exactly one word of RAM and no word of an input is written twice:
// what vm/program/loader.ts demands of a program, demanded again where a record is registered, since whoever registers need not have a program.
// Source: vm/program/loader.ts `checkRegion`, AIR.md §9 items 6, 8, 9. Caveat: `verify` does not repeat it; it reads only records that passed.

/// the next radix when this axis has the present one as its stride
fn next_radix(radix: u32, size: u32, stride: u32) -> u32 {
    if size != 1 && stride == radix {
        radix * size
    } else {
        radix
    }
}

/// Three strides cover 0 … elements-1 exactly once if and only if they are a mixed radix system: each step finds at least one more axis.
fn check_strides(region: Region) {
    let Region { channels, rows, width, channel_stride, row_stride, stride, elements, .. } = region;
    assert(channel_stride < 0x80000000 && row_stride < 0x80000000 && stride < 0x80000000, 'ZK0343 region strides');
    let mut radix: u32 = 1;
    let mut axes: u32 = 3;
    while axes != 0 {
        radix = next_radix(radix, channels, channel_stride);
        radix = next_radix(radix, rows, row_stride);
        radix = next_radix(radix, width, stride);
        axes -= 1;
    };
    assert(radix == elements, 'ZK0343 region strides');
}

/// lo ≤ hi as signed numbers: counted from the least number -(p-1)/2, the distance does not pass the largest
fn check_signed_range(region: Region) {
    let half: u32 = P_U32 / 2;
    let from_least = if region.lo > half {
        region.lo - half - 1
    } else {
        region.lo + half
    };
    assert(from_least + region.range < P_U32, 'ZK0343 region range');
}

/// words of a row
fn row_words(region: Region) -> u64 {
    (region.width.into() + 15) / 16
}

/// words of an input, gaps included
fn input_span(region: Region) -> u64 {
    region.channels.into() * region.channel_step.into()
}

fn check_region(region: Region, input: bool, ram_end: u64) {
    let committed = input && is_committed(region.address);
    let most = most_elements(region.address);
    let elements = bounded_product(bounded_product(bounded_product(1, region.channels, most), region.rows, most), region.width, most);
    assert(elements == region.elements, 'ZK0343 region shape');
    check_strides(region);
    check_signed_range(region);
    let address: u64 = region.address.into();
    assert(committed || (address >= RAM_BASE.into() && address < ram_end), 'ZK0343 region outside RAM');
    let channels: u64 = region.channels.into();
    let channel_step: u64 = region.channel_step.into();
    let rows: u64 = region.rows.into();
    let row_step: u64 = region.row_step.into();
    let words = row_words(region);
    let row_end = (rows - 1) * row_step + words;
    assert(rows == 1 || row_step >= words, 'ZK0343 region overlaps');
    let blocks = channels == 1 || channel_step >= row_end;
    if input {
        assert(channel_step >= row_end, 'ZK0343 region overlaps');
        let span = input_span(region);
        assert(committed || address + span <= ram_end, 'ZK0343 region outside RAM');
        assert(span <= most.into(), 'ZK0343 region size');
    } else {
        assert(address + (channels - 1) * channel_step + row_end <= ram_end, 'ZK0343 region outside RAM');
        let interleaved = channel_step >= words && (rows == 1 || row_step >= (channels - 1) * channel_step + words);
        assert(blocks || interleaved, 'ZK0343 region overlaps');
    }
}

/// Committed inputs ascend from DATA_BASE on and end before RAM, each with all rows of its instance, so no two meet.
fn check_committed(record: Record) {
    let mut end: u64 = DATA_BASE.into();
    let mut rest = record.fixed;
    loop {
        match rest.pop_front() {
            Option::Some(instance) => {
                if *instance.kind == TYPE_WORDS {
                    let start: u64 = (*instance.base).into();
                    assert(start >= end, 'ZK0343 inputs overlap');
                    end = start + to_word(power_of_two(*instance.log_size)).into();
                    assert(end <= RAM_BASE.into(), 'ZK0343 region outside RAM');
                }
            },
            Option::None => { break; },
        }
    };
}

/// Refuses a record whose inputs or outputs no program could have.
fn check_regions(record: Record) {
    check_committed(record);
    let ram_end = RAM_BASE.into() + record.ram_words;
    let mut rest = record.inputs;
    loop {
        match rest.pop_front() {
            Option::Some(region) => {
                check_region(*region, true, ram_end);
                let start: u64 = (*region.address).into();
                let mut others = rest;
                loop {
                    match others.pop_front() {
                        Option::Some(other) => {
                            let other_start: u64 = (*other.address).into();
                            let apart = start + input_span(*region) <= other_start || other_start + input_span(*other) <= start;
                            assert(apart, 'ZK0343 inputs overlap');
                        },
                        Option::None => { break; },
                    }
                };
            },
            Option::None => { break; },
        }
    };
    let mut rest = record.outputs;
    loop {
        match rest.pop_front() {
            Option::Some(region) => check_region(*region, false, ram_end),
            Option::None => { break; },
        }
    };
}
