// The queries: trees opened at the drawn positions and held against their roots, and the DEEP quotient at each, which is layer 0 of FRI.
// Source: fri/pcs/deep.ts `deepValues`, air/verify-shard.ts, PCS.md §6, §10. Caveat: the powers of δ are taken from the front of one list for all
// trees, in the order in which quotients.cairo made them from the samples.

/// the rows of a tree of the model, and which one belongs to each position
#[derive(Copy, Drop)]
struct OpenedPage {
    columns: u32,
    rows: Span<u32>,
    row_at: Span<u32>,
}

/// the rows of a tree at `count` positions, checked against its root by the plan of its height and positions
fn open_tree(ref stream: Span<felt252>, count: u32, plan: Span<felt252>, width: u32, root: felt252, reason: felt252) -> Span<u32> {
    let mut rows: Array<u32> = array![];
    unpack_group(ref stream, count * width, ref rows);
    let rows = rows.span();
    if multiproof_root(plan, leaf_digests(rows, width), ref stream) != root {
        core::panic_with_felt252(reason);
    }
    rows
}

/// Σ δ^e f_e of every batch at one query, in batch order
fn query_sums(
    layout: Layout,
    powers: Span<felt252>,
    lift_powers: Span<felt252>,
    pages: Span<OpenedPage>,
    position: u32,
    base: Span<u32>,
    interaction: Span<u32>,
    composition: Span<u32>
) -> Array<Q> {
    let mut sums: Array<Q> = array![];
    let mut powers = powers;
    let (mut low, mut high): (felt252, felt252) = (0, 0);
    let mut pages = pages;
    loop {
        match pages.pop_front() {
            Option::Some(page) => {
                let row = *(*page.row_at).at(position);
                row_sum((*page.rows).slice(*page.columns * row, *page.columns), ref powers, ref low, ref high);
            },
            Option::None => { break; },
        }
    };
    row_sum(base, ref powers, ref low, ref high);
    row_sum(interaction, ref powers, ref low, ref high);
    row_sum(composition, ref powers, ref low, ref high);
    sums.append(from_words(unpack(low, high)));
    let lifts = lift_columns(layout, base, interaction);
    let mut powers = lift_powers;
    let (mut low, mut high): (felt252, felt252) = (0, 0);
    row_sum(lifts, ref powers, ref low, ref high);
    sums.append(from_words(unpack(low, high)));
    let mut heights = layout.heights;
    loop {
        match heights.pop_front() {
            Option::Some(h) => {
                pay_here();
                let (mut low, mut high): (felt252, felt252) = (0, 0);
                // its instances stand together in the row
                row_sum(lifts.slice(*h.first, *h.base + *h.interaction), ref powers, ref low, ref high);
                sums.append(from_words(unpack(low, high)));
            },
            Option::None => { break; },
        }
    };
    sums
}

/// the DEEP quotient at one query: `inverses` are those of the norms of all denominators, in reverse
fn query_value(batches: Span<DeepBatch>, sums: Array<Q>, point: Point, ref denominators: Span<(felt252, felt252)>, ref inverses: Span<felt252>) -> Words {
    let mut total = q_zero();
    let mut sums = sums.span();
    let mut batches = batches;
    loop {
        match batches.pop_front() {
            Option::Some(batch) => {
                let (d0, d1) = *denominators.pop_front().unwrap();
                let inverse = *inverses.pop_back().unwrap();
                let (e, f) = (multiply(d0, inverse), multiply(-d1, inverse));
                total = add(total, deep_quotient(*batch, *sums.pop_front().unwrap(), point.y, e, f));
            },
            Option::None => { break; },
        }
    };
    red_words(total)
}

/// the trees of the model that a shard opens; `plan` is that of a tree as high as the domain
fn open_pages(
    layout: Layout, record: Record, positions: Span<u32>, plan: Span<felt252>, ref stream: Span<felt252>
) -> Span<OpenedPage> {
    let domain = layout.log_size + LOG_BLOWUP;
    let mut opened: Array<OpenedPage> = array![];
    let mut pages = layout.pages;
    loop {
        match pages.pop_front() {
            Option::Some(page) => {
                let height = *page.log_size + LOG_BLOWUP;
                let columns = *page.columns;
                let root = digest_felt(*record.trees.at(*page.tree).root);
                let lifted = lifted_positions(positions, domain, height);
                let own = if height == domain {
                    plan
                } else {
                    multiproof_plan(height, lifted)
                };
                let rows = open_tree(ref stream, lifted.len(), own, columns, root, 'ZK0213 preprocessed tree: root');
                opened.append(OpenedPage { columns, rows, row_at: lifted_indices(positions, lifted, domain, height).span() });
            },
            Option::None => { break; },
        }
    };
    opened.span()
}

/// steps 12 and 13 up to layer 0: opens the trees at the queries and computes the DEEP quotients
fn queried_values(
    layout: Layout,
    record: Record,
    roots: (felt252, felt252, felt252),
    positions: Span<u32>,
    batches: Span<DeepBatch>,
    powers: Span<felt252>,
    doubles: Span<felt252>,
    ref stream: Span<felt252>
) -> Span<Known> {
    let domain = layout.log_size + LOG_BLOWUP;
    let (base_root, interaction_root, composition_root) = roots;
    let plan = multiproof_plan(domain, positions);
    let count = positions.len();
    let pages = open_pages(layout, record, positions, plan, ref stream);
    let base = open_tree(ref stream, count, plan, layout.base, base_root, 'ZK0213 base tree: root');
    let interaction = open_tree(ref stream, count, plan, layout.interaction, interaction_root, 'ZK0213 interaction tree: root');
    let composition = open_tree(ref stream, count, plan, COMPOSITION_COLUMNS, composition_root, 'ZK0213 composition tree: root');
    let mut points: Array<Point> = array![];
    let mut denominators: Array<(felt252, felt252)> = array![];
    let mut norms: Array<felt252> = array![];
    let mut rest = positions;
    loop {
        match rest.pop_front() {
            Option::Some(position) => {
                let point = domain_point(doubles, domain, *position);
                points.append(point);
                let mut some = batches;
                loop {
                    match some.pop_front() {
                        Option::Some(batch) => {
                            let (d0, d1) = deep_denominator(*batch, point);
                            denominators.append((d0, d1));
                            norms.append(reduce(d0 * d0 + d1 * d1));
                        },
                        Option::None => { break; },
                    }
                };
            },
            Option::None => { break; },
        }
    };
    let ordered = lift_powers(layout, powers);
    let inverses = invert_all(norms.span());
    let mut inverses = inverses.span();
    let mut denominators = denominators.span();
    let points = points.span();
    let mut known: Array<Known> = array![];
    let mut i: u32 = 0;
    while i != positions.len() {
        let sums = query_sums(
            layout,
            powers,
            ordered,
            pages,
            i,
            base.slice(layout.base * i, layout.base),
            interaction.slice(layout.interaction * i, layout.interaction),
            composition.slice(COMPOSITION_COLUMNS * i, COMPOSITION_COLUMNS)
        );
        let point = *points.at(i);
        let value = query_value(batches, sums, point, ref denominators, ref inverses);
        known.append(Known { position: *positions.at(i), value, point });
        i += 1;
    };
    known.span()
}
